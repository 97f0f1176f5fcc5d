// One call on one stream: sends the framed request, gathers the response, and judges at the stream's end.

import { type ClientHttp2Session, type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import { concatBytes } from '@reknit/base';
import { Code } from '../errors.js';
import type { CallOutcome, CallRequest, PendingCall } from '../transport.js';
import { FramingError, frame, MessageFrames } from './message-frames.js';
import { endOf } from './status.js';

export class StreamCall implements PendingCall {
  readonly #stream: ClientHttp2Stream;
  readonly #done: (outcome: CallOutcome) => void;
  readonly #onExpired: () => void;
  readonly #body: Uint8Array[] = [];
  #headers: IncomingHttpHeaders = {};
  #trailers: IncomingHttpHeaders | undefined;
  #cause = 'the connection was lost';
  #cancelled = false;

  constructor(session: ClientHttp2Session, request: CallRequest, done: (outcome: CallOutcome) => void, onExpired: () => void) {
    this.#done = done;
    this.#onExpired = onExpired;
    const stream = session.request({
      ':method': 'POST',
      ':path': request.path,
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': `${Math.min(Math.ceil(request.timeoutMs), 99_999_999)}m`,
      ...request.metadata,
    });
    this.#stream = stream;
    stream.on('response', (headers) => {
      this.#headers = headers;
    });
    stream.on('trailers', (trailers) => {
      this.#trailers = trailers;
    });
    stream.on('data', (chunk: Uint8Array) => this.#body.push(chunk));
    stream.on('error', (error) => {
      this.#cause = error.message;
    });
    stream.on('close', () => this.#closed());
    stream.end(frame(request.message));
  }

  cancel(reason: 'expired' | 'aborted'): 'sent' {
    this.#cancelled = true;
    this.#stream.close(constants.NGHTTP2_CANCEL);
    if (reason === 'expired') this.#onExpired();
    return 'sent';
  }

  #closed(): void {
    if (!this.#cancelled) this.#done(this.#outcome());
  }

  #outcome(): CallOutcome {
    const end = endOf({ headers: this.#headers, trailers: this.#trailers, rstCode: this.#stream.rstCode, cause: this.#cause });
    return end.kind === 'status' && end.code === 0 ? responseOf(this.#body) : end;
  }
}

function responseOf(body: readonly Uint8Array[]): CallOutcome {
  const [message, ...more] = messagesOf(concatBytes(body));
  if (message !== undefined && more.length === 0) return { kind: 'response', message };
  return { kind: 'status', code: Code.internal, message: 'the response is not one uncompressed message' };
}

function messagesOf(body: Uint8Array): readonly Uint8Array[] {
  try {
    const frames = new MessageFrames();
    const messages = frames.push(body);
    return frames.isBetweenMessages ? messages : [];
  } catch (error) {
    if (error instanceof FramingError) return [];
    throw error;
  }
}
