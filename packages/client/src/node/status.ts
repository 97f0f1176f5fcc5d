// How an HTTP/2 stream that carried gRPC ended, in the client's terms.
import { constants, type IncomingHttpHeaders } from 'node:http2';
import { Code } from '../errors.js';
import type { StreamEnd } from '../transport.js';

export interface EndedStream {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders | undefined;
  readonly rstCode: number | undefined;
  /** What the connection said, for a stream without a status. */
  readonly cause: string;
}

/** A status of code 0 where the server said that all is well. */
export function endOf({ headers, trailers, rstCode, cause }: EndedStream): StreamEnd {
  const status = headerOf('grpc-status', trailers, headers);
  if (status !== undefined) {
    return {
      kind: 'status',
      code: Number(status),
      message: decodeStatusMessage(headerOf('grpc-message', trailers, headers) ?? ''),
    };
  }
  if (rstCode === constants.NGHTTP2_REFUSED_STREAM) return { kind: 'unsent', cause: 'the server refused the stream' };
  const httpStatus = Number(headers[':status'] ?? 200);
  if (httpStatus === 200) return { kind: 'lost', cause };
  return { kind: 'status', code: CODES_BY_HTTP_STATUS[httpStatus] ?? Code.unknown, message: `HTTP status ${httpStatus}` };
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
