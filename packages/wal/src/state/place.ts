// Where the entries of one batch stand. All entries of a batch share one place, so that an entry costs no object of its
// own, and a place can be filled in when the batch is closed: until then its entries are read from memory only.
import type { DiskFile } from '@reknit/runtime';
import type { GroupState } from './group-state.js';

export interface Segment {
  readonly sequence: number;
  readonly path: string;
  readonly file: DiskFile;
  /** Bytes that it occupies. */
  capacity: number;
  /** Batches in it that still hold an entry which some group needs. */
  livePlaces: number;
}

/** Entries of a group, put by one append; of slots, not all of those between the two. */
interface EntryRun {
  readonly group: GroupState;
  readonly from: number;
  readonly to: number;
}

export class BatchPlace {
  /** Undefined until the batch is being written. */
  segment: Segment | undefined = undefined;
  /** Of the body, within the segment. */
  bodyOffset: number = 0;
  /** Payloads that are held in memory for reading. */
  cachedBytes: number = 0;
  readonly runs: EntryRun[] = [];
  #live: number = 0;

  get live(): number {
    return this.#live;
  }

  retain(): void {
    this.#live++;
    if (this.#live === 1 && this.segment !== undefined) this.segment.livePlaces++;
  }

  release(): void {
    this.#live--;
    if (this.#live === 0 && this.segment !== undefined) this.segment.livePlaces--;
  }

  /** Once, when it is known which file the batch goes into. */
  settle(segment: Segment): void {
    this.segment = segment;
    if (this.#live > 0) segment.livePlaces++;
  }
}
