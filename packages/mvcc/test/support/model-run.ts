// A random history of a key space against the model, with flushes, physical compactions and restarts at random points. A second
// keyspace that never leaves memory gets the same entries: its hash must be the same at every step.
import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { unreachable } from '@reknit/base';
import {
  type KeySpace,
  type MemoryPagesHome,
  memoryPagesHome,
  openKeySpace,
  type PagesHome,
  type RangeRequest,
} from '@reknit/mvcc';
import fc from 'fast-check';
import { Model, type ModelRange } from './model.js';
import {
  compactPhysically,
  deleteOf,
  flush,
  granted,
  hashOf,
  leaseOf,
  opDelete,
  opPut,
  positionAt,
  putOf,
  rangeOf,
  text,
} from './requests.js';

const LONG = 'l'.repeat(901);
const KEYS = ['\0', 'a', 'a\0', 'ab', 'b', 'c\xff', LONG, `${LONG}x`, '\xff'];
const ENDS = ['', '\0', ...KEYS.slice(1), 'z'];

type Entry =
  | { readonly kind: 'put'; readonly key: string; readonly value: string; readonly lease: bigint }
  | { readonly kind: 'delete'; readonly key: string; readonly end: string }
  | { readonly kind: 'txn'; readonly puts: readonly string[]; readonly removed: string; readonly value: string }
  | { readonly kind: 'compact'; readonly share: number }
  | { readonly kind: 'grant'; readonly lease: bigint; readonly seconds: number }
  | { readonly kind: 'revoke'; readonly lease: bigint };

export type Step =
  | Entry
  | {
      readonly kind: 'range';
      readonly key: string;
      readonly end: string;
      readonly share: number;
      readonly limit: number;
      readonly order: number;
    }
  | { readonly kind: 'flush' | 'wait' | 'compactPhysically' }
  | { readonly kind: 'restart'; readonly share: number };

const key = fc.constantFrom(...KEYS);
const end = fc.constantFrom(...ENDS);
/** Few, so that they are granted again, and 0 for none. */
const LEASES = [1n, 2n, -3n];
const leaseOrNone = fc.constantFrom(0n, 0n, ...LEASES);
const value = fc.string({ maxLength: 4 }).map((from) => from.replaceAll(/[^\0-\xff]/g, '?'));
const share = fc.double({ min: 0, max: 1, noNaN: true });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('put' as const), key, value, lease: leaseOrNone }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), key, end }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('txn' as const), puts: fc.uniqueArray(key, { maxLength: 4 }), removed: key, value }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('compact' as const), share }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('grant' as const),
      lease: fc.constantFrom(...LEASES),
      seconds: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('revoke' as const), lease: fc.constantFrom(...LEASES) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('range' as const),
      key,
      end,
      share,
      limit: fc.integer({ min: 0, max: 4 }),
      order: fc.integer({ min: 0, max: 2 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('flush' as const, 'wait' as const, 'compactPhysically' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const), share }) },
);

function applyTo(space: KeySpace, entry: Entry): void {
  switch (entry.kind) {
    case 'put':
      space.put(putOf(entry.key, entry.value, { lease: entry.lease }));
      return;
    case 'delete':
      granted(space.deleteRange(deleteOf(entry.key, entry.end)));
      return;
    case 'txn':
      granted(space.txn({ compare: [], success: operations(entry), failure: [] }));
      return;
    case 'compact':
      space.compact(Math.floor(entry.share * (space.revision + 1)));
      return;
    case 'grant':
      space.grantLease(leaseOf(entry.lease, entry.seconds));
      return;
    case 'revoke':
      space.revokeLease(entry.lease);
      return;
    default:
      unreachable(entry);
  }
}

const removes = (entry: Entry & { kind: 'txn' }): boolean => !entry.puts.includes(entry.removed);

const operations = (entry: Entry & { kind: 'txn' }) => [
  ...(removes(entry) ? [opDelete(entry.removed)] : []),
  ...entry.puts.map((name) => opPut(name, entry.value)),
];

function applyToModel(model: Model, entry: Entry): void {
  model.entry(() => {
    if (entry.kind === 'put') model.put(putOf(entry.key, entry.value, { lease: entry.lease }));
    else if (entry.kind === 'delete') model.deleteRange(deleteOf(entry.key, entry.end));
    else if (entry.kind === 'compact') model.compact(Math.floor(entry.share * (model.revision + 1)));
    else if (entry.kind === 'grant') model.grant(entry.lease, entry.seconds);
    else if (entry.kind === 'revoke') model.revoke(entry.lease);
    else {
      if (removes(entry)) model.deleteRange(deleteOf(entry.removed));
      for (const name of entry.puts) model.put(putOf(name, entry.value));
    }
  });
}

