// HTTP/2 sessions on node:http2: turns streams into calls.
import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { unreachable } from '@reknit/base';
import { Call, type CallEnvironment } from '../call.js';
import type { MethodTable } from '../method-table.js';
import { RequestHead } from '../request-head.js';
import type { HttpHandler } from '../server.js';
import { serveHttp2Request } from './http.js';
import { StreamWire } from './stream-wire.js';

/** What one stream may send before it must wait: most messages fit, so that nobody waits for a window update. */
const STREAM_WINDOW_BYTES = 1024 * 1024;
/** The same for all streams of a connection. */
const SESSION_WINDOW_BYTES = 16 * 1024 * 1024;
/** etcd's default: clients are not held back, watchers need one stream each. */
const STREAMS_MAX = 0xffff_ffff;
/** In megabytes. Node counts buffered responses too, and ends sessions above it: slow watchers are bounded elsewhere. */
const SESSION_MEMORY_MAX_MB = 1024;

const END_STREAM_FLAG = 1;

export interface EngineOptions {
  readonly table: MethodTable;
  readonly environment: CallEnvironment;
  readonly http: HttpHandler;
}

/** What speaks HTTP/2 on accepted sockets. */
export interface Http2Engine {
  accept(socket: Socket): void;
  /** Tells all clients to go; open streams go on. */
  retire(): void;
}

export class NodeHttp2Engine implements Http2Engine {
  readonly #options: EngineOptions;
  readonly #server: Http2Server;
  readonly #sessions: Set<ServerHttp2Session> = new Set();

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#server = createServer({
      settings: { initialWindowSize: STREAM_WINDOW_BYTES, maxConcurrentStreams: STREAMS_MAX, enablePush: false },
      maxSessionMemory: SESSION_MEMORY_MAX_MB,
    });
    this.#server.on('session', (session) => this.#began(session));
    this.#server.on('sessionError', () => undefined);
    // The types know three arguments; the fourth, the headers as they came, is documented.
    this.#server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, rawHeaders: string[]) =>
      this.#serve(stream, headers, flags, rawHeaders),
    );
  }

  accept(socket: Socket): void {
    this.#server.emit('connection', socket);
  }

  retire(): void {
    for (const session of this.#sessions) session.close();
  }

  #began(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.once('connect', () => session.setLocalWindowSize(SESSION_WINDOW_BYTES));
    session.once('close', () => this.#sessions.delete(session));
  }

  #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, rawHeaders: readonly string[]): void {
    const { table, environment, http } = this.#options;
    const head = new RequestHead(rawHeaders, table);
    const { request } = head;
    switch (request.kind) {
      case 'http':
        serveHttp2Request(stream, { method: head.method, path: head.path, headers }, http, environment.receiveBytesMax);
        return;
      case 'refused':
        new StreamWire(stream, head, peerOf(stream)).sendStatus(request.failure);
        return;
      case 'call': {
        const wire = new StreamWire(stream, head, peerOf(stream));
        wire.attach(new Call(wire, request.method, request.timeout, environment));
        if ((flags & END_STREAM_FLAG) !== 0) stream.resume();
        return;
      }
      default:
        unreachable(request);
    }
  }
}

function peerOf(stream: ServerHttp2Stream): string {
  const socket = stream.session?.socket;
  return socket === undefined ? '' : `${socket.remoteAddress}:${socket.remotePort}`;
}
