// Watchers over random histories, with flushes, compactions, streams that stop reading and restarts of the pages: whatever
// happens, each is given exactly the changes it asked for, or is told that they are compacted.
import { deepStrictEqual, fail, notStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { unreachable } from '@reknit/base';
import {
  type KeySpace,
  openKeySpace,
  type PagesHome,
  type WatchBatch,
  type WatchEvent,
  type Watcher,
  type WatcherSink,
  WatchHub,
  type WatchRequest,
  type WatchStream,
} from '@reknit/mvcc';
import fc from 'fast-check';
import { bytes, compactPhysically, deleteOf, flush, granted, opDelete, opPut, positionAt, putOf, text } from './requests.js';

const KEYS = ['a', 'ab', 'b', 'c', 'd'];
const RANGES = [
  ['a', ''],
  ['b', ''],
  ['z', ''],
  ['a', 'b'],
  ['a', 'c'],
  ['ab', 'e'],
  ['\0', '\0'],
  ['c', '\0'],
] as const;

export type WatchStep =
  | { readonly kind: 'put'; readonly key: string; readonly value: string }
  | { readonly kind: 'delete'; readonly key: string; readonly end: string }
  | { readonly kind: 'txn'; readonly keys: readonly string[] }
  | { readonly kind: 'compact'; readonly share: number }
  | {
      readonly kind: 'watch';
      readonly range: (typeof RANGES)[number];
      readonly start: number;
      readonly stream: number;
      readonly filter: 'none' | 'noPut' | 'noDelete';
      readonly previous: WatchRequest['previous'];
    }
  | { readonly kind: 'block' | 'resume' | 'progress' | 'close'; readonly stream: number }
  | { readonly kind: 'publish' | 'catchUp' | 'flush' | 'compactPhysically' };

const key = fc.constantFrom(...KEYS);
const stream = fc.integer({ min: 0, max: 2 });
const step: fc.Arbitrary<WatchStep> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('put' as const), key, value: fc.constantFrom('1', '2') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), key, end: fc.constantFrom('', 'c', '\0') }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('txn' as const), keys: fc.uniqueArray(key, { minLength: 1, maxLength: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('compact' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('watch' as const),
      range: fc.constantFrom(...RANGES),
      start: fc.integer({ min: 0, max: 40 }),
      stream,
      filter: fc.constantFrom('none' as const, 'none' as const, 'noPut' as const, 'noDelete' as const),
      previous: fc.constantFrom('with-previous' as const, 'without-previous' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('block' as const, 'resume' as const, 'progress' as const), stream }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const), stream }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('publish' as const, 'catchUp' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('flush' as const, 'compactPhysically' as const) }) },
);

interface Change {
  readonly key: string;
  readonly main: number;
  readonly value: string | undefined;
  readonly before: string | undefined;
}

/** Everything that ever happened, one change after another. */
class History {
  readonly changes: Change[] = [];
  readonly #live = new Map<string, string>();

  write(main: number, written: string, value: string | undefined): void {
    const before = this.#live.get(written);
    if (value === undefined && before === undefined) return;
    this.changes.push({ key: written, main, value, before });
    if (value === undefined) this.#live.delete(written);
    else this.#live.set(written, value);
  }

  live(from: string, end: string): string[] {
    return [...this.#live.keys()].filter((each) => within(each, from, end)).sort();
  }
}

const within = (each: string, from: string, end: string): boolean =>
  end === '' ? each === from : end === '\0' ? each >= from : each >= from && each < end;

/** A client's stream whose buffer the test fills and empties. */
class Client {
  readonly stream: WatchStream;
  readonly watched: Watched[] = [];
  room = true;
  readonly #hub: WatchHub;
  readonly #newest: () => number;
  #batches = 0;
  #reactions = 0;

  constructor(hub: WatchHub, history: History, newest: () => number) {
    this.#hub = hub;
    this.#newest = newest;
    this.stream = hub.openStream({
      progress: (revision) => {
        ok(this.room, 'a stream without room is told nothing');
        for (const watched of this.watched) deepStrictEqual(watched.missing(history, revision), []);
      },
      ended: () => fail('nothing ended it'),
    });
  }