function read(space: KeySpace, request: RangeRequest): ModelRange | string {
  const outcome = space.range(request);
  if (!outcome.ok) return outcome.error;
  const kvs = outcome.value.kvs.map((kv) => ({
    key: text(kv.key),
    value: text(kv.value),
    create: kv.createRevision,
    mod: kv.modRevision,
    version: kv.version,
    lease: kv.lease,
  }));
  return { ...outcome.value, kvs };
}

const leasesOf = (space: KeySpace): unknown[] =>
  LEASES.flatMap((id) => {
    const lease = space.leases.get(id);
    return lease === undefined ? [] : [{ id, ttl: lease.ttl, keys: lease.keys().map(text) }];
  });

/** What a watcher is told who begins at the compact revision: all of it is still there. */
function changesOf(space: KeySpace): string[] {
  const told: string[] = [];
  const changes = space.changesFrom(Math.max(space.compactRevision, 1));
  while (changes.next()) told.push(`${changes.main} ${changes.deleted ? 'delete' : 'put'} ${changes.key}`);
  changes.close();
  return told;
}

const isCrashable = (home: PagesHome): home is MemoryPagesHome => 'crash' in home;

class ModelRun {
  readonly #model = new Model();
  readonly #twin = openKeySpace(memoryPagesHome(), { branch: 'b' });
  readonly #home: PagesHome;
  readonly #log: Entry[] = [];
  #space: KeySpace;
  #flushing: Promise<void> = Promise.resolve();

  constructor(home: PagesHome) {
    this.#home = home;
    this.#space = openKeySpace(home, { branch: 'b' });
  }

  async step(taken: Step): Promise<void> {
    switch (taken.kind) {
      case 'range':
        this.#compareRange(taken);
        return;
      case 'flush':
        await this.#flushing;
        this.#flushing = flush(this.#space);
        return;
      case 'wait':
        await this.#flushing;
        return;
      case 'compactPhysically':
        await compactPhysically(this.#space);
        return;
      case 'restart':
        await this.#restart(taken.share);
        return;
      default:
        this.#apply(taken);
    }
  }

  /** Everything at every readable revision. */
  async compareAll(): Promise<void> {
    await this.#flushing;
    strictEqual(await hashOf(this.#space), await hashOf(this.#twin));
    deepStrictEqual(changesOf(this.#space), changesOf(this.#twin));
    strictEqual(this.#space.statistics().keys, this.#model.at(this.#model.revision).length);
    for (let revision = Math.max(this.#model.compactRevision, 1); revision <= this.#model.revision; revision++) {
      const request = rangeOf({ key: '\0', rangeEnd: '\0', revision });
      deepStrictEqual(read(this.#space, request), this.#model.range(request));
      if (revision % 7 === 0) strictEqual(await hashOf(this.#space, revision), await hashOf(this.#twin, revision));
    }
  }

  compareLeases(): void {
    deepStrictEqual(
      leasesOf(this.#space),
      LEASES.flatMap((id) => {
        const lease = this.#model.leases.get(id);
        return lease === undefined ? [] : [{ id, ...lease, keys: this.#model.attached(id) }];
      }),
    );
  }

  close(): void {
    this.#space.close();
  }

  #apply(entry: Entry): void {
    this.#log.push(entry);
    applyToModel(this.#model, entry);
    for (const space of [this.#space, this.#twin]) {
      applyTo(space, entry);
      space.end(positionAt(this.#log.length));
      strictEqual(space.revision, this.#model.revision);
      strictEqual(space.compactRevision, this.#model.compactRevision);
    }
    this.compareLeases();
  }

  #compareRange(taken: Step & { kind: 'range' }): void {
    const revision = Math.floor(taken.share * (this.#model.revision + 2));
    const request = rangeOf({ key: taken.key, rangeEnd: taken.end, revision, limit: taken.limit, sortOrder: taken.order });
    deepStrictEqual(read(this.#space, request), this.#model.range(request));
  }

  /** On memory a crash, which a flush under way may survive in part; elsewhere an orderly end. */
  async #restart(share: number): Promise<void> {
    if (isCrashable(this.#home)) {
      this.#home.crash((writes) => Math.floor(share * (writes.length + 1)));
      this.#flushing = Promise.resolve();
    } else {
      await this.#flushing;
      this.#space.close();
    }
    this.#space = openKeySpace(this.#home, { branch: 'b' });
    for (let index = this.#space.flushed.index; index < this.#log.length; index++) {
      applyTo(this.#space, this.#log[index]!);
      this.#space.end(positionAt(index + 1));
    }
    this.compareLeases();
  }
}

/** @param most steps */
export const historyOf = (least: number, most: number): fc.Arbitrary<Step[]> =>
  fc.array(step, { minLength: least, maxLength: most, size: 'max' });

/** @throws AssertionError */
export async function runHistory(home: PagesHome, steps: readonly Step[]): Promise<void> {
  const run = new ModelRun(home);
  for (const taken of steps) await run.step(taken);
  await run.compareAll();
  run.close();
}
