// Little-endian growable writer and bounds-checked reader: the one codec of all of Reknit's own formats
// (peer frames, log records, envelopes). Unsigned 64-bit numbers must be safe integers unless the name says bigint.
import { assert } from './assert.js';
import { utf8Decode, utf8Encode } from './bytes.js';

const INITIAL_CAPACITY = 256;
const TWO_32 = 0x1_0000_0000;

export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity: number = INITIAL_CAPACITY) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    const at = this.#grow(1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.#grow(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  u32(value: number): this {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  /** A safe, non-negative integer in eight bytes. */
  u64(value: number): this {
    assert(Number.isSafeInteger(value) && value >= 0, 'a u64 is a safe non-negative integer', () => value);
    const at = this.#grow(8);
    this.#view.setUint32(at, value % TWO_32, true);
    this.#view.setUint32(at + 4, Math.floor(value / TWO_32), true);
    return this;
  }

  bigU64(value: bigint): this {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, BigInt.asUintN(64, value), true);
    return this;
  }

  f64(value: number): this {
    const at = this.#grow(8);
    this.#view.setFloat64(at, value, true);
    return this;
  }

  bool(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  /** Raw bytes, without a length. */
  raw(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** A u32 length, then the bytes. */
  bytes(bytes: Uint8Array): this {
    return this.u32(bytes.length).raw(bytes);
  }

  string(text: string): this {
    return this.bytes(utf8Encode(text));
  }

  /** Overwrites four bytes that were written before, e.g. a length known only afterwards. */
  patchU32(at: number, value: number): this {
    assert(at + 4 <= this.#length, 'a patch lies within what was written', () => ({ at, length: this.#length }));
    this.#view.setUint32(at, value, true);
    return this;
  }

  /** A view of what was written; valid until the next write or `reset`. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** A copy of what was written that the caller owns. */
  copy(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  reset(): this {
    this.#length = 0;
    return this;
  }

  #grow(by: number): number {
    const at = this.#length;
    const needed = at + by;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#length = needed;
    return at;
  }
}

/** The bytes end before the value does, or hold what the format forbids. Expected on foreign input. */
export class MalformedBytesError extends Error {
  override readonly name: string = 'MalformedBytesError';
}

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  /**
   * Of the bytes from `from` up to, not including, `to`: spares hot paths a view. Without a DataView, too, which would cost more
   * than most readers read.
   */
  constructor(bytes: Uint8Array, from: number = 0, to: number = bytes.length) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = to;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  get position(): number {
    return this.#at;
  }

  u8(): number {
    return this.#bytes[this.#take(1)]!;
  }

  u16(): number {
    const at = this.#take(2);
    return this.#bytes[at]! | (this.#bytes[at + 1]! << 8);
  }

  u32(): number {
    const at = this.#take(4);
    const bytes = this.#bytes;
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
  }

  u64(): number {
    const low = this.u32();
    const value = this.u32() * TWO_32 + low;
    if (!Number.isSafeInteger(value)) throw new MalformedBytesError('a 64-bit number beyond 2^53');
    return value;
  }

  bigU64(): bigint {
    return this.#viewAt(this.#take(8)).getBigUint64(0, true);
  }

  f64(): number {
    return this.#viewAt(this.#take(8)).getFloat64(0, true);
  }

  bool(): boolean {
    return this.u8() !== 0;
  }

  /** A view of the next `length` bytes, not a copy. */
  rawView(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A view, not a copy, of bytes that a u32 length precedes. */
  bytesView(): Uint8Array {
    return this.rawView(this.u32());
  }

  string(): string {
    return utf8Decode(this.bytesView());
  }

  #viewAt(at: number): DataView {
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at);
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#end - at) throw new MalformedBytesError(`needs ${length} bytes at ${at}, has ${this.#end - at}`);
    this.#at = at + length;
    return at;
  }
}
