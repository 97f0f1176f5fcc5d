// Plain HTTP on the gRPC port: whole requests in, whole responses out, over HTTP/1 and for HTTP/2 requests that are not gRPC.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Readable } from 'node:stream';
import type { HttpHandler, HttpResponse } from '../server.js';

const TOO_LARGE: HttpResponse = { status: 413, headers: { 'content-type': 'text/plain' }, body: 'request is too large\n' };

export function createHttp1Server(handler: HttpHandler, bodyBytesMax: number): Server {
  return createServer((request, response) => {
    gather(request, bodyBytesMax, (body) => {
      const respond = (answer: HttpResponse): void => respondHttp1(response, answer);
      if (body === undefined) respond(TOO_LARGE);
      else handler({ method: request.method ?? 'GET', path: request.url ?? '/', headers: singleValues(request), body }, respond);
    });
  });
}

export interface Http2Request {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export function serveHttp2Request(
  stream: ServerHttp2Stream,
  request: Http2Request,
  handler: HttpHandler,
  bodyBytesMax: number,
): void {
  gather(stream, bodyBytesMax, (body) => {
    const respond = (answer: HttpResponse): void => respondHttp2(stream, answer);
    if (body === undefined) respond(TOO_LARGE);
    else handler({ ...request, headers: singleValues(request), body }, respond);
  });
}

/** Undefined when the body exceeds the limit; not called for one that breaks off. */
function gather(source: Readable, bytesMax: number, done: (body: Uint8Array | undefined) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  source.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= bytesMax) chunks.push(chunk);
    else chunks.length = 0;
  });
  source.on('end', () => done(length > bytesMax ? undefined : Buffer.concat(chunks)));
  source.on('error', () => undefined);
}

function singleValues({ headers }: Pick<IncomingMessage, 'headers'>): Record<string, string | undefined> {
  const entries = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
  return Object.fromEntries(entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]));
}

function respondHttp1(response: ServerResponse, { status, headers, body }: HttpResponse): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

function respondHttp2(stream: ServerHttp2Stream, { status, headers, body }: HttpResponse): void {
  if (stream.headersSent || stream.destroyed || stream.closed) return;
  const lowerCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  stream.respond({ ...lowerCase, ':status': status });
  stream.end(body);
}
