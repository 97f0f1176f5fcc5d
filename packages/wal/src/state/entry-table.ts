// What is known in memory of each entry of one group: columns of plain numbers, indexed by position, growing at the end
// and shrinking from both. A million entries cost some 40 MB and no object each, which garbage collection would trace.
import { assert } from '@reknit/base';
import type { LogEntry } from '../types.js';
import type { BatchPlace } from './place.js';

const CAPACITY_MIN = 64;

export class EntryTable {
  /** Index of the first entry, also of the one to come when there is none. */
  #first: number;
  #count = 0;
  /** Row of the first entry. */
  #head = 0;
  #rounds: Float64Array = new Float64Array(CAPACITY_MIN);
  #offsets: Uint32Array = new Uint32Array(CAPACITY_MIN);
  #lengths: Uint32Array = new Uint32Array(CAPACITY_MIN);
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

  has(index: number): boolean {
    return index >= this.#first && index <= this.last;
  }

  round(index: number): number {
    return this.#rounds[this.#row(index)]!;
  }

  /** Undefined: known to have been there, but its bytes are not at hand. */
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

  /** Appends at last + 1, or replaces. */
  put(index: number, round: number, payloadBytes: number, place: BatchPlace | undefined, offset: number): void {
    if (index === this.last + 1) this.#grow();
    const row = this.#row(index);
    this.#places[row]?.release();
    place?.retain();
    this.#places[row] = place;
    this.#rounds[row] = round;
    this.#offsets[row] = offset;
    this.#lengths[row] = payloadBytes;
    this.#entries[row] = undefined;
  }

  cache(index: number, entry: LogEntry): void {
    this.#entries[this.#row(index)] = entry;
  }

  /** Removes `from` and everything after it. */
  truncate(from: number): void {
    for (let index = Math.max(from, this.#first); index <= this.last; index++) this.#clear(this.#row(index));
    this.#count = Math.max(0, Math.min(this.#count, from - this.#first));
  }

  /** Removes everything up to and including `to`. */
  dropThrough(to: number): void {
    const end = Math.min(to, this.last);
    for (let index = this.#first; index <= end; index++) this.#clear(this.#row(index));
    const dropped = Math.max(0, end - this.#first + 1);
    this.#head += dropped;
    this.#count -= dropped;
    this.#first = Math.max(this.#first, to + 1);
    if (this.#count < this.#rounds.length / 8 && this.#rounds.length > CAPACITY_MIN) this.#resize(this.#rounds.length / 2);
  }

  #row(index: number): number {
    assert(this.has(index), 'an entry is within the log');
    return this.#head + index - this.#first;
  }

  #clear(row: number): void {
    this.#places[row]?.release();
    this.#places[row] = undefined;
    this.#entries[row] = undefined;
  }

  #grow(): void {
    if (this.#head + this.#count === this.#rounds.length) {
      this.#resize(this.#head > this.#count ? this.#rounds.length : this.#rounds.length * 2);
    }
    this.#count++;
  }

  /** Moves the rows to the start of columns of this capacity. */
  #resize(capacity: number): void {
    const [start, end] = [this.#head, this.#head + this.#count];
    const rounds = new Float64Array(capacity);
    const offsets = new Uint32Array(capacity);
    const lengths = new Uint32Array(capacity);
    rounds.set(this.#rounds.subarray(start, end));
    offsets.set(this.#offsets.subarray(start, end));
    lengths.set(this.#lengths.subarray(start, end));
    this.#rounds = rounds;
    this.#offsets = offsets;
    this.#lengths = lengths;
    this.#places = this.#places.slice(start, end);
    this.#entries = this.#entries.slice(start, end);
    this.#head = 0;
  }
}
