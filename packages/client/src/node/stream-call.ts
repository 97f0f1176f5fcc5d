// One call on one stream: sends the framed request, gathers the response, and judges at the stream's end.

import { type ClientHttp2Session, type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import { concatBytes } from '@reknit/base';
import { Code } from '../errors.js';
import type { CallOutcome, CallRequest, PendingCall } from '../transport.js';

const PREFIX_BYTES = 5;

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
    const status = headerOf('grpc-status', this.#trailers, this.#headers);
    if (status === '0') return this.#response();
    if (status !== undefined) {
      const message = decodeStatusMessage(headerOf('grpc-message', this.#trailers, this.#headers) ?? '');
      return { kind: 'status', code: Number(status), message };
    }
    if (this.#stream.rstCode === constants.NGHTTP2_REFUSED_STREAM)
      return { kind: 'unsent', cause: 'the server refused the stream' };
    const httpStatus = Number(this.#headers[':status'] ?? 200);
    if (httpStatus === 200) return { kind: 'lost', cause: this.#cause };
    return { kind: 'status', code: CODES_BY_HTTP_STATUS[httpStatus] ?? Code.unknown, message: `HTTP status ${httpStatus}` };
  }

  #response(): CallOutcome {
    const body = concatBytes(this.#body);
    const length = body.length < PREFIX_BYTES ? -1 : new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(1);
    if (length !== body.length - PREFIX_BYTES || body[0] !== 0) {
      return { kind: 'status', code: Code.internal, message: 'the response is not one uncompressed message' };
    }
    return { kind: 'response', message: body.subarray(PREFIX_BYTES) };
  }
}

/** gRPC's own table, for proxies and servers that answer without speaking gRPC. */
const CODES_BY_HTTP_STATUS: Readonly<Record<number, number>> = {
  400: Code.internal,
  401: Code.unauthenticated,
  403: Code.permissionDenied,
  404: Code.unimplemented,
  429: Code.unavailable,
  502: Code.unavailable,
  503: Code.unavailable,
  504: Code.unavailable,
};

function frame(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(PREFIX_BYTES + message.length);
  new DataView(bytes.buffer).setUint32(1, message.length);
  bytes.set(message, PREFIX_BYTES);
  return bytes;
}

/** A response of headers alone carries its status there. */
function headerOf(name: string, ...places: readonly (IncomingHttpHeaders | undefined)[]): string | undefined {
  for (const headers of places) {
    const value = headers?.[name];
    if (value !== undefined) return String(value);
  }
  return undefined;
}

function decodeStatusMessage(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
