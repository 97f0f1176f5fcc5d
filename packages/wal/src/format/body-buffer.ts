// The growing body of one batch. Reused for batch after batch; what `padded` returned is valid until the next write.
import { assert } from '@reknit/base';
import { END_MARK, putU64, roundUpToSector, viewOf } from './layout.js';

const INITIAL_BYTES = 64 * 1024;

export class BodyBuffer {
  bytes: Uint8Array = new Uint8Array(INITIAL_BYTES);
  view: DataView = viewOf(this.bytes);
  length: number = 0;

  /** @returns where the next `count` bytes begin; they hold old bytes until they are written */
  reserve(count: number): number {
    const at = this.length;
    this.length = at + count;
    if (this.length > this.bytes.length) this.#grow();
    return at;
  }

  u8(value: number): this {
    const at = this.reserve(1);
    this.bytes[at] = value;
    return this;
  }

  u32(value: number): this {
    const at = this.reserve(4);
    this.view.setUint32(at, value, true);
    return this;
  }

  u64(value: number): this {
    assert(Number.isSafeInteger(value) && value >= 0, 'a number in the log is a safe non-negative integer', () => value);
    const at = this.reserve(8);
    putU64(this.view, at, value);
    return this;
  }

  raw(bytes: Uint8Array): this {
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
    return this;
  }

  written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** What was written, with zeroes up to the end mark, which ends a sector. */
  padded(): Uint8Array {
    const { length } = this;
    const end = roundUpToSector(length + 1);
    this.reserve(end - length);
    this.length = length;
    this.bytes.fill(0, length, end);
    this.bytes[end - 1] = END_MARK;
    return this.bytes.subarray(0, end);
  }

  reset(): void {
    this.length = 0;
  }

  #grow(): void {
    const larger = new Uint8Array(Math.max(this.length, this.bytes.length * 2));
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = viewOf(larger);
  }
}
