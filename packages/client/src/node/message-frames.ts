// gRPC's framing: a byte that says "not compressed", four of length, the message.
import { concatBytes } from '@reknit/base';

const PREFIX_BYTES = 5;

/** More than any transaction writes (128 operations of 1.5 MiB), so that only damage exceeds it. */
const MESSAGE_BYTES_MAX = 256 * 1024 * 1024;

export class FramingError extends Error {
  override readonly name: string = 'FramingError';
}

export function frame(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(PREFIX_BYTES + message.length);
  new DataView(bytes.buffer).setUint32(1, message.length);
  bytes.set(message, PREFIX_BYTES);
  return bytes;
}

/** Cuts what arrives into messages. Chunks are joined only when the message that they belong to is complete. */
export class MessageFrames {
  #chunks: Uint8Array[] = [];
  #length = 0;
  /** Bytes from the start of the first chunk until something can be said. */
  #wanted = PREFIX_BYTES;

  /** @returns the messages that are complete now; views of what was pushed. Throws FramingError. */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#wanted) return [];
    const bytes = this.#chunks.length === 1 ? chunk : concatBytes(this.#chunks);
    const messages: Uint8Array[] = [];
    let at = 0;
    for (;;) {
      this.#wanted = frameLength(bytes, at);
      if (bytes.length - at < this.#wanted) break;
      messages.push(bytes.subarray(at + PREFIX_BYTES, at + this.#wanted));
      at += this.#wanted;
    }
    this.#chunks = at === bytes.length ? [] : [bytes.subarray(at)];
    this.#length = bytes.length - at;
    return messages;
  }

  /** Whether what has arrived ends with a whole message. */
  get isBetweenMessages(): boolean {
    return this.#length === 0;
  }
}

/** With the prefix; of the prefix alone while it is not complete. */
function frameLength(bytes: Uint8Array, at: number): number {
  if (bytes.length - at < PREFIX_BYTES) return PREFIX_BYTES;
  if (bytes[at] !== 0) throw new FramingError('the server sent a compressed message, which was not asked for');
  const length = new DataView(bytes.buffer, bytes.byteOffset + at + 1, 4).getUint32(0);
  if (length > MESSAGE_BYTES_MAX) throw new FramingError(`the server announced a message of ${length} bytes`);
  return PREFIX_BYTES + length;
}
