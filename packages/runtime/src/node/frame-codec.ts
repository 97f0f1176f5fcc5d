// The wire format of a session: u32 length, u32 CRC-32C of the payload, payload; little-endian. TCP's own checksum
// misses about one damaged segment in 65,536, which on a log's path is too many.
// A frame that arrives whole within one chunk is handed out as a view of it, without a copy. The chunk belongs to its
// frames from then on, and a frame that is kept keeps its chunk (at most 64 KiB) alive: whoever keeps a small part of
// it for long copies that part.
import { crc32c } from '@reknit/base';
import { MAX_FRAME_BYTES } from '../network.js';

const HEADER_BYTES = 8;

/** @returns the header that goes before the chunks */
export function frameHeader(chunks: readonly Uint8Array[], length: number): Uint8Array {
  let checksum = 0;
  for (const chunk of chunks) checksum = crc32c(chunk, checksum);
  const header = new Uint8Array(HEADER_BYTES);
  writeU32(header, 0, length);
  writeU32(header, 4, checksum);
  return header;
}

export interface FrameSink {
  /** False ends the reading, so that nothing is delivered after a close. */
  readonly receiving: boolean;
  onFrame(frame: Uint8Array): void;
}

export class FrameReader {
  readonly #sink: FrameSink;
  /** Bytes of an incomplete frame, joined once when the last of them is there. */
  #parts: Uint8Array[] = [];
  #held = 0;
  #needed = HEADER_BYTES;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** @returns false when the bytes are no frames; nothing may be read after that */
  push(chunk: Uint8Array): boolean {
    if (this.#held === 0) return this.#scan(chunk);
    this.#parts.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return true;
    const joined = join(this.#parts, this.#held);
    this.#parts = [];
    this.#held = 0;
    return this.#scan(joined);
  }

  #scan(bytes: Uint8Array): boolean {
    let at = 0;
    let needed = HEADER_BYTES;
    while (bytes.length - at >= HEADER_BYTES && this.#sink.receiving) {
      const length = readU32(bytes, at);
      if (length > MAX_FRAME_BYTES) return false;
      needed = HEADER_BYTES + length;
      if (bytes.length - at < needed) break;
      const frame = new Uint8Array(bytes.buffer, bytes.byteOffset + at + HEADER_BYTES, length);
      if (crc32c(frame) !== readU32(bytes, at + 4)) return false;
      at += needed;
      needed = HEADER_BYTES;
      this.#sink.onFrame(frame);
    }
    if (at < bytes.length) this.#hold(bytes.subarray(at), needed);
    return true;
  }

  #hold(rest: Uint8Array, needed: number): void {
    this.#parts.push(rest);
    this.#held = rest.length;
    this.#needed = needed;
  }
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

const readU32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
