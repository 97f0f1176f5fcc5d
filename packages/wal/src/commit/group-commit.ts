// Group commit: one batch is written and synced at a time; what arrives meanwhile shares the next one. Batches go out in
// the order in which they were closed, each at the place that was fixed for it then: that is when the state in memory is
// exactly the state after the batch, which is what the checkpoint at the start of a segment and the decision to drop old
// segments need.
import { assert } from '@reknit/base';
import type { Clock, DiskError } from '@reknit/runtime';
import { batchBytes, bodyStart, encodeBatchHeader } from '../format/batch-header.js';
import { BodyBuffer } from '../format/body-buffer.js';
import { writeEcho } from '../format/echo.js';
import { SEGMENT_HEADER_BYTES } from '../format/layout.js';
import type { Segment } from '../state/place.js';
import { PendingBatch } from './pending-batch.js';

/** A batch is closed above it: larger ones gain nothing. */
const BATCH_BYTES_TARGET = 4 * 1024 * 1024;

/** At most this share of a segment, so that the batch fits with the echo of one before it and a last append of a quarter. */
const BATCH_SHARE_TARGET = 1 / 8;

/** Buffers kept for reuse: one that is written, one that is filled. */
const SPARE_BUFFERS = 2;

export interface GroupCommitOptions {
  readonly clock: Clock;
  readonly segmentBytes: number;
  /** Where the log ends, and what the next batch repeats. */
  readonly segment: Segment;
  readonly offset: number;
  readonly sequence: number;
  readonly echo: Uint8Array;
  /** Checkpoints of all groups, for the first batch of a segment. */
  readonly writeCheckpoints: (body: BodyBuffer) => void;
  /** Segments up to which none would be needed if this batch were on disk. */
  readonly droppableThrough: () => number;
  /** The next segment, when it is ready; else `resume` is to be called once it is. */
  readonly takeSegment: () => Segment | undefined;
  /** Before the batch's callbacks. */
  readonly onDurable: (batch: PendingBatch) => void;
  /** ms that a batch took to be written and synced. */
  readonly onSynced: (took: number) => void;
  readonly onFatal: (error: DiskError) => void;
}

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #segment: Segment;
  /** Where the next batch to be closed goes. */
  #end: { segment: number; offset: number; capacity: number };
  #sequence: number;
  #durableMark: number;
  #open: PendingBatch | undefined = undefined;
  readonly #batchTarget: number;
  readonly #closed: PendingBatch[] = [];
  #writing: PendingBatch | undefined = undefined;
  #writingSince = 0;
  #stopped = false;
  #closeFile = false;
  /** Callbacks are being called: what they append is collected first. */
  #dispatching = false;
  readonly #echo = new BodyBuffer();
  readonly #spare: BodyBuffer[] = [];
  syncs: number = 0;

  constructor(options: GroupCommitOptions) {
    const { segment, offset, sequence } = options;
    this.#options = options;
    this.#segment = segment;
    this.#end = { segment: segment.sequence, offset, capacity: segment.capacity };
    this.#sequence = sequence;
    this.#durableMark = sequence;
    this.#echo.raw(options.echo);
    this.#batchTarget = Math.min(BATCH_BYTES_TARGET, options.segmentBytes * BATCH_SHARE_TARGET);
  }

  get segment(): Segment {
    return this.#segment;
  }

  /** Bytes for further batches in the segments that exist. */
  room(next: 'next-exists' | 'next-is-missing'): number {
    const { segment, capacity } = this.#end;
    const offset = this.#end.offset + (this.#open === undefined ? 0 : batchBytes(this.#open.body.length));
    const ahead = segment - this.#segment.sequence;
    const whole = next === 'next-exists' ? this.#options.segmentBytes : 0;
    if (ahead === 0) return Math.max(0, capacity - offset + whole);
    return ahead === 1 ? Math.max(0, whole - offset) : 0;
  }

  get pendingSince(): number | undefined {
    return (this.#writing ?? this.#closed[0] ?? this.#open)?.openedAt;
  }

  /** The batch that takes the next record. */
  batch(): PendingBatch {
    if (this.#open !== undefined && this.#open.body.length > this.#batchTarget) this.#close(this.#open);
    this.#open ??= this.#begin();
    return this.#open;
  }

  /** The last batch that is not yet durable: once it is, everything handed in so far is. */
  get last(): PendingBatch | undefined {
    return this.#open ?? this.#closed.at(-1) ?? this.#writing;
  }

  /** Writes the next batch, unless one is under way. */
  pump(): void {
    if (this.#writing !== undefined || this.#stopped || this.#dispatching) return;
    if (this.#closed.length === 0 && this.#open !== undefined) this.#close(this.#open);
    const batch = this.#closed[0];
    if (batch === undefined || !this.#reachSegment(batch)) return;
    this.#closed.shift();
    this.#write(batch);
  }

  /** Nothing is written or called any more. */
  stop(): void {
    this.#stopped = true;
  }

  /** The file of a write that is under way is closed after it. */
  close(): void {
    this.#stopped = true;
    this.#closeFile = true;
    if (this.#writing === undefined) this.#segment.file.close();
  }

  #begin(): PendingBatch {
    const batch = new PendingBatch(this.#spare.pop() ?? new BodyBuffer(), this.#options.clock.now());
    batch.body.reset();
    batch.body.raw(this.#echo.written());
    return batch;
  }

  /** Fixes its place, number and content. */
  #close(batch: PendingBatch): void {
    this.#open = undefined;
    const { body } = batch;
    if (this.#end.offset + batchBytes(body.length) > this.#end.capacity) this.#turnToNextSegment(body);
    const { segment, offset } = this.#end;
    const bytes = batchBytes(body.length);
    assert(offset + bytes <= this.#end.capacity, 'an append fits into a segment', () => [bytes, this.#end.capacity]);
    this.#end.offset += bytes;
    this.#sequence++;
    batch.target = { sequence: this.#sequence, segment, offset };
    batch.place.bodyOffset = offset + bodyStart(body.length);
    batch.dropThrough = this.#options.droppableThrough();
    this.#closed.push(batch);
    this.#echo.reset();
    writeEcho(this.#echo, { sequence: this.#sequence, segment, bodyOffset: batch.place.bodyOffset, body: body.written() });
  }

  #turnToNextSegment(body: BodyBuffer): void {
    this.#end = { segment: this.#end.segment + 1, offset: SEGMENT_HEADER_BYTES, capacity: this.#options.segmentBytes };
    this.#options.writeCheckpoints(body);
  }

  #reachSegment(batch: PendingBatch): boolean {
    if (batch.target!.segment === this.#segment.sequence) return true;
    const next = this.#options.takeSegment();
    if (next === undefined) return false;
    assert(next.sequence === batch.target!.segment, 'segments are used in their order', () => [next.sequence, batch.target]);
    this.#segment = next;
    return true;
  }

  #write(batch: PendingBatch): void {
    const { sequence, segment, offset } = batch.target!;
    const body = batch.body.padded();
    const header = { sequence, durableMark: this.#durableMark, segment, offset, bodyBytes: batch.body.length };
    this.#writing = batch;
    batch.place.settle(this.#segment);
    this.#writingSince = this.#options.clock.now();
    this.#segment.file.writeAndSync(offset, [encodeBatchHeader(header, body), body], (error) => this.#written(batch, error));
  }

  #written(batch: PendingBatch, error: DiskError | undefined): void {
    this.#writing = undefined;
    if (this.#closeFile) this.#segment.file.close();
    if (this.#stopped) return;
    if (error !== undefined) {
      this.#stopped = true;
      return this.#options.onFatal(error);
    }
    this.syncs++;
    this.#options.onSynced(this.#options.clock.now() - this.#writingSince);
    this.#durableMark = batch.target!.sequence;
    if (this.#spare.length < SPARE_BUFFERS && batch.body.length <= this.#batchTarget) this.#spare.push(batch.body);
    // The disk goes on while the callbacks run; what they append is the batch after.
    this.pump();
    this.#dispatch(batch);
    this.pump();
  }

  #dispatch(batch: PendingBatch): void {
    this.#dispatching = true;
    this.#options.onDurable(batch);
    for (const durable of batch.durable) {
      if (this.#stopped) break;
      durable();
    }
    this.#dispatching = false;
  }
}
