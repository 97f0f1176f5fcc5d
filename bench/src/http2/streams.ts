// The client's side of one HTTP/2 connection with long-lived calls (watches, leases kept alive) and pings, without a socket.
// Messages come out whole. For what is measured by the hundred thousand a second in single calls, `calls.ts` is cheaper.
import { FrameReader } from './frame-reader.js';
import {
  CONNECTION_WINDOW_BYTES,
  DEFAULT_WINDOW_BYTES,
  Flag,
  FRAME_HEADER_BYTES,
  FrameType,
  frame,
  GRPC_PREFIX_BYTES,
  preface,
  readU32,
  windowUpdate,
  writeFrameHeader,
  writeU32,
} from './frames.js';
import { Output } from './output.js';
import { plainRequestHeaders } from './request-headers.js';

const NOTHING = new Uint8Array(0);

export interface StreamEvents {
  /** The view may be reused afterwards. */
  readonly message: (stream: number, view: Uint8Array) => void;
  /** By the server, whatever it said. */
  readonly ended: (stream: number) => void;
  /** @param sequence as given to `ping` */
  readonly pong: (sequence: number) => void;
}

export class Streams {
  readonly #authority: string;
  readonly #events: StreamEvents;
  readonly #output: Output = new Output();
  readonly #frames: FrameReader = new FrameReader((bytes, at, end) => this.#frame(bytes, at, end));
  /** Of each stream, what has come of a message that is not whole. */
  readonly #rests: Map<number, Uint8Array> = new Map();
  #nextStream = 1;
  #window: number = DEFAULT_WINDOW_BYTES;
  #unsent: Uint8Array[] = [];
  #consumed = 0;
  #ready = false;

  constructor(authority: string, events: StreamEvents) {
    this.#authority = authority;
    this.#events = events;
    this.#output.append(preface());
  }

  /** The server's settings are known. */
  get ready(): boolean {
    return this.#ready;
  }

  /** @returns the stream's number */
  open(path: string): number {
    const stream = this.#nextStream;
    this.#nextStream += 2;
    this.#rests.set(stream, NOTHING);
    this.#output.append(frame(FrameType.headers, Flag.endHeaders, stream, plainRequestHeaders(this.#authority, path)));
    return stream;
  }

  /** Messages are small: a stream's window is never used up by them, the connection's is kept track of. */
  send(stream: number, message: Uint8Array): void {
    const length = GRPC_PREFIX_BYTES + message.length;
    const bytes = new Uint8Array(FRAME_HEADER_BYTES + length);
    writeFrameHeader(bytes, 0, { length, type: FrameType.data, flags: 0, stream });
    writeU32(bytes, FRAME_HEADER_BYTES + 1, message.length);
    bytes.set(message, FRAME_HEADER_BYTES + GRPC_PREFIX_BYTES);
    this.#unsent.push(bytes);
    this.#sendWithinWindow();
  }

  ping(sequence: number): void {
    const payload = new Uint8Array(8);
    writeU32(payload, 4, sequence);
    this.#output.append(frame(FrameType.ping, 0, 0, payload));
  }

  takeOutput(): Uint8Array | undefined {
    return this.#output.take();
  }

  /** Throws when the connection cannot go on. The chunk may be reused afterwards. */
  receive(chunk: Uint8Array): void {
    this.#frames.feed(chunk);
  }

  #sendWithinWindow(): void {
    let sent = 0;
    for (; sent < this.#unsent.length; sent++) {
      const bytes = this.#unsent[sent]!;
      const length = bytes.length - FRAME_HEADER_BYTES;
      if (length > this.#window) break;
      this.#window -= length;
      this.#output.append(bytes);
    }
    if (sent > 0) this.#unsent = this.#unsent.slice(sent);
  }

  #frame(bytes: Uint8Array, at: number, end: number): void {
    const flags = bytes[at + 4]!;
    const stream = readU32(bytes, at + 5);
    const start = at + FRAME_HEADER_BYTES;
    switch (bytes[at + 3]) {
      case FrameType.data:
        this.#data(stream, bytes.subarray(start, end));
        if ((flags & Flag.endStream) !== 0) this.#end(stream);
        return;
      case FrameType.headers:
        if ((flags & Flag.endStream) !== 0) this.#end(stream);
        return;
      case FrameType.reset:
        return this.#end(stream);
      case FrameType.settings:
        if ((flags & Flag.ack) === 0) this.#output.append(frame(FrameType.settings, Flag.ack, 0, NOTHING));
        this.#ready = true;
        return;
      case FrameType.ping:
        if ((flags & Flag.ack) !== 0) this.#events.pong(readU32(bytes, start + 4));
        else this.#output.append(frame(FrameType.ping, Flag.ack, 0, bytes.subarray(start, end)));
        return;
      case FrameType.windowUpdate:
        if (stream === 0) this.#window += readU32(bytes, start);
        return this.#sendWithinWindow();
      case FrameType.goAway:
        throw new Error(`the server ends the connection, code ${readU32(bytes, start + 4)}`);
    }
  }

  #data(stream: number, payload: Uint8Array): void {
    this.#giveBack(payload.length);
    const rest = this.#rests.get(stream);
    if (rest === undefined) return;
    const bytes = rest.length === 0 ? payload : Buffer.concat([rest, payload]);
    let at = 0;
    while (bytes.length - at >= GRPC_PREFIX_BYTES) {
      const end = at + GRPC_PREFIX_BYTES + readU32(bytes, at + 1);
      if (end > bytes.length) break;
      this.#events.message(stream, bytes.subarray(at + GRPC_PREFIX_BYTES, end));
      at = end;
    }
    this.#rests.set(stream, at === bytes.length ? NOTHING : Uint8Array.from(bytes.subarray(at)));
  }

  #giveBack(bytes: number): void {
    this.#consumed += bytes;
    if (this.#consumed < CONNECTION_WINDOW_BYTES / 2) return;
    this.#output.append(windowUpdate(0, this.#consumed));
    this.#consumed = 0;
  }

  #end(stream: number): void {
    if (this.#rests.delete(stream)) this.#events.ended(stream);
  }
}