  watch(request: WatchRequest, published: number): void {
    const watched = new Watched(this, request, request.startRevision === 0 ? published + 1 : request.startRevision);
    const watcher = this.stream.watch(request, watched);
    ok(watcher !== undefined, 'some key can be in the range');
    watched.watcher = watcher;
    this.watched.push(watched);
  }

  /** Every third batch fills it. */
  roomAfter(_batch: WatchBatch): boolean {
    return ++this.#batches % 3 !== 0;
  }

  /** Every fifth time it begins another watch from within, every seventh it also cancels its oldest one. */
  react(request: WatchRequest): void {
    this.#reactions++;
    if (this.#reactions % 5 === 0)
      this.watch({ ...request, startRevision: this.#reactions % 2 === 0 ? 0 : this.#newest() }, this.#newest());
    if (this.#reactions % 7 === 0) this.watched.find((each) => each.watcher !== undefined)?.cancel();
  }

  resume(): void {
    this.room = true;
    this.stream.resume();
  }

  get revision(): number {
    return this.#hub.revision;
  }
}

class Watched implements WatcherSink {
  readonly client: Client;
  readonly request: WatchRequest;
  readonly start: number;
  readonly seen: WatchEvent[] = [];
  compactedAt: number | undefined;
  watcher: Watcher | undefined;
  #upTo = 0;

  constructor(client: Client, request: WatchRequest, start: number) {
    this.client = client;
    this.request = request;
    this.start = start;
  }

  events(batch: WatchBatch): boolean {
    ok(this.watcher !== undefined, 'nothing is given before the watch is begun, or after its end');
    ok(this.client.room, 'a stream without room is given nothing');
    ok(batch.events.length > 0, 'a batch has events');
    ok(batch.events[0]!.kv.modRevision > this.#upTo, 'a batch follows the one before it');
    ok(batch.events.at(-1)!.kv.modRevision <= batch.revision, 'a batch reaches as far as it says');
    this.#upTo = batch.revision;
    this.seen.push(...batch.events);
    this.client.room = this.client.roomAfter(batch);
    this.client.react(this.request);
    return this.client.room;
  }

  compacted(revision: number): void {
    this.compactedAt = revision;
  }

  /** From now on it has seen the beginning of what it asked for. */
  cancel(): void {
    this.watcher!.cancel();
    this.watcher = undefined;
    this.compactedAt = Number.POSITIVE_INFINITY;
  }

  expected({ changes }: History): Change[] {
    const { key: from, rangeEnd, filters } = this.request;
    return changes.filter(
      (change) =>
        change.main >= this.start &&
        within(change.key, text(from), text(rangeEnd)) &&
        !(change.value === undefined ? filters.noDelete : filters.noPut),
    );
  }

  missing(history: History, upTo: number): Change[] {
    if (this.compactedAt !== undefined) return [];
    return this.expected(history).filter((change, at) => change.main <= upTo && this.seen[at] === undefined);
  }

  check(history: History, compactions: 'some' | 'none'): void {
    const expected = this.expected(history);
    const seen = this.seen.map(({ type, kv }) => ({
      key: text(kv.key),
      main: kv.modRevision,
      value: type === 1 ? undefined : text(kv.value),
    }));
    const wanted = expected.map(({ key: name, main, value }) => ({ key: name, main, value }));
    if (this.compactedAt === undefined) deepStrictEqual(seen, wanted);
    else {
      deepStrictEqual(seen, wanted.slice(0, seen.length));
      ok(this.start < this.compactedAt, 'what begins above a compaction is not compacted');
      // A revision comes as a whole.
      notStrictEqual(wanted[seen.length]?.main, seen.at(-1)?.main ?? -1);
    }
    for (const [at, { prevKv }] of this.seen.entries()) {
      const before = this.request.previous === 'with-previous' ? expected[at]!.before : undefined;
      if (prevKv !== undefined || compactions === 'none') strictEqual(prevKv && text(prevKv.value), before);
    }
  }
}

export class WatchRun {
  readonly #space: KeySpace;
  readonly #hub: WatchHub;
  readonly #history = new History();
  readonly #clients: Client[] = [];
  readonly #closed: Watched[] = [];
  #index = 0;
  #woken = false;

  constructor(space: KeySpace) {
    this.#space = space;
    this.#hub = new WatchHub(space, () => {
      this.#woken = true;
    });
    for (let at = 0; at < 3; at++) this.#clients.push(new Client(this.#hub, this.#history, () => this.#space.revision));
  }

  async take(step: WatchStep): Promise<void> {
    const space = this.#space;
    switch (step.kind) {
      case 'put':
        granted(space.put(putOf(step.key, step.value)));
        return this.#wrote([[step.key, step.value]]);
      case 'delete': {
        const doomed = this.#history.live(step.key, step.end);
        granted(space.deleteRange(deleteOf(step.key, step.end)));
        return this.#wrote(doomed.map((each) => [each, undefined]));
      }
      case 'txn': {
        const [first, ...puts] = step.keys;
        const doomed = this.#history.live(first!, '');
        const success = [opDelete(first!), ...puts.map((each) => opPut(each, 't'))];
        granted(space.txn({ compare: [], success, failure: [] }));
        return this.#wrote([...doomed.map((each) => [each, undefined] as const), ...puts.map((each) => [each, 't'] as const)]);
      }
      case 'compact':
        space.compact(Math.ceil(step.share * space.revision));
        return this.#end();
      case 'watch':
        return this.#watch(step);
      case 'block':
        this.#clients[step.stream]!.room = false;
        return this.#clients[step.stream]!.stream.block();
      case 'resume':
        return this.#clients[step.stream]!.resume();
      case 'progress':
        return this.#clients[step.stream]!.stream.requestProgress();
      case 'close':
        return this.#close(step.stream);
      case 'publish':
        return this.#hub.publish();
      case 'catchUp':
        this.#hub.publish();
        this.#hub.catchUp();
        return;
      case 'flush':
        this.#hub.publish();
        return flush(space);
      case 'compactPhysically':
        this.#hub.publish();
        await flush(space);
        return compactPhysically(space);
      default:
        unreachable(step);
    }
  }

  finish(): void {
    for (const client of this.#clients) this.#drain(client);
    this.#hub.publish();
    for (let turns = 0; this.#hub.catchUp() === 'more' || this.#clients.some(({ room }) => !room); turns++) {
      ok(turns < 10_000, 'who is behind catches up');
      for (const client of this.#clients) this.#drain(client);
    }
    const compactions = this.#space.compactRevision > 0 ? 'some' : 'none';
    for (const watched of [...this.#closed, ...this.#clients.flatMap((client) => client.watched)])
      watched.check(this.#history, compactions);
    const { streams, slowWatchers } = this.#hub.statistics();
    deepStrictEqual([streams, slowWatchers], [3, 0]);
    this.#space.close();
  }

  #drain(client: Client): void {
    if (!client.room) client.resume();
  }

  #wrote(changes: readonly (readonly [key: string, value: string | undefined])[]): void {
    const main = this.#history.changes.length === 0 ? 2 : this.#history.changes.at(-1)!.main + 1;
    for (const [written, value] of changes) this.#history.write(main, written, value);
    this.#end();
  }

  #end(): void {
    this.#space.end(positionAt(++this.#index));
  }

  #watch({ range, start, stream: at, filter, previous }: WatchStep & { readonly kind: 'watch' }): void {
    const filters = { noPut: filter === 'noPut', noDelete: filter === 'noDelete' };
    const request = { key: bytes(range[0]), rangeEnd: bytes(range[1]), startRevision: start, filters, previous };
    const slowBefore = this.#hub.statistics().slowWatchers;
    this.#woken = false;
    this.#clients[at]!.watch(request, this.#space.revision);
    if (this.#hub.statistics().slowWatchers > slowBefore) ok(this.#woken, 'who begins behind asks for a turn');
  }

  /** What was closed has seen the beginning of what it asked for. */
  #close(at: number): void {
    const client = this.#clients[at]!;
    client.stream.close();
    for (const watched of client.watched) {
      watched.compactedAt = Number.POSITIVE_INFINITY;
      this.#closed.push(watched);
    }
    this.#clients[at] = new Client(this.#hub, this.#history, () => this.#space.revision);
  }
}

export const watchHistory: fc.Arbitrary<WatchStep[]> = fc.array(step, { maxLength: 120, size: 'max' });

/** @throws AssertionError */
export async function runWatchHistory(home: PagesHome, steps: readonly WatchStep[]): Promise<void> {
  const run = new WatchRun(openKeySpace(home, { branch: 'b' }));
  for (const each of steps) await run.take(each);
  run.finish();
}
