// One HTTP/2 connection, server side, without a socket: bytes in, frames to streams, bytes out at the end of the turn. Only
// what a gRPC server needs: no push, no priorities. Whatever breaks the protocol ends the connection with a GOAWAY.
//
// Receive windows are large and refilled at half, because services take every message at once; so nothing is gained by
// checking that the client keeps to them. What bounds memory is the limit on messages. The number of streams is not limited, as etcd does not.
import { concatBytes } from '@reknit/base';
import type { RequestHead } from '../request-head.js';
import type { Backlog } from './backlog.js';
import { type Frame, FrameAssembler } from './frame-assembler.js';
import { FrameWriter } from './frame-writer.js';
import { HEADERS_BYTES_MAX, HeaderDecoder } from './header-decoder.js';
import { HeaderEncoder } from './header-encoder.js';
import { readU32, withoutPadding, withoutPriority } from './payload.js';
import {
  DEFAULT_FRAME_BYTES_MAX,
  DEFAULT_WINDOW_BYTES,
  ErrorCode,
  Flag,
  FrameType,
  Http2Error,
  Setting,
  WINDOW_BYTES_MAX,
} from './protocol.js';
import { FramedStream, type RequestReceiver } from './stream.js';

/** What one stream may send before it must wait: most messages fit. */
const STREAM_WINDOW_BYTES = 1024 * 1024;
/** The same for all streams together. */
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;
/** Answers (to pings, settings, resets) that a peer may provoke while it reads nothing. */
const UNREAD_ANSWERS_MAX = 10_000;

export interface ConnectionHost {
  readonly peer: string;
  readonly backlog: Backlog;
  interpret(headers: readonly string[]): RequestHead;
  /** A new request. */
  open(stream: FramedStream): RequestReceiver;
  /** False: the socket's buffer is full, and `drained` will be called. */
  write(chunks: readonly Uint8Array[]): boolean;
  /** Calls back at the end of the turn. */
  soon(callback: () => void): void;
  /** No more will be written: close once all is out. */
  end(): void;
}

export class FramedConnection {
  readonly writer: FrameWriter = new FrameWriter();
  readonly encoder: HeaderEncoder = new HeaderEncoder();
  readonly backlog: Backlog;
  /** Streams with bytes that wait for a window. */
  readonly blocked: Set<FramedStream> = new Set();
  sendWindow: number = DEFAULT_WINDOW_BYTES;
  congested = false;
  readonly #host: ConnectionHost;
  readonly #streams: Map<number, FramedStream> = new Map();
  readonly #assembler: FrameAssembler = new FrameAssembler((frame) => this.#frame(frame));
  readonly #decoder: HeaderDecoder<RequestHead>;
  #flushPlanned = false;
  #receiving = false;
  /** The highest number seen, and the highest that was served. */
  #lastStream = 0;
  #lastAccepted = 0;
  #streamWindow = DEFAULT_WINDOW_BYTES;
  #frameBytesMax = DEFAULT_FRAME_BYTES_MAX;
  #unreturnedBytes = 0;
  #unreadAnswers = 0;
  /** The parts of a header block that CONTINUATION frames go on with. */
  #headerParts: { readonly stream: number; readonly flags: number; readonly parts: Uint8Array[]; bytes: number } | undefined;
  #state: 'open' | 'retiring' | 'ended' = 'open';

  constructor(host: ConnectionHost) {
    this.#host = host;
    this.backlog = host.backlog.ofConnection();
    this.#decoder = new HeaderDecoder((headers) => host.interpret(headers));
    this.writer.settings([
      [Setting.initialWindowSize, STREAM_WINDOW_BYTES],
      [Setting.maxHeaderListSize, HEADERS_BYTES_MAX],
    ]);
    this.writer.windowUpdate(0, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES);
  }

  get peer(): string {
    return this.#host.peer;
  }

  // From the socket.

