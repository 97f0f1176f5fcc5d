// Writes the protobuf wire format for the generated encoders, back to front: a message's length is known once its fields
// stand, so nothing is measured beforehand and nothing is moved. Encoders therefore call these methods in reverse order.
// Finished messages are views into a shared slab (as small Node Buffers are), each byte written once; nothing is ever
// written over them. Whoever keeps a small one for long should copy it, or the whole slab stays.
import { EMPTY_BYTES, utf8Encode } from '@reknit/base';

const TWO_32 = 0x1_0000_0000;
const TWO_63 = 2 ** 63;

/** Holds hundreds of usual responses, and is small enough that a forgotten view does little harm. */
const SLAB_BYTES = 64 * 1024;

/** Tag (two bytes for the numbers in use) and the longest varint. */
const SCALAR_BYTES_MAX = 12;

/** Below this a loop beats `TypedArray.set`. */
const LOOP_COPY_MAX = 24;

const halves = new DataView(new ArrayBuffer(8));

export class WireWriter {
  #slab: Uint8Array = new Uint8Array(SLAB_BYTES);
  /** Exclusive end of the current message; what lies behind belongs to earlier ones. */
  #limit: number = SLAB_BYTES;
  #at: number = SLAB_BYTES;

  /** Drops what an encoder that threw has left. */
  begin(): this {
    this.#at = this.#limit;
    return this;
  }

  /** Bytes of the current message so far: `message` takes it as the mark from which to count. */
  get length(): number {
    return this.#limit - this.#at;
  }

  finish(): Uint8Array {
    const length = this.#limit - this.#at;
    if (length === 0) return EMPTY_BYTES;
    const message = new Uint8Array(this.#slab.buffer, this.#at, length);
    if (this.#slab.length > SLAB_BYTES) this.#useSlab(new Uint8Array(SLAB_BYTES));
    else this.#limit = this.#at;
    return message;
  }

  bool(tag: number): void {
    this.#reserve(SCALAR_BYTES_MAX);
    this.#slab[--this.#at] = 1;
    this.#tag(tag);
  }

  /** A safe integer of either sign, as int32, int64, uint32, uint64 or an enum. */
  number(tag: number, value: number): void {
    this.#reserve(SCALAR_BYTES_MAX);
    this.#varint(value);
    this.#tag(tag);
  }

  bigint(tag: number, value: bigint): void {
    this.#reserve(SCALAR_BYTES_MAX);
    halves.setBigInt64(0, value);
    this.#varint64(halves.getUint32(4), halves.getUint32(0));
    this.#tag(tag);
  }

  bytes(tag: number, value: Uint8Array): void {
    const length = value.length;
    this.#reserve(length + SCALAR_BYTES_MAX);
    const at = this.#at - length;
    const slab = this.#slab;
    if (length <= LOOP_COPY_MAX) {
      for (let index = 0; index < length; index++) slab[at + index] = value[index]!;
    } else {
      slab.set(value, at);
    }
    this.#at = at;
    this.#varint(length);
    this.#tag(tag);
  }

  string(tag: number, value: string): void {
    this.bytes(tag, utf8Encode(value));
  }

  /** Closes the embedded message that was written since `mark`. */
  message(tag: number, mark: number): void {
    this.#reserve(SCALAR_BYTES_MAX);
    this.#varint(this.length - mark);
    this.#tag(tag);
  }

  packed(tag: number, values: readonly number[]): void {
    const mark = this.length;
    for (let index = values.length - 1; index >= 0; index--) {
      this.#reserve(SCALAR_BYTES_MAX);
      this.#varint(values[index]!);
    }
    this.message(tag, mark);
  }

  #tag(tag: number): void {
    if (tag < 0x80) this.#slab[--this.#at] = tag;
    else this.#varint(tag);
  }

  #varint(value: number): void {
    if (value >= 0 && value < 0x80) {
      this.#slab[--this.#at] = value;
    } else if (value >= 0x80 && value < 0x4000) {
      this.#slab[--this.#at] = value >>> 7;
      this.#slab[--this.#at] = (value & 0x7f) | 0x80;
    } else if (value >= TWO_63) {
      this.#varint64(0xffff_ffff, 0x7fff_ffff);
    } else {
      this.#varint64(value >>> 0, Math.floor(value / TWO_32) >>> 0);
    }
  }

  #varint64(lowHalf: number, highHalf: number): void {
    let low = lowHalf;
    let high = highHalf;
    const slab = this.#slab;
    let at = this.#at - varintBytes(low, high);
    this.#at = at;
    while (high !== 0) {
      slab[at++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    while (low > 0x7f) {
      slab[at++] = (low & 0x7f) | 0x80;
      low >>>= 7;
    }
    slab[at] = low;
  }

  #reserve(bytes: number): void {
    if (this.#at < bytes) this.#grow(bytes);
  }

  /** Moves the unfinished message to the end of a new slab. */
  #grow(bytes: number): void {
    const written = this.#slab.subarray(this.#at, this.#limit);
    const needed = written.length + bytes;
    this.#useSlab(new Uint8Array(Math.max(needed * 2, SLAB_BYTES)));
    this.#at -= written.length;
    this.#slab.set(written, this.#at);
  }

  #useSlab(slab: Uint8Array): void {
    this.#slab = slab;
    this.#limit = slab.length;
    this.#at = slab.length;
  }
}

/** Encoding never yields to another encoder, so one writer serves them all. */
export const sharedWriter: WireWriter = new WireWriter();

function varintBytes(low: number, high: number): number {
  if (high === 0) return smallVarintBytes(low);
  if (high < 0x8) return 5;
  if (high < 0x400) return 6;
  if (high < 0x2_0000) return 7;
  if (high < 0x100_0000) return 8;
  return high < 0x8000_0000 ? 9 : 10;
}

function smallVarintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}
