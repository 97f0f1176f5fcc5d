// Makes the next segment while the current one fills, so that neither a full disk nor the allocation of space ever meets
// an append half way. The zeroes are written off the event loop, one slice at a time and in step with the log's own
// growth: they are done when the current segment is half full, without a burst that would delay the log's syncs.
// A full disk is no fault here: it is tried again once a second, and meanwhile the statistics say how much room is left.
import { unreachable } from '@reknit/base';
import { type Clock, type Disk, DiskError, type DiskFile, type Timer } from '@reknit/runtime';
import { encodeSegmentHeader, type SegmentHeader } from '../format/segment-header.js';
import { createUnfinished, finishSegment } from '../segment-file.js';
import type { Segment } from '../state/place.js';

/** A disk of 100 MB/s writes it in less than a millisecond: no more than that may a sync of the log be delayed. */
const SLICE_BYTES = 64 * 1024;
const ZEROES = new Uint8Array(SLICE_BYTES);
const RETRY_AFTER_MS = 1000;

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'filling'; readonly file: DiskFile; readonly filled: number; readonly busy: boolean }
  | { readonly kind: 'ready'; readonly segment: Segment }
  | { readonly kind: 'disk-full'; readonly retry: Timer }
  | { readonly kind: 'closed' };

export interface PreparerOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly directory: string;
  readonly incarnation: string;
  readonly segmentBytes: number;
  /** The segment that was asked for can be taken. */
  readonly onReady: () => void;
  readonly onFatal: (error: DiskError) => void;
}

export class SegmentPreparer {
  readonly #options: PreparerOptions;
  #sequence: number;
  /** Bytes that ought to be filled by now. */
  #due = 0;
  #state: State = { kind: 'idle' };

  constructor(options: PreparerOptions, sequence: number) {
    this.#options = options;
    this.#sequence = sequence;
  }

  get ready(): boolean {
    return this.#state.kind === 'ready';
  }

  /** There was no space for it when it was tried last. */
  get diskFull(): boolean {
    return this.#state.kind === 'disk-full';
  }

  /** @param share of the next segment that ought to exist by now, from 0 to 1 */
  advance(share: number): void {
    const due = Math.min(1, share) * this.#options.segmentBytes;
    if (due <= this.#due) return;
    this.#due = due;
    this.#proceed();
  }

  /** The next segment, and the one after it is begun; undefined while it is not ready, but then it is made at full speed. */
  take(): Segment | undefined {
    if (this.#state.kind !== 'ready') {
      this.advance(1);
      return undefined;
    }
    const { segment } = this.#state;
    this.#sequence = segment.sequence + 1;
    this.#due = 0;
    this.#state = { kind: 'idle' };
    return segment;
  }

  close(): void {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    if (state.kind === 'filling' && !state.busy) state.file.close();
    if (state.kind === 'ready') state.segment.file.close();
    if (state.kind === 'disk-full') state.retry.cancel();
  }

  #proceed(): void {
    const state = this.#state;
    switch (state.kind) {
      case 'idle':
        return this.#begin();
      case 'filling':
        if (!state.busy && state.filled < this.#due) this.#fill(state.file, state.filled);
        return;
      case 'ready':
      case 'disk-full':
      case 'closed':
        return;
      default:
        return unreachable(state);
    }
  }

  #begin(): void {
    this.#attempt(undefined, () => {
      const file = createUnfinished(this.#options.disk, this.#options.directory, this.#sequence);
      this.#fill(file, 0);
    });
  }

  #fill(file: DiskFile, filled: number): void {
    const length = Math.min(SLICE_BYTES, this.#options.segmentBytes - filled);
    this.#write(file, filled, ZEROES.subarray(0, length), () => {
      const end = filled + length;
      if (end === this.#options.segmentBytes) return this.#writeHeader(file);
      this.#state = { kind: 'filling', file, filled: end, busy: false };
      this.#proceed();
    });
  }

  #writeHeader(file: DiskFile): void {
    const { disk, directory, incarnation, segmentBytes } = this.#options;
    const header: SegmentHeader = { sequence: this.#sequence, capacity: segmentBytes, incarnation, resume: undefined };
    this.#write(file, 0, encodeSegmentHeader(header), () => {
      this.#attempt(file, () => {
        this.#state = { kind: 'ready', segment: finishSegment(disk, directory, file, header) };
        this.#options.onReady();
      });
    });
  }

  #write(file: DiskFile, at: number, bytes: Uint8Array, then: () => void): void {
    this.#state = { kind: 'filling', file, filled: at, busy: true };
    file.writeAndSync(at, [bytes], (error) => {
      if (this.#state.kind === 'closed') return file.close();
      if (error !== undefined) return this.#failed(file, error);
      then();
    });
  }

  #attempt(file: DiskFile | undefined, action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      this.#failed(file, error);
    }
  }

  #failed(file: DiskFile | undefined, error: DiskError): void {
    const { disk, clock, onFatal } = this.#options;
    if (error.code !== 'no-space') return onFatal(error);
    file?.close();
    if (file !== undefined && disk.exists(file.path)) disk.remove(file.path);
    const retry = clock.after(RETRY_AFTER_MS, () => {
      this.#state = { kind: 'idle' };
      this.#proceed();
    });
    this.#state = { kind: 'disk-full', retry };
  }
}