  /** @param bytes the connection's from now on; the preface included */
  receive(bytes: Uint8Array): void {
    if (this.#state === 'ended') return;
    this.#receiving = true;
    try {
      this.#assembler.push(bytes);
    } catch (error) {
      if (!(error instanceof Http2Error)) throw error;
      this.#fail(error);
    } finally {
      this.#receiving = false;
    }
    this.#flush();
  }

  drained(): void {
    if (!this.congested) return;
    this.congested = false;
    this.#unreadAnswers = 0;
    for (const stream of Array.from(this.#streams.values())) stream.resumeSender();
    this.#flush();
  }

  /** The socket is gone. */
  closed(): void {
    this.#state = 'ended';
    const streams = Array.from(this.#streams.values());
    this.#streams.clear();
    this.blocked.clear();
    for (const stream of streams) {
      stream.discard();
      stream.receiver?.abandoned();
    }
  }

  /** Takes no new streams and ends after the last open one. */
  retire(): void {
    if (this.#state !== 'open') return;
    this.#state = 'retiring';
    this.writer.goaway(this.#lastAccepted, ErrorCode.noError, '');
    this.#endIfIdle();
    this.flushSoon();
  }

  // For the streams.

  /** How many bytes one DATA frame may hold now. */
  frameRoom(streamWindow: number): number {
    return Math.min(streamWindow, this.sendWindow, this.#frameBytesMax);
  }

  remove(stream: FramedStream): void {
    this.#streams.delete(stream.id);
    this.blocked.delete(stream);
    stream.discard();
    this.#endIfIdle();
  }

  flushSoon(): void {
    if (this.#receiving || this.#flushPlanned) return;
    this.#flushPlanned = true;
    this.#host.soon(() => {
      this.#flushPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (!this.writer.empty && !this.#host.write(this.writer.take())) this.congested = true;
  }

  #endIfIdle(): void {
    if (this.#state !== 'retiring' || this.#streams.size > 0) return;
    this.#state = 'ended';
    this.#flush();
    this.#host.end();
  }

  #fail(error: Http2Error): void {
    this.writer.goaway(this.#lastAccepted, error.code, error.message);
    this.#flush();
    this.#host.end();
    this.closed();
  }

  // Frames.

  #frame(frame: Frame): void {
    if (this.#headerParts !== undefined && frame.type !== FrameType.continuation) {
      throw new Http2Error(ErrorCode.protocolError, 'a header block is interrupted');
    }
    switch (frame.type) {
      case FrameType.data:
        this.#onData(frame);
        return;
      case FrameType.headers:
        this.#onHeaders(frame);
        return;
      case FrameType.continuation:
        this.#onContinuation(frame);
        return;
      case FrameType.windowUpdate:
        this.#onWindowUpdate(frame);
        return;
      case FrameType.rstStream:
        this.#onReset(frame);
        return;
      case FrameType.settings:
        this.#onSettings(frame);
        return;
      case FrameType.ping:
        this.#onPing(frame);
        return;
      case FrameType.pushPromise:
        throw new Http2Error(ErrorCode.protocolError, 'a client cannot push');
      default:
      // Priorities, GOAWAY and unknown frames need no answer.
    }
  }

  #onData(frame: Frame): void {
    this.#checkStreamKnown(frame);
    const { stream: id, flags, payload } = frame;
    this.#countReceived(payload.length);
    const stream = this.#streams.get(id);
    if (stream === undefined || stream.requestEnded) return;
    const ends = (flags & Flag.endStream) !== 0;
    if (!ends) this.#returnToStream(stream, payload.length);
    const data = withoutPadding(flags, payload);
    if (ends) stream.requestEnded = true;
    if (data.length > 0) stream.receiver?.received(data);
    if (ends) stream.receiver?.receivedEnd();
  }

  #countReceived(bytes: number): void {
    this.#unreturnedBytes += bytes;
    if (this.#unreturnedBytes < CONNECTION_WINDOW_BYTES / 2) return;
    this.writer.windowUpdate(0, this.#unreturnedBytes);
    this.#unreturnedBytes = 0;
  }

  #returnToStream(stream: FramedStream, bytes: number): void {
    stream.unreturnedBytes += bytes;
    if (stream.unreturnedBytes < STREAM_WINDOW_BYTES / 2) return;
    this.writer.windowUpdate(stream.id, stream.unreturnedBytes);
    stream.unreturnedBytes = 0;
  }

  #onHeaders(frame: Frame): void {
    if (frame.stream % 2 === 0) throw new Http2Error(ErrorCode.protocolError, `a client cannot open stream ${frame.stream}`);
    const block = withoutPriority(frame.flags, withoutPadding(frame.flags, frame.payload));
    if ((frame.flags & Flag.endHeaders) !== 0) this.#headersComplete(frame.stream, frame.flags, block);
    else this.#headerParts = { stream: frame.stream, flags: frame.flags, parts: [block], bytes: block.length };
  }

  #onContinuation({ stream, flags, payload }: Frame): void {
    const held = this.#headerParts;
    if (held === undefined || held.stream !== stream) throw new Http2Error(ErrorCode.protocolError, 'a continuation of nothing');
    held.parts.push(payload);
    held.bytes += payload.length + 1;
    if (held.bytes > HEADERS_BYTES_MAX) throw new Http2Error(ErrorCode.enhanceYourCalm, 'the headers are too large');
    if ((flags & Flag.endHeaders) === 0) return;
    this.#headerParts = undefined;
    this.#headersComplete(stream, held.flags, concatBytes(held.parts));
  }

  /** The block is decoded even when nobody wants it: the table depends on it. */
  #headersComplete(id: number, flags: number, block: Uint8Array): void {
    const head = this.#decoder.decode(block);
    const ends = (flags & Flag.endStream) !== 0;
    if (id <= this.#lastStream) {
      this.#trailers(this.#streams.get(id), ends);
      return;
    }
    this.#lastStream = id;
    if (this.#state !== 'open') {
      this.#countAnswer();
      this.writer.reset(id, ErrorCode.refusedStream);
      return;
    }
    this.#lastAccepted = id;
    const stream = new FramedStream(this, id, head, this.#streamWindow);
    this.#streams.set(id, stream);
    stream.requestEnded = ends;
    stream.receiver = this.#host.open(stream);
    if (ends) stream.receiver.receivedEnd();
  }

  #trailers(stream: FramedStream | undefined, ends: boolean): void {
    if (stream === undefined || stream.requestEnded) return;
    if (!ends) throw new Http2Error(ErrorCode.protocolError, 'headers in the middle of a request');
    stream.requestEnded = true;
    stream.receiver?.receivedEnd();
  }

  #onWindowUpdate(frame: Frame): void {
    this.#checkLength(frame, 4);
    const increment = readU32(frame.payload, 0) & WINDOW_BYTES_MAX;
    const stream = frame.stream === 0 ? this : this.#streams.get(frame.stream);
    if (frame.stream !== 0) this.#checkStreamKnown(frame);
    if (increment === 0) throw new Http2Error(ErrorCode.protocolError, 'a window update of nothing');
    if (stream === undefined) return;
    stream.sendWindow += increment;
    if (stream.sendWindow > WINDOW_BYTES_MAX) throw new Http2Error(ErrorCode.flowControlError, 'a window grows too large');
    this.#pumpBlocked();
  }

  #pumpBlocked(): void {
    for (const stream of Array.from(this.blocked)) {
      if (this.sendWindow <= 0) return;
      stream.pump();
    }
  }

  #onReset(frame: Frame): void {
    this.#checkLength(frame, 4);
    this.#checkStreamKnown(frame);
    const stream = this.#streams.get(frame.stream);
    if (stream === undefined) return;
    this.remove(stream);
    stream.receiver?.abandoned();
  }

