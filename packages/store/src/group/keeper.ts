// Housekeeping of one group, off the request path: the overlay is flushed, the log shortened behind the flush, compacted
// revisions removed. The order is what makes a crash harmless: the state is durable before the log's base moves over it.
import type { Millis } from '@reknit/base';
import type { Job, KeySpace } from '@reknit/mvcc';
import type { Clock } from '@reknit/runtime';

/**
 * A quiet group still flushes this often, so that a restart replays little: at moments that are drawn anew each time, lest all
 * members keep their disks busy at once and no quorum is quick.
 */
const FLUSH_INTERVAL_MIN: Millis = 3000;
const FLUSH_INTERVAL_SPREAD: Millis = 4000;
/** Between two steps of a compaction, of about as long: users get their half of the loop, and a step that only waits for the disk does not spin. */
const COMPACT_PAUSE: Millis = 1;

export interface KeeperOptions {
  /** Entries applied since the log's base before the base moves: etcd's --snapshot-count. */
  readonly snapshotCount: number;
  /** Entries kept behind the base for followers that are a little behind: etcd's --snapshot-catchup-entries. */
  readonly catchupEntries: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export interface KeeperOutlets {
  /** Highest index that the local log holds durably. */
  durableIndex(): number;
  base(): number;
  /** The base must not move beyond it now: somebody needs what follows. */
  baseMax(): number;
  /** The node's log has grown beyond its share: a group that is idle must not keep old segments alive. */
  logCrowded(): boolean;
  moveBase(index: number): void;
  /** There is room in memory again. @param took ms since the flush began */
  flushed(took: Millis): void;
  failed(error: Error): void;
}

/** Exactly one of the two is called, once. */
export interface CompactionWaiter {
  /** Everything below the compaction is physically gone. */
  done(): void;
  closed(): void;
}

export class Keeper {
  readonly #space: KeySpace;
  readonly #clock: Clock;
  readonly #options: KeeperOptions;
  readonly #outlets: KeeperOutlets;
  #flushing = false;
  #flushAt: Millis;
  #compaction: Job<true> | undefined;
  #compacted: CompactionWaiter[] = [];
  #closed = false;

  constructor(space: KeySpace, clock: Clock, options: KeeperOptions, outlets: KeeperOutlets) {
    this.#space = space;
    this.#clock = clock;
    this.#options = options;
    this.#outlets = outlets;
    this.#flushAt = this.#nextFlush(clock.now());
  }

  /** While true the state machine applies no further than the local log is durable, so that the flush becomes possible. */
  get flushWanted(): boolean {
    return !this.#flushing && this.#space.flushDue;
  }

  tick(now: Millis): void {
    if (this.#closed || this.#flushing || this.#space.midEntry) return;
    const { applied, flushed } = this.#space;
    if (this.#outlets.base() < flushed.index && this.#outlets.logCrowded()) this.#moveBase(flushed.index);
    if (applied.index === flushed.index) return;
    if (applied.index > this.#outlets.durableIndex()) return;
    if (this.#space.flushDue || now >= this.#flushAt) this.#flush(now);
  }

  /** At the next tick that can. */
  flushSoon(): void {
    this.#flushAt = Number.NEGATIVE_INFINITY;
  }

  /** An entry that the log cannot give back is in the state: the log begins behind it as soon as that is durable. */
  pass(index: number): void {
    const { applied, flushed } = this.#space;
    if (flushed.index >= index) this.#moveBase(index);
    else if (applied.index >= index) this.flushSoon();
  }

  get flushing(): boolean {
    return this.#flushing;
  }

  /** Revisions are removed once the compaction itself is flushed: until then a crash could bring them back to be read. */
  startCompaction(waiter?: CompactionWaiter): void {
    if (waiter !== undefined) this.#compacted.push(waiter);
    this.#continueCompaction();
  }

  close(): void {
    this.#closed = true;
    this.#compaction?.cancel();
    for (const waiter of this.#takeWaiters()) waiter.closed();
  }

  #flush(now: Millis): void {
    this.#flushing = true;
    this.#flushAt = this.#nextFlush(now);
    this.#space.flush((error) => {
      this.#flushing = false;
      if (this.#closed) return;
      if (error !== undefined) return this.#outlets.failed(error);
      this.#shorten();
      this.#continueCompaction();
      this.#outlets.flushed(this.#clock.now() - now);
    });
  }

  #nextFlush(now: Millis): Millis {
    return now + FLUSH_INTERVAL_MIN + this.#options.random() * FLUSH_INTERVAL_SPREAD;
  }

  #shorten(): void {
    const flushed = this.#space.flushed.index;
    if (flushed - this.#outlets.base() < this.#options.snapshotCount + this.#options.catchupEntries) return;
    this.#moveBase(flushed - this.#options.catchupEntries);
  }

  #moveBase(index: number): void {
    const target = Math.min(index, this.#outlets.baseMax());
    if (target > this.#outlets.base()) this.#outlets.moveBase(target);
  }

  #continueCompaction(): void {
    if (this.#closed || this.#compaction !== undefined) return;
    this.#compaction = this.#space.compactionJob();
    if (this.#compaction !== undefined) return this.#compactStep(this.#compaction);
    if (this.#space.flushDue) return;
    for (const waiter of this.#takeWaiters()) waiter.done();
  }

  #takeWaiters(): readonly CompactionWaiter[] {
    const waiters = this.#compacted;
    this.#compacted = [];
    return waiters;
  }

  #compactStep(job: Job<true>): void {
    if (this.#closed) return;
    if (job.step() === undefined) {
      this.#clock.after(COMPACT_PAUSE, () => this.#compactStep(job));
      return;
    }
    this.#compaction = undefined;
    this.#continueCompaction();
  }
}
