// Cuts the bytes of a connection into frames, after the client's preface. A frame that arrives in pieces is joined once.
import { concatBytes, EMPTY_BYTES } from '@reknit/base';
import { DEFAULT_FRAME_BYTES_MAX, ErrorCode, FRAME_HEADER_BYTES, Http2Error } from './protocol.js';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** One object for all frames of a connection: valid until its handler returns. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  /** A view of what was received. */
  readonly payload: Uint8Array;
}

export class FrameAssembler {
  readonly #frame: { -readonly [Field in keyof Frame]: Frame[Field] } = { type: 0, flags: 0, stream: 0, payload: EMPTY_BYTES };
  readonly #onFrame: (frame: Frame) => void;
  #parts: Uint8Array[] = [];
  #held = 0;
  #needed = PREFACE.length;
  #prefaceSeen = false;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  push(chunk: Uint8Array): void {
    if (this.#held === 0 && this.#prefaceSeen) {
      this.#cut(chunk, 0);
      return;
    }
    this.#parts.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return;
    const joined = concatBytes(this.#parts);
    this.#parts = [];
    this.#held = 0;
    this.#cut(joined, this.#prefaceSeen ? 0 : this.#passPreface(joined));
  }

  #passPreface(bytes: Uint8Array): number {
    for (let at = 0; at < PREFACE.length; at++) {
      if (bytes[at] !== PREFACE.charCodeAt(at)) throw new Http2Error(ErrorCode.protocolError, 'this is not HTTP/2');
    }
    this.#prefaceSeen = true;
    return PREFACE.length;
  }

  #cut(bytes: Uint8Array, start: number): void {
    let at = start;
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
      if (length > DEFAULT_FRAME_BYTES_MAX) throw new Http2Error(ErrorCode.frameSizeError, `a frame of ${length} bytes`);
      const begin = at + FRAME_HEADER_BYTES;
      const end = begin + length;
      if (end > bytes.length) break;
      const frame = this.#frame;
      frame.type = bytes[at + 3]!;
      frame.flags = bytes[at + 4]!;
      frame.stream = ((bytes[at + 5]! & 0x7f) << 24) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 8) | bytes[at + 8]!;
      frame.payload = new Uint8Array(bytes.buffer, bytes.byteOffset + begin, length);
      this.#onFrame(frame);
      at = end;
    }
    if (at < bytes.length) this.#hold(bytes, at);
  }

  #hold(bytes: Uint8Array, at: number): void {
    const available = bytes.length - at;
    const length = available < 3 ? 0 : (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    this.#parts.push(bytes.subarray(at));
    this.#held = available;
    this.#needed = FRAME_HEADER_BYTES + length;
  }
}