  #onSettings({ flags, payload, stream }: Frame): void {
    if (stream !== 0) throw new Http2Error(ErrorCode.protocolError, 'settings belong to the connection');
    if ((flags & Flag.ack) !== 0) return;
    if (payload.length % 6 !== 0) throw new Http2Error(ErrorCode.frameSizeError, 'settings are cut short');
    for (let at = 0; at < payload.length; at += 6) this.#apply((payload[at]! << 8) | payload[at + 1]!, readU32(payload, at + 2));
    this.#countAnswer();
    this.writer.settingsAcknowledged();
  }

  #apply(setting: number, value: number): void {
    switch (setting) {
      case Setting.headerTableSize:
        this.encoder.tableSizeOffered(value);
        return;
      case Setting.initialWindowSize:
        this.#resizeWindows(value);
        return;
      case Setting.maxFrameSize:
        if (value < DEFAULT_FRAME_BYTES_MAX || value > 0xff_ffff) throw new Http2Error(ErrorCode.protocolError, 'frame size');
        this.#frameBytesMax = value;
        return;
      default:
      // The others limit what this side never does.
    }
  }

  #resizeWindows(bytes: number): void {
    if (bytes > WINDOW_BYTES_MAX) throw new Http2Error(ErrorCode.flowControlError, 'a window is too large');
    const difference = bytes - this.#streamWindow;
    this.#streamWindow = bytes;
    for (const stream of this.#streams.values()) stream.sendWindow += difference;
    this.#pumpBlocked();
  }

  #onPing(frame: Frame): void {
    this.#checkLength(frame, 8);
    if ((frame.flags & Flag.ack) !== 0) return;
    this.#countAnswer();
    this.writer.pingAcknowledged(frame.payload);
  }

  /** A peer that provokes answers and reads none could fill the memory. */
  #countAnswer(): void {
    if (this.congested && ++this.#unreadAnswers > UNREAD_ANSWERS_MAX) {
      throw new Http2Error(ErrorCode.enhanceYourCalm, 'answers are not read');
    }
  }

  #checkStreamKnown({ stream }: Frame): void {
    if (stream === 0 || stream > this.#lastStream) throw new Http2Error(ErrorCode.protocolError, `stream ${stream} is not open`);
  }

  #checkLength({ payload }: Frame, bytes: number): void {
    if (payload.length !== bytes) throw new Http2Error(ErrorCode.frameSizeError, 'a frame has the wrong size');
  }
}
