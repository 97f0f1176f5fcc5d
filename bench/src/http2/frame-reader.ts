// Cuts a stream of bytes into HTTP/2 frames, however the reads fall.
import { FRAME_HEADER_BYTES } from './frames.js';

const NOTHING = new Uint8Array(0);

/** The frame's header stands at `at`; the view may be reused afterwards. */
export type OnFrame = (bytes: Uint8Array, at: number, end: number) => void;

export class FrameReader {
  readonly #onFrame: OnFrame;
  #rest: Uint8Array = NOTHING;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** The chunk may be reused afterwards. */
  feed(chunk: Uint8Array): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const end = at + FRAME_HEADER_BYTES + ((bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!);
      if (end > bytes.length) break;
      this.#onFrame(bytes, at, end);
      at = end;
    }
    this.#rest = at === bytes.length ? NOTHING : Uint8Array.from(bytes.subarray(at));
  }
}
