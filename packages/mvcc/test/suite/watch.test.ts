// Watchers over random histories, with flushes, compactions, streams that stop reading and restarts of the pages: whatever
// happens, each is given exactly the changes it asked for, or is told that they are compacted.

import { unreachable } from '@reknit/base';
import {
  type KeySpace,
  openKeySpace,
  type WatchBatch,
  type WatchEvent,
  type Watcher,
  type WatcherSink,
  WatchHub,
  type WatchRequest,
  type WatchStream,
} from '@reknit/mvcc';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bytes,
  compactPhysically,
  deleteOf,
  flush,
  granted,
  opDelete,
  opPut,
  positionAt,
  putOf,
  text,
} from '../support/requests.js';
import { backEnds } from './back-ends.js';

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

type Step =
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
const step: fc.Arbitrary<Step> = fc.oneof(
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
        expect(this.room).toBe(true);
        for (const watched of this.watched) expect(watched.missing(history, revision)).toEqual([]);
      },
      ended: () => expect.unreachable('nothing ended it'),
    });
  }

  watch(request: WatchRequest, published: number): void {
    const watched = new Watched(this, request, request.startRevision === 0 ? published + 1 : request.startRevision);
    const watcher = this.stream.watch(request, watched);
    expect(watcher).toBeDefined();
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
    expect(this.watcher).toBeDefined();
    expect(this.client.room).toBe(true);
    expect(batch.events.length).toBeGreaterThan(0);
    expect(batch.events[0]!.kv.modRevision).toBeGreaterThan(this.#upTo);
    expect(batch.events.at(-1)!.kv.modRevision).toBeLessThanOrEqual(batch.revision);
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
    if (this.compactedAt === undefined) expect(seen).toEqual(wanted);
    else {
      expect(seen).toEqual(wanted.slice(0, seen.length));
      expect(this.start).toBeLessThan(this.compactedAt);
      // A revision comes as a whole.
      expect(wanted[seen.length]?.main).not.toBe(seen.at(-1)?.main ?? -1);
    }
    for (const [at, { prevKv }] of this.seen.entries()) {
      const before = this.request.previous === 'with-previous' ? expected[at]!.before : undefined;
      if (prevKv !== undefined || compactions === 'none') expect(prevKv && text(prevKv.value)).toBe(before);
    }
  }
}

class Run {
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

  async take(step: Step): Promise<void> {
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
      expect(turns).toBeLessThan(10_000);
      for (const client of this.#clients) this.#drain(client);
    }
    const compactions = this.#space.compactRevision > 0 ? 'some' : 'none';
    for (const watched of [...this.#closed, ...this.#clients.flatMap((client) => client.watched)])
      watched.check(this.#history, compactions);
    expect(this.#hub.statistics()).toMatchObject({ streams: 3, slowWatchers: 0 });
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

  #watch({ range, start, stream: at, filter, previous }: Step & { readonly kind: 'watch' }): void {
    const filters = { noPut: filter === 'noPut', noDelete: filter === 'noDelete' };
    const request = { key: bytes(range[0]), rangeEnd: bytes(range[1]), startRevision: start, filters, previous };
    const slowBefore = this.#hub.statistics().slowWatchers;
    this.#woken = false;
    this.#clients[at]!.watch(request, this.#space.revision);
    if (this.#hub.statistics().slowWatchers > slowBefore) expect(this.#woken).toBe(true);
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

describe.each(backEnds())('watchers over $name', ({ name, newHome }) => {
  test('each sees exactly the changes it asked for, in order, each revision whole, or learns that they are compacted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120, size: 'max' }), async (steps) => {
        const run = new Run(openKeySpace(newHome(), { branch: 'b' }));
        for (const each of steps) await run.take(each);
        run.finish();
      }),
      // On LMDB the same with less patience: its transactions are real.
      { numRuns: name === 'memory' ? 150 : 30 },
    );
  });

  test('who begins at a revision that is written and not yet published makes nobody miss it', async () => {
    const run = new Run(openKeySpace(newHome(), { branch: 'b' }));
    const watch = { kind: 'watch', filter: 'none', previous: 'without-previous' } as const;
    await run.take({ ...watch, range: ['a', ''], start: 0, stream: 0 });
    await run.take({ kind: 'put', key: 'a', value: '1' });
    await run.take({ kind: 'put', key: 'a', value: '2' });
    await run.take({ ...watch, range: ['a', ''], start: 3, stream: 1 });
    run.finish();
  });
});
