// The log of an acceptor: slots, each holding the value that it accepted last, some of them empty. The durable part
// (LogReader) lies under the slots in memory.
//
// Guarantees that nothing is read back from the LogReader before it was acknowledged as durable, and that `stored` covers
// no slot whose present value is still on its way to the disk. The surprising thing: nothing is ever truncated. A slot is filled, or
// filled anew at a higher ballot, in any order; `contiguous` ends before the first hole, `last` is the highest slot of all.
import { assert } from '@reknit/base';
import { following, higher, lower, preceding, shift } from '../arithmetic.js';
import type { ReplicaLog } from '../common/core.js';
import type { Unstored } from '../log-tail.js';
import type { LogReader } from '../replica.js';
import type { Entry, Index, Round } from '../types.js';

/** Durable slots that wait in memory for their decision; beyond it they are dropped and read back from the LogReader. */
const RETAINED_BYTES_MAX = 64 * 1024 * 1024;
/** How far beyond the first hole a slot may be filled: many times what a leader has under way, and little memory for holes. */
const SLOTS_AHEAD_MAX = 1 << 16;

interface UnderWay {
  readonly sequence: number;
  readonly lowest: Index;
}

export interface SlotPage {
  /** Of those asked for, all that are filled, in order, up to the last of them. */
  readonly slots: readonly Entry[];
  /** More are filled above the last. */
  readonly more: boolean;
  /** The page ends before this one, which is filled, but whose bytes are damaged: not a hole, for its value may be decided. */
  readonly unreadable: Index | undefined;
}

export class Slots implements ReplicaLog {
  private readonly durable: LogReader;
  /** By index from `first` on: undefined where the durable log knows, or where nothing is. */
  private slots: (Entry | undefined)[] = [];
  private first: Index;
  private bytes = 0;
  private lastIndex: Index;
  private contiguousIndex: Index;
  private storedIndex: Index;
  /** Filled and not yet handed out, in that order. */
  private fresh: Entry[] = [];
  private freshLowest: Index | undefined;
  private readonly underWay: UnderWay[] = [];

  /** @param decided no slot up to here is empty */
  constructor(durable: LogReader, decided: Index) {
    this.durable = durable;
    this.lastIndex = durable.lastIndex;
    this.first = following(durable.lastIndex);
    this.contiguousIndex = higher(decided, durable.base.index);
    assert(this.contiguousIndex <= this.lastIndex, 'nothing was decided beyond the end of the log', () => ({
      decided,
      last: this.lastIndex,
    }));
    this.passFilled();
    this.storedIndex = this.contiguousIndex;
  }

  get base(): LogReader['base'] {
    return this.durable.base;
  }

  get last(): Index {
    return this.lastIndex;
  }

  get contiguous(): Index {
    return this.contiguousIndex;
  }

  get stored(): Index {
    return this.storedIndex;
  }

  get hasUnstored(): boolean {
    return this.fresh.length > 0;
  }

  /** All slots, those beyond a hole too, are durable as they are. */
  get allStored(): boolean {
    return this.fresh.length === 0 && this.underWay.length === 0;
  }

  /** Whether a slot lies near enough to be filled. */
  reaches(index: Index): boolean {
    return index <= this.contiguousIndex + SLOTS_AHEAD_MAX;
  }

  roundAt(index: Index): Round | undefined {
    const slot = this.inMemory(index);
    if (slot !== undefined) return slot.round;
    const { base } = this.durable;
    return index === base.index ? base.round : this.durable.roundAt(index);
  }

  ballotAt(index: Index): Round | undefined {
    const slot = this.inMemory(index);
    return slot === undefined ? this.durable.ballotAt(index) : slot.ballot;
  }

  /** @param slot has a ballot, and replaces what was accepted there before */
  fill(slot: Entry): void {
    const { index } = slot;
    assert(index > this.durable.base.index, 'the base is never filled anew', () => ({ index, base: this.durable.base }));
    this.place(slot);
    const wasLast = index > this.lastIndex;
    if (wasLast) this.lastIndex = index;
    if (index === this.contiguousIndex + 1) {
      this.contiguousIndex = index;
      if (!wasLast) this.passFilled();
    }
    this.storedIndex = lower(this.storedIndex, preceding(index));
    this.fresh.push(slot);
    if (this.freshLowest === undefined || index < this.freshLowest) this.freshLowest = index;
  }

  /** From `from` to `to`, cut before the first hole, and once `bytesMax` is exceeded, but at least one when there is one. */
  read(from: Index, to: Index, bytesMax: number): readonly Entry[] {
    const end = lower(to, this.lastIndex);
    const found: Entry[] = [];
    let index = from;
    let bytes = 0;
    while (index <= end && bytes <= bytesMax) {
      const slot = this.inMemory(index);
      const run = slot === undefined ? this.readDurable(index, end, bytesMax - bytes) : undefined;
      if (run?.length === 0) break;
      for (const one of run ?? [slot!]) {
        found.push(one);
        bytes += one.payload.length;
        index = following(index);
      }
    }
    return found;
  }

