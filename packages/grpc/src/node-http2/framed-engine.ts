// HTTP/2 sessions on our own framing over sockets: several times as fast as node:http2, because one read becomes one batch
// of calls, and all responses of a turn one write.
import type { Socket } from 'node:net';
import { FramedConnection } from '../framed/connection.js';
import { openRequest } from '../framed/requests.js';
import { RequestHead } from '../request-head.js';
import type { EngineOptions, Http2Engine } from './engine.js';

export class FramedEngine implements Http2Engine {
  readonly #options: EngineOptions;
  readonly #connections: Set<FramedConnection> = new Set();

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  accept(socket: Socket): void {
    const { table, environment, http } = this.#options;
    const connection = new FramedConnection({
      peer: `${socket.remoteAddress}:${socket.remotePort}`,
      interpret: (headers) => new RequestHead(headers, table),
      open: (stream) => openRequest(stream, environment, http),
      write: (chunks) => writeTo(socket, chunks),
      soon: (callback) => process.nextTick(callback),
      end: () => socket.end(),
    });
    this.#connections.add(connection);
    socket.on('data', (chunk) => connection.receive(chunk as Uint8Array));
    socket.on('drain', () => connection.drained());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#connections.delete(connection);
      connection.closed();
    });
  }

  retire(): void {
    for (const connection of this.#connections) connection.retire();
  }
}

function writeTo(socket: Socket, chunks: readonly Uint8Array[]): boolean {
  if (socket.destroyed || socket.writableEnded) return true;
  if (chunks.length === 1) return socket.write(chunks[0]!);
  socket.cork();
  for (const chunk of chunks) socket.write(chunk);
  socket.uncork();
  return !socket.writableNeedDrain;
}
