// All watchers of one keyspace. Whoever applies the log calls `publish` once for all that a turn has applied, and `catchUp`
// once a turn for those that are still reading history.
//
// Watchers stand in cohorts by the revision that they are to see next. The foremost cohort is up to date and is fed by
// `publish`; the others read history in slices, in turn, each until it meets the one before it. Every watcher thus sees the
// changes of its keys from its start on, in order, each once, and a revision as a whole or not at all.
//
// Surprising: a cohort behind the compact revision is cancelled, but what is compacted in the turn that wrote it is still
// published to those who are up to date.
import { assert } from '@reknit/base';
import { CorruptRecordError } from '../errors.js';
import { Cohort } from './cohort.js';
import type { Interest } from './interest.js';
import { WatchStream } from './stream.js';
import type { Changes, StreamSink, WatchStatistics } from './types.js';
import type { Watcher } from './watcher.js';

/** About a millisecond of work, then others have their turn. A revision is never cut, so one may exceed it. */
const RECORDS_PER_SLICE = 500;
const BYTES_PER_SLICE = 1024 * 1024;
/** Large ones count for several. */
const BYTES_PER_RECORD: number = BYTES_PER_SLICE / RECORDS_PER_SLICE;
/** What the turn of one cohort costs, however little there is for it. */
const RECORDS_PER_COHORT = 20;
/** A batch is closed at the end of the revision that reaches it: well below the 4 MiB that clients take by default. */
const BATCH_BYTES = 512 * 1024;

/** The part of a keyspace that is needed. */
export interface WatchedSpace {
  readonly revision: number;
  readonly compactRevision: number;
  changesFrom(revision: number): Changes;
}

export class WatchHub {
  readonly #space: WatchedSpace;
  readonly #wake: () => void;
  readonly #streams = new Set<WatchStream>();
  readonly #progressWanted = new Set<WatchStream>();
  #foremost: Cohort;
  /** By the revision they are to see next, the one whose turn it is first. */
  readonly #behind = new Map<number, Cohort>();
  /** Those that wait for a revision to come. */
  readonly #future = new Map<number, Cohort>();
  /** None of those is earlier. */
  #nextFuture = Number.POSITIVE_INFINITY;
  /** While a cohort is being given something, nobody may join one that it would be merged with. */
  #advancing = false;
  /** By the last feeding. */
  #fedBytes = 0;
  #watchers = 0;
  #events = 0;

  /** @param wake asks for a call of `catchUp` soon */
  constructor(space: WatchedSpace, wake: () => void) {
    this.#space = space;
    this.#wake = wake;
    this.#foremost = new Cohort(space.revision + 1);
  }

  /** Everything up to here was published. */
  get revision(): number {
    return this.#foremost.next - 1;
  }

  openStream(sink: StreamSink): WatchStream {
    const stream = new WatchStream(this, sink);
    this.#streams.add(stream);
    return stream;
  }

  /** Gives what was applied since the last call to those who are up to date. */
  publish(): void {
    const { revision } = this.#space;
    const foremost = this.#foremost;
    if (foremost.next > revision) return;
    if (foremost.size > 0) this.#advance(foremost, revision, Number.POSITIVE_INFINITY);
    foremost.next = revision + 1;
    this.#settle();
  }

