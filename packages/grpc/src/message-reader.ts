// Splits the bytes of a request stream into gRPC messages (five bytes of prefix: compressed flag, big-endian length).
// A message that arrives in one chunk, as nearly all do, is handed on as a view of that chunk; one that arrives in pieces
// is joined once, when it is complete. Nothing is allocated on the word of a length that was only announced.
import { concatBytes } from '@reknit/base';
import { type Failure, Status } from './server.js';

export const PREFIX_BYTES = 5;

export interface MessageSink {
  /** False ends the splitting: nothing more is wanted. */
  onMessage(message: Uint8Array): boolean;
  /** The stream cannot be read on. */
  onUnreadable(failure: Failure): void;
  /** What the compressed flag refers to. */
  readonly encoding: string | undefined;
}

export class MessageReader {
  readonly #sink: MessageSink;
  readonly #bytesMax: number;
  /** Made when first needed: most calls never do. */
  #parts: Uint8Array[] | undefined;
  #held = 0;
  #needed = 0;

  constructor(sink: MessageSink, bytesMax: number) {
    this.#sink = sink;
    this.#bytesMax = bytesMax;
  }

  /** Whether the stream may end here. */
  get complete(): boolean {
    return this.#held === 0;
  }

  /** @param chunk kept until its last message is complete; the caller must not change it */
  push(chunk: Uint8Array): void {
    if (this.#held === 0) {
      this.#split(chunk);
      return;
    }
    this.#parts?.push(chunk);
    this.#held += chunk.length;
    if (this.#held >= this.#needed) this.#split(this.#takeHeld());
  }

  #split(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      const end = this.#endOfMessage(bytes, at);
      if (end === undefined) return;
      const message = new Uint8Array(bytes.buffer, bytes.byteOffset + at + PREFIX_BYTES, end - at - PREFIX_BYTES);
      if (!this.#sink.onMessage(message)) return;
      at = end;
    }
  }

  /** Undefined when the message is not complete, and held back, or refused. */
  #endOfMessage(bytes: Uint8Array, at: number): number | undefined {
    const available = bytes.length - at;
    const length = available < PREFIX_BYTES ? 0 : readLength(bytes, at);
    const refusal = available < PREFIX_BYTES ? undefined : this.#refusal(bytes[at]!, length);
    if (refusal !== undefined) this.#sink.onUnreadable(refusal);
    else if (available >= PREFIX_BYTES + length) return at + PREFIX_BYTES + length;
    else this.#hold(bytes, at, PREFIX_BYTES + length);
    return undefined;
  }

  #refusal(compressed: number, length: number): Failure | undefined {
    if (compressed !== 0) return compressionRefusal(compressed, this.#sink.encoding);
    if (length <= this.#bytesMax) return undefined;
    return {
      code: Status.resourceExhausted,
      message: `grpc: received message larger than max (${length} vs. ${this.#bytesMax})`,
    };
  }

  #hold(bytes: Uint8Array, at: number, needed: number): void {
    this.#parts = [at === 0 ? bytes : bytes.subarray(at)];
    this.#held = bytes.length - at;
    this.#needed = needed;
  }

  #takeHeld(): Uint8Array {
    const joined = concatBytes(this.#parts ?? []);
    this.#parts = undefined;
    this.#held = 0;
    return joined;
  }
}

/** The message when a chunk is exactly one, uncompressed and not too large: a view of it. Everything else needs a reader. */
export function wholeMessage(chunk: Uint8Array, bytesMax: number): Uint8Array | undefined {
  const length = chunk.length - PREFIX_BYTES;
  if (length < 0 || length > bytesMax || chunk[0] !== 0 || readLength(chunk, 0) !== length) return undefined;
  return new Uint8Array(chunk.buffer, chunk.byteOffset + PREFIX_BYTES, length);
}

const readLength = (bytes: Uint8Array, at: number): number =>
  bytes[at + 1]! * 0x100_0000 + ((bytes[at + 2]! << 16) | (bytes[at + 3]! << 8) | bytes[at + 4]!);

/** The texts of grpc-go, which etcd's clients know. */
function compressionRefusal(flag: number, encoding: string | undefined): Failure {
  if (flag !== 1) return { code: Status.internal, message: `grpc: received unexpected payload format ${flag}` };
  if (encoding === undefined || encoding === 'identity') {
    return { code: Status.internal, message: 'grpc: compressed flag set with identity or empty encoding' };
  }
  return { code: Status.unimplemented, message: `grpc: Decompressor is not installed for grpc-encoding "${encoding}"` };
}

/** The prefix and the message in one piece. */
export function frameMessage(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(PREFIX_BYTES + message.length);
  writePrefix(frame, 0, message.length);
  frame.set(message, PREFIX_BYTES);
  return frame;
}

export function writePrefix(into: Uint8Array, at: number, length: number): void {
  into[at] = 0;
  into[at + 1] = length >>> 24;
  into[at + 2] = length >>> 16;
  into[at + 3] = length >>> 8;
  into[at + 4] = length;
}
