// A bidirectional stream on one HTTP/2 stream. A paused one leaves its data to HTTP/2's flow control: the window fills, and
// the server has to stop.
import { type ClientHttp2Session, type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import { Code } from '../errors.js';
import type { OpenStream, StreamEnd, StreamHandlers, StreamRequest } from '../transport.js';
import { FramingError, frame, MessageFrames } from './message-frames.js';
import { endOf } from './status.js';

export class MessageStream implements OpenStream {
  readonly #stream: ClientHttp2Stream;
  readonly #handlers: StreamHandlers;
  readonly #frames: MessageFrames = new MessageFrames();
  #headers: IncomingHttpHeaders = {};
  #trailers: IncomingHttpHeaders | undefined;
  #cause = 'the connection was lost';
  #damage: StreamEnd | undefined;
  #cancelled = false;

  /** @param onClosed once it is over, however it ended */
  constructor(session: ClientHttp2Session, request: StreamRequest, handlers: StreamHandlers, onClosed: () => void) {
    this.#handlers = handlers;
    const stream = session.request(
      { ':method': 'POST', ':path': request.path, 'content-type': 'application/grpc', te: 'trailers', ...request.metadata },
      { endStream: false },
    );
    this.#stream = stream;
    stream.on('response', (headers) => {
      this.#headers = headers;
    });
    stream.on('trailers', (trailers) => {
      this.#trailers = trailers;
    });
    stream.on('data', (chunk: Uint8Array) => this.#received(chunk));
    stream.on('error', (error) => {
      this.#cause = error.message;
    });
    // The server's end is the stream's: without this, ours would stay open after it.
    stream.on('end', () => stream.end());
    stream.on('close', () => {
      onClosed();
      if (!this.#cancelled) handlers.onEnd(this.#end());
    });
  }

  send(message: Uint8Array): void {
    if (this.#stream.writable) this.#stream.write(frame(message));
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  cancel(): void {
    this.#cancelled = true;
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  #received(chunk: Uint8Array): void {
    if (this.#damage !== undefined) return;
    for (const message of this.#messagesOf(chunk)) {
      if (this.#cancelled) return;
      this.#handlers.onMessage(message);
    }
  }

  #messagesOf(chunk: Uint8Array): readonly Uint8Array[] {
    try {
      return this.#frames.push(chunk);
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      this.#damage = { kind: 'status', code: Code.internal, message: error.message };
      this.#stream.close(constants.NGHTTP2_CANCEL);
      return [];
    }
  }

  #end(): StreamEnd {
    if (this.#damage !== undefined) return this.#damage;
    return endOf({ headers: this.#headers, trailers: this.#trailers, rstCode: this.#stream.rstCode, cause: this.#cause });
  }
}
