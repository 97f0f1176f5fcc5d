// Keeps recent entries in memory for followers that are a little behind, oldest batch out first. Entries of a batch that
// is not yet on disk are always kept: there is nowhere else to read them from.
import type { LogEntry } from '../types.js';
import type { GroupState } from './group-state.js';
import type { BatchPlace } from './place.js';

export class PayloadCache {
  readonly #bytesMax: number;
  /** Batches on disk whose entries are held, in the order of writing, from `#oldest` on. */
  #places: BatchPlace[] = [];
  #oldest = 0;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Holds entries that the batch has just been given. */
  hold(place: BatchPlace, group: GroupState, entries: readonly LogEntry[]): void {
    let from = entries[0]!.index;
    let to = from;
    for (const entry of entries) {
      const { index } = entry;
      group.table.cache(index, entry);
      place.cachedBytes += entry.payload.length;
      if (index < from) from = index;
      if (index > to) to = index;
    }
    place.runs.push({ group, from, to });
  }

  /** The batch is on disk: its entries may go when others need the room. */
  settled(place: BatchPlace): void {
    if (place.runs.length === 0) return;
    this.#places.push(place);
    this.#bytes += place.cachedBytes;
    while (this.#bytes > this.#bytesMax) this.#evictOldest();
    if (this.#oldest > 64 && this.#oldest * 2 > this.#places.length) this.#compact();
  }

  #evictOldest(): void {
    const place = this.#places[this.#oldest++]!;
    this.#bytes -= place.cachedBytes;
    for (const { group, from, to } of place.runs) evict(group, place, from, to);
    place.runs.length = 0;
  }

  #compact(): void {
    this.#places = this.#places.slice(this.#oldest);
    this.#oldest = 0;
  }
}

/** Only what still belongs to this batch: an index may have been written again since. */
function evict({ table }: GroupState, place: BatchPlace, from: number, to: number): void {
  const end = Math.min(to, table.last);
  for (let index = Math.max(from, table.first); index <= end; index++) {
    if (table.place(index) === place) table.uncache(index);
  }
}
