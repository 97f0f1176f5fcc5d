// A durable log that survives `crash` of its node: what a WAL is to the host. Slots (entries with a ballot) may leave holes.
import type { Entry, Index, LogReader, Round, StoreEffect } from '../../src/index.js';

export class MemoryLog implements LogReader {
  base: { readonly index: Index; readonly round: Round } = { index: 0 as Index, round: 0 as Round };
  /** The entry after the base stands first; a hole is undefined, and none is at the end. */
  entries: (Entry | undefined)[] = [];
  /** They are there, and cannot be read any more. */
  rotten: Set<Index> = new Set();

  get lastIndex(): Index {
    return (this.base.index + this.entries.length) as Index;
  }

  roundAt(index: Index): Round | undefined {
    if (index === this.base.index) return this.base.round;
    return this.entries[index - this.base.index - 1]?.round;
  }

  ballotAt(index: Index): Round | undefined {
    return this.entries[index - this.base.index - 1]?.ballot;
  }

  /** The end of what is there without a hole. */
  get contiguousThrough(): Index {
    const hole = this.entries.indexOf(undefined);
    return hole === -1 ? this.lastIndex : ((this.base.index + hole) as Index);
  }

  read(from: Index, to: Index, bytesMax: number): readonly Entry[] {
    const found: Entry[] = [];
    let bytes = 0;
    for (const entry of this.entries.slice(from - this.base.index - 1, to - this.base.index)) {
      if (entry === undefined || this.rotten.has(entry.index)) break;
      found.push(entry);
      bytes += entry.payload.length;
      if (bytes > bytesMax) break;
    }
    return found;
  }

  apply({ truncateFrom, entries }: StoreEffect<unknown>): void {
    if (truncateFrom !== undefined) this.entries.length = truncateFrom - this.base.index - 1;
    for (const entry of entries) {
      if (entry.ballot !== undefined) this.put(entry);
      else this.append(entry);
    }
  }

  compact(index: Index): void {
    const round = this.roundAt(index)!;
    this.entries = this.entries.slice(index - this.base.index);
    this.base = { index, round };
  }

  install(index: Index, round: Round): void {
    if (index > this.lastIndex) this.entries = [];
    else this.entries = this.entries.slice(index - this.base.index);
    this.base = { index, round };
  }

  clone(): MemoryLog {
    const copy = new MemoryLog();
    copy.base = this.base;
    copy.entries = [...this.entries];
    copy.rotten = new Set(this.rotten);
    return copy;
  }

  private append(entry: Entry): void {
    if (entry.index !== this.lastIndex + 1) throw new Error(`stored ${entry.index} after ${this.lastIndex}`);
    this.entries.push(entry);
  }

  private put(slot: Entry): void {
    const at = slot.index - this.base.index - 1;
    while (this.entries.length < at) this.entries.push(undefined);
    if (at >= 0) this.entries[at] = slot;
  }
}
