// What the headers of a request mean, worked out once for all requests that repeat them.
import { isGrpcContentType, parseTimeout } from './headers.js';
import type { Lookup, MethodTable } from './method-table.js';
import { type Failure, type Method, Status } from './server.js';

export type RequestKind =
  | { readonly kind: 'call'; readonly method: Method; readonly timeout: number | undefined }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'http' };

export class RequestHead {
  /** Names and values by turns. */
  readonly headers: readonly string[];
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly request: RequestKind;

  constructor(headers: readonly string[], table: MethodTable) {
    this.headers = headers;
    this.method = this.get(':method') ?? '';
    this.path = this.get(':path') ?? '';
    this.authority = this.get(':authority') ?? this.get('host') ?? '';
    this.request = this.#classify(table);
  }

  get(name: string): string | undefined {
    const headers = this.headers;
    for (let at = 0; at < headers.length; at += 2) if (headers[at] === name) return headers[at + 1];
    return undefined;
  }

  #classify(table: MethodTable): RequestKind {
    if (this.method !== 'POST' || !isGrpcContentType(this.get('content-type'))) return { kind: 'http' };
    return callOf(table.find(this.path), this.get('grpc-timeout'));
  }
}

function callOf(lookup: Lookup, timeoutHeader: string | undefined): RequestKind {
  if (!lookup.found) return { kind: 'refused', failure: lookup.failure };
  if (timeoutHeader === undefined) return { kind: 'call', method: lookup.method, timeout: undefined };
  const timeout = parseTimeout(timeoutHeader);
  if (timeout !== undefined) return { kind: 'call', method: lookup.method, timeout };
  return { kind: 'refused', failure: { code: Status.internal, message: `malformed grpc-timeout: "${timeoutHeader}"` } };
}
