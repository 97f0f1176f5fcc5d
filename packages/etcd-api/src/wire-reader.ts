// Reads the protobuf wire format for the generated decoders. Byte fields come out as views of the input, not copies.
// Overruns are caught late on purpose: a read past the end yields zero bits and moves `at` beyond `end`, which the end of
// every message checks, so that the byte loop needs no bound of its own. Whatever is malformed throws MalformedBytesError.
import { EMPTY_BYTES, MalformedBytesError, utf8Decode } from '@reknit/base';

const TWO_32 = 0x1_0000_0000;

/** Messages within messages; protobuf's own parsers stop at this depth too. It keeps hostile input from exhausting the stack. */
const DEPTH_MAX = 100;

/** Turns two 32-bit halves into a bigint without bigint arithmetic. */
const halves = new DataView(new ArrayBuffer(8));

export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #base: number;
  /** Where the message that is being read ends. */
  end: number;
  at = 0;
  #depth = 0;
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#base = bytes.byteOffset;
    this.end = bytes.length;
  }

  /** A tag, a length, an enum's low bits. */
  u32(): number {
    const byte = this.#bytes[this.at]!;
    if (byte < 0x80) {
      this.at++;
      return byte;
    }
    this.#varint();
    return this.#low >>> 0;
  }

  i32(): number {
    return this.u32() | 0;
  }

  bool(): boolean {
    const byte = this.#bytes[this.at]!;
    if (byte < 0x80) {
      this.at++;
      return byte !== 0;
    }
    this.#varint();
    return (this.#low | this.#high) !== 0;
  }

  /** Beyond 2^53 the nearest number: still larger than any real revision or count, which is all that such values can mean. */
  i64Number(): number {
    const byte = this.#bytes[this.at]!;
    if (byte < 0x80) {
      this.at++;
      return byte;
    }
    this.#varint();
    return this.#high * TWO_32 + (this.#low >>> 0);
  }

  u64Number(): number {
    const value = this.i64Number();
    return value < 0 ? value + TWO_32 * TWO_32 : value;
  }

  i64(): bigint {
    return this.#fillHalves() ? halves.getBigInt64(0) : 0n;
  }

  u64(): bigint {
    return this.#fillHalves() ? halves.getBigUint64(0) : 0n;
  }

  bytes(): Uint8Array {
    const length = this.u32();
    if (length === 0) return EMPTY_BYTES;
    const at = this.#take(length);
    return new Uint8Array(this.#bytes.buffer, this.#base + at, length);
  }

  string(): string {
    return utf8Decode(this.bytes());
  }

  /** Narrows the reader to the message that begins here; returns what `leave` needs. */
  enter(): number {
    if (++this.#depth > DEPTH_MAX) throw new MalformedBytesError('messages are nested too deeply');
    const outerEnd = this.end;
    const length = this.u32();
    const at = this.#take(length);
    this.at = at;
    this.end = at + length;
    return outerEnd;
  }

  leave(outerEnd: number): void {
    this.#depth--;
    this.end = outerEnd;
  }

  /** At the end of each message: its last field must not reach beyond it. */
  finish(): void {
    if (this.at !== this.end) throw new MalformedBytesError(`a field ends at ${this.at}, its message at ${this.end}`);
  }

  /** Passes over a field that this version does not know. */
  skip(tag: number): void {
    if (tag >>> 3 === 0) throw new MalformedBytesError('a field has number 0');
    switch (tag & 7) {
      case 0:
        this.#varint();
        return;
      case 1:
        this.#take(8);
        return;
      case 2:
        this.#take(this.u32());
        return;
      case 5:
        this.#take(4);
        return;
      default:
        throw new MalformedBytesError(`wire type ${tag & 7} of field ${tag >>> 3}`);
    }
  }

  #take(length: number): number {
    const at = this.at;
    if (length > this.end - at) throw new MalformedBytesError(`needs ${length} bytes at ${at}, has ${this.end - at}`);
    this.at = at + length;
    return at;
  }

  #fillHalves(): boolean {
    this.#varint();
    if ((this.#low | this.#high) === 0) return false;
    halves.setInt32(0, this.#high);
    halves.setInt32(4, this.#low);
    return true;
  }

  /** Ten bytes at most, into two signed 32-bit halves. */
  #varint(): void {
    const bytes = this.#bytes;
    let low = 0;
    let byte = 0x80;
    for (let shift = 0; shift < 28 && byte >= 0x80; shift += 7) {
      byte = bytes[this.at++]!;
      low |= (byte & 0x7f) << shift;
    }
    this.#low = low;
    this.#high = 0;
    if (byte >= 0x80) this.#varintRest();
  }

  /** The fifth byte lies astride both halves. */
  #varintRest(): void {
    const bytes = this.#bytes;
    let byte = bytes[this.at++]!;
    this.#low |= byte << 28;
    let high = (byte & 0x70) >> 4;
    for (let shift = 3; shift < 32 && byte >= 0x80; shift += 7) {
      byte = bytes[this.at++]!;
      high |= (byte & 0x7f) << shift;
    }
    if (byte >= 0x80) throw new MalformedBytesError('a varint is longer than ten bytes');
    this.#high = high;
  }
}
