// Gives each new stream to a call, to the plain HTTP handler, or to nobody.
import { concatBytes, unreachable } from '@reknit/base';
import { Call, type CallEnvironment } from '../call.js';
import type { HttpHandler, HttpResponse } from '../server.js';
import type { FramedStream, RequestReceiver } from './stream.js';

const NOBODY: RequestReceiver = {
  received: () => undefined,
  receivedEnd: () => undefined,
  drained: () => undefined,
  abandoned: () => undefined,
};

const TOO_LARGE: HttpResponse = { status: 413, headers: { 'content-type': 'text/plain' }, body: 'request is too large\n' };

export function openRequest(stream: FramedStream, environment: CallEnvironment, http: HttpHandler): RequestReceiver {
  const { request } = stream.head;
  switch (request.kind) {
    case 'call': {
      const call = new Call(stream, request.method, request.timeout, environment);
      call.begin();
      return call;
    }
    case 'refused':
      stream.sendStatus(request.failure);
      return NOBODY;
    case 'http':
      return new HttpExchange(stream, environment.receiveBytesMax, http);
    default:
      return unreachable(request);
  }
}

class HttpExchange implements RequestReceiver {
  readonly #stream: FramedStream;
  readonly #bytesMax: number;
  readonly #handler: HttpHandler;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #open = true;

  constructor(stream: FramedStream, bytesMax: number, handler: HttpHandler) {
    this.#stream = stream;
    this.#bytesMax = bytesMax;
    this.#handler = handler;
  }

  received(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= this.#bytesMax) this.#parts.push(chunk);
    else this.#parts = [];
  }

  receivedEnd(): void {
    const { method, path, headers } = this.#stream.head;
    const respond = (response: HttpResponse): void => {
      if (this.#open) this.#stream.sendHttp(response);
      this.#open = false;
    };
    if (this.#bytes > this.#bytesMax) respond(TOO_LARGE);
    else this.#handler({ method, path, headers: fieldsOf(headers), body: concatBytes(this.#parts) }, respond);
  }

  drained(): void {}

  abandoned(): void {
    this.#open = false;
  }
}

function fieldsOf(headers: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at]!;
    if (name.startsWith(':')) continue;
    const earlier = fields[name];
    fields[name] = earlier === undefined ? headers[at + 1]! : `${earlier}, ${headers[at + 1]}`;
  }
  return fields;
}