  /** A slice of history for one cohort, or for several that need little. 'more': call again, in another turn. */
  catchUp(): 'more' | 'done' {
    this.publish();
    if (this.#behind.size === 0) return 'done';
    let left = RECORDS_PER_SLICE;
    while (left > 0 && this.#behind.size > 0) left -= this.#catchUpFirst(left);
    this.#settle();
    return this.#behind.size > 0 ? 'more' : 'done';
  }

  /** A snapshot took the place of the keyspace's state: what lies in between is read from it, if it is still there. */
  onReplaced(): void {
    const { revision } = this.#space;
    const left = this.#foremost;
    if (left.next > revision) return;
    this.#foremost = new Cohort(revision + 1);
    this.#fellBehind(left);
    this.#settle();
  }

  /** Ends all streams. */
  close(): void {
    this.#end([...this.#streams], 'closed');
  }

  statistics(): WatchStatistics {
    let slowWatchers = 0;
    for (const cohort of this.#behind.values()) slowWatchers += cohort.size;
    for (const stream of this.#streams) slowWatchers += stream.parked;
    return { streams: this.#streams.size, watchers: this.#watchers, slowWatchers, events: this.#events };
  }

  // For the streams.

  /** Of what is applied, published or not. */
  get newestRevision(): number {
    return this.#space.revision;
  }

  entered(): void {
    this.#watchers++;
  }

  left(): void {
    this.#watchers--;
  }

  /** Puts a watcher where its `next` belongs. */
  enter(watcher: Watcher): void {
    const { next, stream } = watcher;
    if (next === this.#foremost.next && !this.#advancing) return this.#foremost.add(watcher);
    if (next > this.#space.revision) return this.#enterFuture(watcher);
    stream.mark(watcher, 'behind');
    cohortAt(this.#behind, next).add(watcher);
    this.#wake();
  }

  progressWanted(stream: WatchStream): void {
    this.#progressWanted.add(stream);
    this.#giveProgress();
  }

  resumed(): void {
    this.#giveProgress();
  }

  forget(stream: WatchStream): void {
    this.#streams.delete(stream);
    this.#progressWanted.delete(stream);
  }

  /** @returns what it has cost, in records */
  #catchUpFirst(recordsMax: number): number {
    const [cohort] = this.#behind.values();
    assert(cohort !== undefined, 'a cohort is behind');
    const from = cohort.next;
    this.#fedBytes = 0;
    this.#behind.delete(from);
    if (from < this.#space.compactRevision) this.#cancelCompacted(cohort);
    else {
      this.#advance(cohort, this.revision, recordsMax);
      this.#place(cohort);
    }
    return RECORDS_PER_COHORT + (cohort.next - from) + this.#fedBytes / BYTES_PER_RECORD;
  }

  /** Gives the cohort its changes up to `to`; of a slice, as much as it holds, and no further than where another cohort stands. */
  #advance(cohort: Cohort, to: number, recordsMax: number): void {
    assert(!this.#advancing, 'one cohort is fed at a time');
    this.#advancing = true;
    try {
      cohort.next = this.#feed(cohort, to, recordsMax);
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) throw error;
      this.#end([...new Set(Array.from(cohort.watchers(), ({ stream }) => stream))], 'damaged');
    } finally {
      this.#advancing = false;
    }
  }

  /** @returns the revision that is next */
  #feed(cohort: Cohort, to: number, recordsMax: number): number {
    const sliced = recordsMax < Number.POSITIVE_INFINITY;
    const bytesMax = sliced ? BYTES_PER_SLICE : Number.POSITIVE_INFINITY;
    const changes = this.#space.changesFrom(cohort.next);
    const touched: Interest[] = [];
    let main = cohort.next - 1;
    let records = 0;
    let bytes = 0;
    let largest = 0;
    let next = to + 1;
    try {
      while (changes.next() && changes.main <= to) {
        if (changes.main !== main) {
          if (records >= recordsMax || bytes >= bytesMax || (sliced && this.#behind.has(changes.main))) {
            next = changes.main;
            break;
          }
          if (largest >= BATCH_BYTES) this.#deliver(touched, main, BATCH_BYTES);
          largest = 0;
          main = changes.main;
        }
        records++;
        bytes += changes.bytes;
        largest = Math.max(largest, cohort.collect(changes, touched));
      }
    } finally {
      changes.close();
    }
    this.#fedBytes = bytes;
    this.#deliver(touched, next - 1, 0);
    return next;
  }

  /** @param bytesMin of an interest's events; smaller ones wait */
  #deliver(touched: readonly Interest[], revision: number, bytesMin: number): void {
    for (const interest of touched) {
      if (interest.collected === 0 || interest.bytes < bytesMin) continue;
      const batch = interest.take(revision);
      const missed = batch.events[0]!.kv.modRevision;
      // A copy: a sink may cancel whom it wants.
      for (const watcher of interest.watchers.slice()) {
        if (watcher.interest !== interest) continue;
        const { stream } = watcher;
        if (stream.blocked) {
          stream.park(watcher, missed);
          continue;
        }
        this.#events += batch.events.length;
        if (!watcher.sink.events(batch)) stream.block();
      }
    }
  }

  #enterFuture(watcher: Watcher): void {
    cohortAt(this.#future, watcher.next).add(watcher);
    this.#nextFuture = Math.min(this.#nextFuture, watcher.next);
  }

  #fellBehind(cohort: Cohort): void {
    for (const watcher of cohort.watchers()) watcher.stream.mark(watcher, 'behind');
    this.#place(cohort);
    this.#wake();
  }

  #place(cohort: Cohort): void {
    if (cohort.size === 0) return;
    const { next } = cohort;
    if (next === this.#foremost.next) return this.#join(cohort);
    const there = this.#behind.get(next);
    if (there === undefined) this.#behind.set(next, cohort);
    else if (there.size >= cohort.size) moveAll(cohort, there);
    else {
      moveAll(there, cohort);
      this.#behind.set(next, cohort);
    }
  }

  #join(cohort: Cohort): void {
    for (const watcher of cohort.watchers()) watcher.stream.mark(watcher, 'up-to-date');
    moveAll(cohort, this.#foremost);
  }

  #cancelCompacted(cohort: Cohort): void {
    const { compactRevision } = this.#space;
    for (const watcher of [...cohort.watchers()]) {
      if (watcher.cohort !== cohort) continue;
      watcher.cancel();
      watcher.sink.compacted(compactRevision);
    }
  }

  /** After the foremost cohort has moved, or others have. */
  #settle(): void {
    if (this.#nextFuture <= this.#foremost.next) this.#takeFuture();
    this.#giveProgress();
  }

  #takeFuture(): void {
    for (const [next, cohort] of this.#future) {
      if (next > this.#foremost.next) continue;
      this.#future.delete(next);
      if (next < this.#foremost.next) this.#fellBehind(cohort);
      else this.#place(cohort);
    }
    this.#nextFuture = Math.min(...this.#future.keys());
  }

  #giveProgress(): void {
    if (this.#advancing) return;
    for (const stream of this.#progressWanted) {
      if (!stream.upToDate) continue;
      this.#progressWanted.delete(stream);
      stream.sink.progress(this.revision);
    }
  }

  #end(streams: readonly WatchStream[], cause: 'closed' | 'damaged'): void {
    for (const stream of streams) {
      stream.close();
      stream.sink.ended(cause);
    }
  }
}

function cohortAt(cohorts: Map<number, Cohort>, next: number): Cohort {
  let cohort = cohorts.get(next);
  if (cohort === undefined) {
    cohort = new Cohort(next);
    cohorts.set(next, cohort);
  }
  return cohort;
}

function moveAll(from: Cohort, into: Cohort): void {
  for (const watcher of [...from.watchers()]) {
    from.remove(watcher);
    into.add(watcher);
  }
}