  /** What is filled above `after`, holes left out. */
  readAbove(after: Index, bytesMax: number): SlotPage {
    const slots: Entry[] = [];
    let bytes = 0;
    let index = following(after);
    while (index <= this.lastIndex && bytes <= bytesMax) {
      const filled = this.isFilled(index);
      const run = filled ? this.read(index, this.lastIndex, bytesMax - bytes) : [];
      if (filled && run.length === 0) return { slots, more: true, unreadable: index };
      for (const slot of run) {
        slots.push(slot);
        bytes += slot.payload.length;
      }
      index = shift(index, Math.max(run.length, 1));
    }
    return { slots, more: index <= this.lastIndex, unreadable: undefined };
  }

  handOut(sequence: number): Unstored {
    const entries = this.fresh;
    assert(this.freshLowest !== undefined, 'something is handed out', () => sequence);
    this.underWay.push({ sequence, lowest: this.freshLowest });
    this.fresh = [];
    this.freshLowest = undefined;
    return { truncateFrom: undefined, entries };
  }

  acknowledge(sequence: number): void {
    while (this.underWay.length > 0 && this.underWay[0]!.sequence <= sequence) this.underWay.shift();
    this.countStored();
  }

  /** Frees what is durable and no longer needed in memory because it was handed out as decided up to `decided`. */
  release(decided: Index): void {
    this.dropThrough(this.bytes > RETAINED_BYTES_MAX ? this.storedIndex : lower(this.storedIndex, decided));
  }

  /** A snapshot has taken the place of what was accepted up to its end; what was accepted above it stays: it is promised. */
  replaceBySnapshot(index: Index): void {
    assert(this.durable.base.index >= index, 'the log begins where the snapshot ends', () => ({
      index,
      base: this.durable.base,
    }));
    this.dropThrough(index);
    this.fresh = this.fresh.filter((slot) => slot.index > index);
    this.freshLowest = this.fresh.reduce<Index | undefined>((least, slot) => lower(least ?? slot.index, slot.index), undefined);
    this.lastIndex = higher(this.lastIndex, index);
    this.contiguousIndex = higher(this.contiguousIndex, index);
    this.passFilled();
    this.countStored();
  }

  private inMemory(index: Index): Entry | undefined {
    return index < this.first ? undefined : this.slots[index - this.first];
  }

  private isFilled(index: Index): boolean {
    return this.inMemory(index) !== undefined || this.durable.roundAt(index) !== undefined;
  }

  private place(slot: Entry): void {
    if (this.slots.length === 0) this.first = slot.index;
    const missing = this.first - slot.index;
    if (missing > 0) {
      this.slots = new Array<Entry | undefined>(missing).fill(undefined).concat(this.slots);
      this.first = slot.index;
    }
    const at = slot.index - this.first;
    while (this.slots.length < at) this.slots.push(undefined);
    this.bytes += slot.payload.length - (this.slots[at]?.payload.length ?? 0);
    this.slots[at] = slot;
  }

  private passFilled(): void {
    while (this.contiguousIndex < this.lastIndex && this.isFilled(following(this.contiguousIndex))) {
      this.contiguousIndex = following(this.contiguousIndex);
    }
  }

  /** Up to the next slot in memory. */
  private readDurable(from: Index, to: Index, bytesMax: number): readonly Entry[] {
    let end = lower(to, this.durable.lastIndex);
    if (from > end) return [];
    if (end >= this.first) {
      end = from;
      while (end < to && this.inMemory(following(end)) === undefined) end = following(end);
    }
    return this.durable.read(from, end, bytesMax);
  }

  private countStored(): void {
    let stored = this.contiguousIndex;
    if (this.freshLowest !== undefined) stored = lower(stored, preceding(this.freshLowest));
    for (const { lowest } of this.underWay) stored = lower(stored, preceding(lowest));
    this.storedIndex = stored;
  }

  private dropThrough(through: Index): void {
    const count = through - this.first + 1;
    if (count <= 0 || this.slots.length === 0) return;
    for (const slot of this.slots.splice(0, count)) this.bytes -= slot?.payload.length ?? 0;
    this.first = following(through);
  }
}

export function acceptedLater(slot: Entry, than: Entry | undefined): boolean {
  return than === undefined || ballotOf(slot) > ballotOf(than);
}

function ballotOf({ index, ballot }: Entry): Round {
  assert(ballot !== undefined, 'a slot is filled at a ballot', () => index);
  return ballot;
}
