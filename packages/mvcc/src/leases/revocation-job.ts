// The end of a lease with many keys, in slices; what holds for DeletionJob holds here. Keys go in their order, as etcd deletes
// them, and so that replicas which attached them in another order give them the same revisions.
import { SlicedSort } from '../sliced-sort.js';
import type { Job, Outcome } from '../types.js';
import type { Writer } from '../writer.js';
import type { HeldLease } from './lease-table.js';

/** About two milliseconds. */
export const REVOKED_PER_STEP = 500;
const SORTED_PER_STEP = 5000;

export interface RevocationParts {
  readonly lease: HeldLease;
  readonly writer: Writer;
  /** The entry is whole: the lease may go, and the revision may be given out. */
  finished(): void;
  /** It never will be: the key space is to be closed or replaced. */
  cancelled(): void;
}

export class RevocationJob implements Job<Outcome<undefined>> {
  readonly #parts: RevocationParts;
  readonly #sort: SlicedSort<string>;
  #sorted: readonly string[] | undefined;
  #deleted = 0;
  #ended = false;

  constructor(parts: RevocationParts) {
    this.#parts = parts;
    this.#sort = new SlicedSort(parts.lease.attachedKeys(), (left, right) => (left < right ? -1 : 1));
  }

  step(): Outcome<undefined> | undefined {
    if (this.#sorted === undefined) {
      this.#sorted = this.#sort.step(SORTED_PER_STEP);
      return undefined;
    }
    const keys = this.#sorted.slice(this.#deleted, this.#deleted + REVOKED_PER_STEP);
    this.#parts.writer.deleteAttached(keys, this.#parts.lease.id);
    this.#deleted += keys.length;
    if (this.#deleted < this.#sorted.length) return undefined;
    this.#ended = true;
    this.#parts.finished();
    return { ok: true, value: undefined };
  }

  cancel(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.cancelled();
  }
}
