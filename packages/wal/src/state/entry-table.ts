// What is known in memory of each entry of one group: columns of plain numbers, indexed by position, growing at the end
// and shrinking from both. A million entries cost some 40 MB and no object each, which garbage collection would trace.
// Slots may leave holes: rows without an entry. The first row may be one, the last never is.
import { assert } from '@reknit/base';
import { NO_BALLOT } from '../format/entry.js';
import type { Hole } from '../format/records.js';
import type { LogEntry } from '../types.js';
import type { BatchPlace } from './place.js';

const CAPACITY_MIN = 64;

/** A slot that lies further beyond the end is a mistake of its writer: each row costs memory. Flow control keeps far below. */
const HOLE_MAX = 1_000_000;

/** Stands for the round of an entry of which only the index is known. */
export const ROUND_UNKNOWN: number = -1;
const ROUND_OF_HOLE = -2;

export class EntryTable {
  /** Index of the first row, also of the one to come when there is none. */
  #first: number;
  #count = 0;
  #holeCount = 0;
  /** Row of the first entry. */
  #head = 0;
  #rounds: Float64Array = new Float64Array(CAPACITY_MIN);
  #offsets: Uint32Array = new Uint32Array(CAPACITY_MIN);
  #lengths: Uint32Array = new Uint32Array(CAPACITY_MIN);
  /** There once a slot has been put. */
  #ballots: Float64Array | undefined = undefined;
  #places: (BatchPlace | undefined)[] = [];
  #entries: (LogEntry | undefined)[] = [];

  constructor(first: number) {
    this.#first = first;
  }

  get first(): number {
    return this.#first;
  }

  get last(): number {
    return this.#first + this.#count - 1;
  }

  /** Ascending. */
  get holes(): readonly Hole[] {
    const holes: Hole[] = [];
    let left = this.#holeCount;
    for (let to = this.last; left > 0; to--) {
      if (this.has(to)) continue;
      let from = to;
      while (from > this.#first && !this.has(from - 1)) from--;
      holes.push({ from, to });
      left -= to - from + 1;
      to = from;
    }
    return holes.reverse();
  }

  /** False in a hole. */
  has(index: number): boolean {
    return index >= this.#first && index <= this.last && this.#rounds[this.#head + index - this.#first] !== ROUND_OF_HOLE;
  }

  round(index: number): number {
    return this.#rounds[this.#row(index)]!;
  }

  /** NO_BALLOT where no slot is. */
  ballot(index: number): number {
    return this.#ballots === undefined ? NO_BALLOT : this.#ballots[this.#row(index)]!;
  }

  /** Undefined in a hole, and when an entry is known to have been there, but its bytes are not at hand. */
  place(index: number): BatchPlace | undefined {
    return this.#places[this.#row(index)];
  }

  /** Of the entry within its batch's body. */
  offset(index: number): number {
    return this.#offsets[this.#row(index)]!;
  }

  payloadBytes(index: number): number {
    return this.#lengths[this.#row(index)]!;
  }

  cached(index: number): LogEntry | undefined {
    return this.#entries[this.#row(index)];
  }

  uncache(index: number): void {
    this.#entries[this.#row(index)] = undefined;
  }

  /** Appends, replaces or fills a hole; beyond last + 1 it leaves one. */
  put(index: number, round: number, ballot: number, payloadBytes: number, place: BatchPlace | undefined, offset: number): void {
    if (index > this.last) this.#reach(index);
    const row = this.#row(index);
    if (this.#rounds[row] === ROUND_OF_HOLE) this.#holeCount--;
    this.#places[row]?.release();
    place?.retain();
    this.#places[row] = place;
    this.#rounds[row] = round;
    this.#offsets[row] = offset;
    this.#lengths[row] = payloadBytes;
    this.#entries[row] = undefined;
    if (ballot !== NO_BALLOT) this.#ballots ??= new Float64Array(this.#rounds.length);
    if (this.#ballots !== undefined) this.#ballots[row] = ballot;
  }

  cache(index: number, entry: LogEntry): void {
    this.#entries[this.#row(index)] = entry;
  }

  /** Removes `from` and everything after it. */
  truncate(from: number): void {
    for (let index = Math.max(from, this.#first); index <= this.last; index++) this.#clear(index);
    this.#count = Math.max(0, Math.min(this.#count, from - this.#first));
    while (this.#count > 0 && !this.has(this.last)) {
      this.#holeCount--;
      this.#count--;
    }
  }

  /** Removes everything up to and including `to`. */
  dropThrough(to: number): void {
    const end = Math.min(to, this.last);
    for (let index = this.#first; index <= end; index++) this.#clear(index);
    const dropped = Math.max(0, end - this.#first + 1);
    this.#head += dropped;
    this.#count -= dropped;
    this.#first = Math.max(this.#first, to + 1);
    if (this.#count < this.#rounds.length / 8 && this.#rounds.length > CAPACITY_MIN) this.#resize(this.#rounds.length / 2);
  }

  #row(index: number): number {
    assert(index >= this.#first && index <= this.last, 'an entry is within the log');
    return this.#head + index - this.#first;
  }

  #clear(index: number): void {
    const row = this.#row(index);
    if (this.#rounds[row] === ROUND_OF_HOLE) this.#holeCount--;
    this.#rounds[row] = ROUND_UNKNOWN;
    this.#places[row]?.release();
    this.#places[row] = undefined;
    this.#entries[row] = undefined;
  }

  /** Rows up to this index, all of the new ones holes. */
  #reach(index: number): void {
    assert(index - this.last <= HOLE_MAX, 'a slot is within reach of the log', () => [index, this.last]);
    while (this.last < index) {
      if (this.#head + this.#count === this.#rounds.length) {
        this.#resize(this.#head > this.#count ? this.#rounds.length : this.#rounds.length * 2);
      }
      this.#rounds[this.#head + this.#count] = ROUND_OF_HOLE;
      this.#count++;
      this.#holeCount++;
    }
  }

  /** Moves the rows to the start of columns of this capacity. */
  #resize(capacity: number): void {
    const [start, end] = [this.#head, this.#head + this.#count];
    this.#rounds = moved(new Float64Array(capacity), this.#rounds.subarray(start, end));
    this.#offsets = moved(new Uint32Array(capacity), this.#offsets.subarray(start, end));
    this.#lengths = moved(new Uint32Array(capacity), this.#lengths.subarray(start, end));
    if (this.#ballots !== undefined) this.#ballots = moved(new Float64Array(capacity), this.#ballots.subarray(start, end));
    this.#places = this.#places.slice(start, end);
    this.#entries = this.#entries.slice(start, end);
    this.#head = 0;
  }
}

function moved<T extends { set(source: T): void }>(column: T, rows: T): T {
  column.set(rows);
  return column;
}
