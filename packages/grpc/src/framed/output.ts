// What a connection will send at the end of the turn. Small pieces are copied into slabs, so that a hundred responses leave
// in one write; large ones are passed on as they are. What was taken is never written to again.
import { FRAME_HEADER_BYTES } from './protocol.js';

const SLAB_BYTES = 64 * 1024;
/** Above this a piece of its own costs less than a copy. */
const COPIED_BYTES_MAX = 8 * 1024;

export class Output {
  #slab: Uint8Array = new Uint8Array(SLAB_BYTES);
  #start = 0;
  #at = 0;
  #chunks: Uint8Array[] = [];

  get empty(): boolean {
    return this.#at === this.#start && this.#chunks.length === 0;
  }

  frame(type: number, flags: number, stream: number, length: number): void {
    this.#reserve(FRAME_HEADER_BYTES);
    const slab = this.#slab;
    const at = this.#at;
    slab[at] = length >>> 16;
    slab[at + 1] = length >>> 8;
    slab[at + 2] = length;
    slab[at + 3] = type;
    slab[at + 4] = flags;
    this.#at = at + 5;
    this.u32(stream);
  }

  u32(value: number): void {
    this.#reserve(4);
    const slab = this.#slab;
    const at = this.#at;
    slab[at] = value >>> 24;
    slab[at + 1] = value >>> 16;
    slab[at + 2] = value >>> 8;
    slab[at + 3] = value;
    this.#at = at + 4;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#slab[this.#at++] = value;
  }

  /** The bytes must not change until they have left. */
  bytes(bytes: Uint8Array): void {
    if (bytes.length > COPIED_BYTES_MAX) {
      this.#seal();
      this.#chunks.push(bytes);
      return;
    }
    this.#reserve(bytes.length);
    this.#slab.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  take(): readonly Uint8Array[] {
    this.#seal();
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= SLAB_BYTES) return;
    this.#seal();
    this.#slab = new Uint8Array(SLAB_BYTES);
    this.#start = 0;
    this.#at = 0;
  }

  #seal(): void {
    if (this.#at === this.#start) return;
    this.#chunks.push(this.#slab.subarray(this.#start, this.#at));
    this.#start = this.#at;
  }
}
