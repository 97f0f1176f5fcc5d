// Recent revisions in memory. A version is written once, as the very bytes of its durable record, into a slab that
// nothing changes afterwards: reads hand out views of it and a flush hands it on as it is.
//
// A layer only grows, and everything in it carries its revision. So a reader that keeps to the revision at which it began
// sees an immutable cut, though the layer goes on being written. The order of keys is worked out when a range first asks.
import { CRC_BYTES, type Head, RECORD_HEADER_BYTES, type RecordSpace, recordBytes, writeRecord } from './record-codec.js';
import { type SortedCursor, SortedMap } from './sorted-map.js';

const SLAB_BYTES_MIN = 16 * 1024;
const SLAB_BYTES_MAX = 1024 * 1024;
/** What an entry costs besides its record: the object, its key as a string, and its places in map, list and index. */
const ENTRY_OVERHEAD_BYTES = 250;

export class Entry implements Head {
  readonly key: string;
  readonly main: number;
  readonly sub: number;
  readonly create: number;
  readonly version: number;
  readonly lease: bigint;
  readonly deleted: boolean;
  /** The version before this one, when it is in the same layer. */
  readonly older: Entry | undefined;
  #slab: Uint8Array = NO_SLAB;
  #at = 0;
  #length = 0;

  constructor(key: string, head: Head, older: Entry | undefined) {
    this.key = key;
    this.main = head.main;
    this.sub = head.sub;
    this.create = head.create;
    this.version = head.version;
    this.lease = head.lease;
    this.deleted = head.deleted;
    this.older = older;
  }

  place(slab: Uint8Array, at: number, length: number): void {
    this.#slab = slab;
    this.#at = at;
    this.#length = length;
  }

  recordView(): Uint8Array {
    return this.#slab.subarray(this.#at, this.#at + this.#length);
  }

  valueView(): Uint8Array {
    return this.#slab.subarray(this.#at + RECORD_HEADER_BYTES + this.key.length, this.#at + this.#length - CRC_BYTES);
  }
}

const NO_SLAB = new Uint8Array(0);

export class Layer {
  readonly #salt: number;
  readonly #newest = new Map<string, Entry>();
  readonly #entries: Entry[] = [];
  readonly #order = new SortedMap<true>();
  /** Keys that are in `#newest` and not yet in `#order`. */
  #unordered: string[] = [];
  #slab: RecordSpace = { bytes: NO_SLAB, view: new DataView(NO_SLAB.buffer) };
  #slabUsed = 0;
  #bytes = 0;

  constructor(salt: number) {
    this.#salt = salt;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** In the order of their revisions. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  newest(key: string): Entry | undefined {
    return this.#newest.get(key);
  }

  newestAt(key: string, revision: number): Entry | undefined {
    let entry = this.#newest.get(key);
    while (entry !== undefined && entry.main > revision) entry = entry.older;
    return entry;
  }

  cursor(from: string): SortedCursor<true> {
    for (const key of this.#unordered) this.#order.set(key, true);
    if (this.#unordered.length > 0) this.#unordered = [];
    return this.#order.cursor(from);
  }

  /** A small part of what `cursor` would have to do at once. */
  orderOne(): void {
    const key = this.#unordered.pop();
    if (key !== undefined) this.#order.set(key, true);
  }

  add(key: string, head: Head, value: Uint8Array): void {
    const older = this.#newest.get(key);
    if (older === undefined) this.#unordered.push(key);
    const entry = new Entry(key, head, older);
    this.#store(entry, value);
    this.#newest.set(key, entry);
    this.#entries.push(entry);
  }

  #store(entry: Entry, value: Uint8Array): void {
    const length = recordBytes(entry.key.length, value.length);
    if (length > this.#slab.bytes.length - this.#slabUsed) this.#newSlab(length);
    const at = this.#slabUsed;
    writeRecord(this.#slab, at, entry, entry.key, value, this.#salt);
    entry.place(this.#slab.bytes, at, length);
    this.#slabUsed += length;
    this.#bytes += length + entry.key.length + ENTRY_OVERHEAD_BYTES;
  }

  #newSlab(bytesMin: number): void {
    const doubled = Math.min(Math.max(this.#slab.bytes.length * 2, SLAB_BYTES_MIN), SLAB_BYTES_MAX);
    const bytes = new Uint8Array(Math.max(doubled, bytesMin));
    this.#slab = { bytes, view: new DataView(bytes.buffer) };
    this.#slabUsed = 0;
  }
}
