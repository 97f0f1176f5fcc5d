// The client's side of one HTTP/2 connection that makes unary calls of one method, without a socket: bytes in, replies out.
// Built to cost next to nothing, because the load generator shares its processors with the servers it measures: response
// headers are not decoded. A reply is good when it carries a message; gRPC's refusals consist of trailers alone.
import { FrameReader } from './frame-reader.js';
import {
  CONNECTION_WINDOW_BYTES,
  DEFAULT_HEADER_TABLE_BYTES,
  DEFAULT_WINDOW_BYTES,
  Flag,
  FRAME_HEADER_BYTES,
  FrameType,
  frame,
  GRPC_PREFIX_BYTES,
  preface,
  readU32,
  Setting,
  windowUpdate,
  writeFrameHeader,
  writeU32,
} from './frames.js';
import { Output } from './output.js';
import type { HeaderBlocks } from './request-headers.js';

/** A power of two, far above what is ever in flight: slots are found by the stream's number. */
const SLOTS = 1 << 16;
const NOTHING = new Uint8Array(0);
const STREAM_ID_MAX = 0x7fff_fff0;

/** @param bytes of the messages in the reply, with their prefixes; 0 is a refusal */
export type OnReply = (sentAt: number, bytes: number) => void;

export class Calls {
  readonly #headers: HeaderBlocks;
  readonly #onReply: OnReply;
  /** Per slot: when its call was sent, and the bytes that have come back. NaN: no call. */
  readonly #sentAt: Float64Array = new Float64Array(SLOTS).fill(Number.NaN);
  readonly #replyBytes: Float64Array = new Float64Array(SLOTS);
  readonly #output: Output = new Output();
  readonly #frames: FrameReader = new FrameReader((bytes, at, end) => this.#frame(bytes, at, end));
  #nextStream = 1;
  #window: number = DEFAULT_WINDOW_BYTES;
  #consumed = 0;
  #streamsMax: number = Number.POSITIVE_INFINITY;
  #ready = false;
  #inFlight = 0;

  constructor(headers: HeaderBlocks, onReply: OnReply) {
    this.#headers = headers;
    this.#onReply = onReply;
    this.#output.append(preface());
  }

  /** The server's settings are known. */
  get ready(): boolean {
    return this.#ready;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** How many calls the server lets be in flight at once. */
  get streamsMax(): number {
    return this.#streamsMax;
  }

  mayCall(messageBytes: number): boolean {
    return (
      this.#ready &&
      this.#inFlight < this.#streamsMax &&
      this.#window >= messageBytes + GRPC_PREFIX_BYTES &&
      this.#nextStream < STREAM_ID_MAX
    );
  }

  /** Only after `mayCall`. The message is copied. */
  call(message: Uint8Array, now: number): void {
    const stream = this.#nextStream;
    const slot = (stream >>> 1) & (SLOTS - 1);
    if (!Number.isNaN(this.#sentAt[slot]!)) throw new Error(`${SLOTS} calls after it, a call is still without a reply`);
    this.#sentAt[slot] = now;
    this.#replyBytes[slot] = 0;
    this.#nextStream += 2;
    this.#inFlight++;
    this.#window -= message.length + GRPC_PREFIX_BYTES;
    this.#writeRequest(stream, stream === 1 ? this.#headers.first : this.#headers.later, message);
  }

  /** What is to be sent now; never written to again. */
  takeOutput(): Uint8Array | undefined {
    return this.#output.take();
  }

  /** Throws when the connection cannot go on. The chunk may be reused afterwards. */
  receive(chunk: Uint8Array): void {
    this.#frames.feed(chunk);
  }

  #frame(bytes: Uint8Array, at: number, end: number): void {
    const flags = bytes[at + 4]!;
    const stream = readU32(bytes, at + 5);
    const start = at + FRAME_HEADER_BYTES;
    switch (bytes[at + 3]) {
      case FrameType.data:
        this.#data(stream, end - start);
        if ((flags & Flag.endStream) !== 0) this.#end(stream);
        return;
      case FrameType.headers:
        if ((flags & Flag.endStream) !== 0) this.#end(stream);
        return;
      case FrameType.reset:
        this.#replyBytes[(stream >>> 1) & (SLOTS - 1)] = 0;
        return this.#end(stream);
      case FrameType.settings:
        if ((flags & Flag.ack) === 0) this.#settings(bytes, start, end);
        return;
      case FrameType.ping:
        if ((flags & Flag.ack) === 0) this.#output.append(frame(FrameType.ping, Flag.ack, 0, bytes.subarray(start, end)));
        return;
      case FrameType.windowUpdate:
        if (stream === 0) this.#window += readU32(bytes, start);
        return;
      case FrameType.goAway:
        throw new Error(`the server ends the connection, code ${readU32(bytes, start + 4)}`);
    }
  }

  #data(stream: number, length: number): void {
    this.#replyBytes[(stream >>> 1) & (SLOTS - 1)]! += length;
    this.#consumed += length;
    if (this.#consumed < CONNECTION_WINDOW_BYTES / 2) return;
    this.#output.append(windowUpdate(0, this.#consumed));
    this.#consumed = 0;
  }

  #end(stream: number): void {
    const slot = (stream >>> 1) & (SLOTS - 1);
    const sentAt = this.#sentAt[slot]!;
    if (Number.isNaN(sentAt)) return;
    this.#sentAt[slot] = Number.NaN;
    this.#inFlight--;
    this.#onReply(sentAt, this.#replyBytes[slot]!);
  }

  #settings(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at + 6 <= end; at += 6) this.#setting((bytes[at]! << 8) | bytes[at + 1]!, readU32(bytes, at + 2));
    this.#output.append(frame(FrameType.settings, Flag.ack, 0, NOTHING));
    this.#ready = true;
  }

  /** Requests are far smaller than any stream's window in use; what would not fit is refused aloud rather than kept track of. */
  #setting(id: number, value: number): void {
    if (id === Setting.maxConcurrentStreams) this.#streamsMax = value;
    if (id === Setting.headerTableSize && value < DEFAULT_HEADER_TABLE_BYTES)
      throw new Error(`the server's header table of ${value} bytes is smaller than this client can use`);
    if (id === Setting.initialWindowSize && value < 4096)
      throw new Error(`the server's window of ${value} bytes per request is smaller than this client can use`);
  }

  #writeRequest(stream: number, headers: Uint8Array, message: Uint8Array): void {
    const bodyLength = GRPC_PREFIX_BYTES + message.length;
    let at = this.#output.reserve(2 * FRAME_HEADER_BYTES + headers.length + bodyLength);
    const { slab } = this.#output;
    writeFrameHeader(slab, at, { length: headers.length, type: FrameType.headers, flags: Flag.endHeaders, stream });
    slab.set(headers, at + FRAME_HEADER_BYTES);
    at += FRAME_HEADER_BYTES + headers.length;
    writeFrameHeader(slab, at, { length: bodyLength, type: FrameType.data, flags: Flag.endStream, stream });
    at += FRAME_HEADER_BYTES;
    slab[at] = 0;
    writeU32(slab, at + 1, message.length);
    slab.set(message, at + GRPC_PREFIX_BYTES);
  }
}
