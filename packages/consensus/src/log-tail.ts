// The whole log as a replica sees it: the durable part (LogReader) joined with the tail in memory.
//
// Guarantees that nothing is read back from the LogReader before it was acknowledged as durable, and that an
// acknowledgement never covers an entry that was truncated while its store effect was under way. The surprising thing:
// after a truncation the LogReader may still show the removed entries for a while; `stored` keeps readers away from them.
// Entries stay in memory until they are both durable and handed to the state machine, so that the usual path reads nothing back.
import { assert } from '@reknit/base';
import { following, higher, lower, preceding, shift } from './arithmetic.js';
import type { LogReader } from './replica.js';
import type { Entry, Index, Round } from './types.js';

/** Durable entries that wait in memory for their decision; beyond it they are dropped and read back from the LogReader. */
const RETAINED_BYTES_MAX = 64 * 1024 * 1024;

export interface Unstored {
  readonly truncateFrom: Index | undefined;
  readonly entries: readonly Entry[];
}

interface UnderWay {
  readonly sequence: number;
  /** Lowered when a truncation voids what the effect stores. */
  through: Index;
}

export class LogTail {
  private readonly durable: LogReader;
  /** Contiguous, ends at `last`. */
  private entries: Entry[] = [];
  private bytes = 0;
  private lastIndex: Index;
  private storedIndex: Index;
  private handedOut: Index;
  private truncation: Index | undefined;
  private readonly underWay: UnderWay[] = [];

  constructor(durable: LogReader) {
    this.durable = durable;
    this.lastIndex = durable.lastIndex;
    this.storedIndex = durable.lastIndex;
    this.handedOut = durable.lastIndex;
  }

  get base(): LogReader['base'] {
    return this.durable.base;
  }

  /** All of it: a log without holes. */
  get contiguous(): Index {
    return this.lastIndex;
  }

  get last(): Index {
    return this.lastIndex;
  }

  get lastRound(): Round {
    const round = this.roundAt(this.lastIndex);
    assert(round !== undefined, 'the last entry or the base has a round', () => this.lastIndex);
    return round;
  }

  /** Everything up to here is durable in its present form. */
  get stored(): Index {
    return this.storedIndex;
  }

  roundAt(index: Index): Round | undefined {
    if (index > this.lastIndex) return undefined;
    const first = this.first;
    if (index >= first) return this.entries[index - first]!.round;
    const base = this.durable.base;
    return index === base.index ? base.round : this.durable.roundAt(index);
  }

  /** @param entries follow `last` without a gap */
  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      assert(entry.index === this.lastIndex + 1, 'entries are appended without a gap', () => ({
        last: this.lastIndex,
        index: entry.index,
      }));
      this.entries.push(entry);
      this.bytes += entry.payload.length;
      this.lastIndex = entry.index;
    }
  }

  truncateFrom(from: Index): void {
    assert(from > this.durable.base.index, 'the base is never truncated', () => ({ from, base: this.durable.base }));
    assert(from <= this.lastIndex, 'a truncation removes something', () => ({ from, last: this.lastIndex }));
    const first = this.first;
    const removed = from <= first ? this.entries.splice(0) : this.entries.splice(from - first);
    for (const entry of removed) this.bytes -= entry.payload.length;
    const kept = preceding(from);
    this.lastIndex = kept;
    if (this.handedOut > kept) {
      this.handedOut = kept;
      this.truncation = this.truncation === undefined ? from : lower(this.truncation, from);
    }
    this.storedIndex = lower(this.storedIndex, kept);
    for (const effect of this.underWay) effect.through = lower(effect.through, kept);
  }

  /** From `from` to `to`, cut once `bytesMax` is exceeded, but at least one when there is one. */
  read(from: Index, to: Index, bytesMax: number): readonly Entry[] {
    const end = lower(to, this.lastIndex);
    if (from > end) return [];
    const first = this.first;
    if (from >= first) return this.readTail(from, end, bytesMax);
    const durableEnd = lower(end, preceding(first));
    const entries = this.durable.read(from, durableEnd, bytesMax);
    if (entries.length < durableEnd - from + 1 || durableEnd === end) return entries;
    const left = bytesMax - totalBytes(entries);
    return left > 0 ? entries.concat(this.readTail(first, end, left)) : entries;
  }

  get hasUnstored(): boolean {
    return this.handedOut < this.lastIndex || this.truncation !== undefined;
  }

  /** What the store effect with this sequence must make durable. Each entry is handed out once. */
  handOut(sequence: number): Unstored {
    const entries = this.handedOut < this.lastIndex ? this.entries.slice(this.handedOut + 1 - this.first) : [];
    const truncateFrom = this.truncation;
    this.truncation = undefined;
    this.handedOut = this.lastIndex;
    this.underWay.push({ sequence, through: this.lastIndex });
    return { truncateFrom, entries };
  }

  acknowledge(sequence: number): void {
    while (this.underWay.length > 0 && this.underWay[0]!.sequence <= sequence) {
      this.storedIndex = higher(this.storedIndex, this.underWay.shift()!.through);
    }
  }

  /** Frees what is durable and no longer needed in memory because it was handed out as decided up to `decided`. */
  release(decided: Index): void {
    const through = this.bytes > RETAINED_BYTES_MAX ? this.storedIndex : lower(this.storedIndex, decided);
    const count = through - this.first + 1;
    if (count <= 0) return;
    for (const entry of this.entries.splice(0, count)) this.bytes -= entry.payload.length;
  }

  /** A snapshot beyond the end of the log replaced all of it: the LogReader's base now stands there. */
  replaceBySnapshot(index: Index): void {
    assert(index > this.lastIndex, 'a snapshot replaces only a shorter log', () => ({ index, last: this.lastIndex }));
    assert(this.durable.base.index >= index, 'the log begins where the snapshot ends', () => ({
      index,
      base: this.durable.base,
    }));
    this.entries = [];
    this.bytes = 0;
    this.lastIndex = index;
    this.storedIndex = index;
    this.handedOut = index;
    this.truncation = undefined;
  }

  /** Index of the first entry in memory, or where it will be. */
  private get first(): Index {
    return shift(this.lastIndex, 1 - this.entries.length);
  }

  private readTail(from: Index, to: Index, bytesMax: number): readonly Entry[] {
    const first = this.first;
    let end = from;
    let bytes = 0;
    while (end <= to) {
      bytes += this.entries[end - first]!.payload.length;
      end = following(end);
      if (bytes > bytesMax) break;
    }
    return this.entries.slice(from - first, end - first);
  }
}

function totalBytes(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += entry.payload.length;
  return bytes;
}
