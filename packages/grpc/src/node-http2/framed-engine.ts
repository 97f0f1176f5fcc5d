// HTTP/2 sessions on our own framing over sockets: several times as fast as node:http2, because one read becomes one batch
// of calls, and all responses of a turn one write.
import type { Socket } from 'node:net';
import { Backlog } from '../framed/backlog.js';
import { FramedConnection } from '../framed/connection.js';
import { openRequest } from '../framed/requests.js';
import { RequestHead } from '../request-head.js';
import type { EngineOptions, Http2Engine } from './engine.js';

/** Above Node's own high-water mark, so that 'drain' follows; large enough not to stop at every batch. */
const UNSENT_BYTES_MAX = 256 * 1024;

export class FramedEngine implements Http2Engine {
  readonly #options: EngineOptions;
  readonly #connections: Set<FramedConnection> = new Set();
  readonly #backlog: Backlog = Backlog.ofServer();

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  accept(socket: Socket): void {
    const { table, environment, http } = this.#options;
    const connection = new FramedConnection({
      backlog: this.#backlog,
      peer: `${socket.remoteAddress}:${socket.remotePort}`,
      interpret: (headers) => new RequestHead(headers, table),
      open: (stream) => openRequest(stream, environment, http),
      write: (chunks) => writeTo(socket, chunks),
      soon: (callback) => process.nextTick(callback),
      end: () => socket.end(),
    });
    this.#connections.add(connection);
    socket.on('data', (chunk) => connection.receive(chunk as Uint8Array));
    socket.on('drain', () => {
      socket.resume();
      connection.drained();
    });
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

/**
 * False when the client reads too slowly. Then nothing more is read from it either, so that one who only asks and never
 * takes the answers fills its own buffers, not ours.
 */
function writeTo(socket: Socket, chunks: readonly Uint8Array[]): boolean {
  if (socket.destroyed || socket.writableEnded) return true;
  if (chunks.length > 1) socket.cork();
  for (const chunk of chunks) socket.write(chunk);
  if (chunks.length > 1) socket.uncork();
  if (socket.writableLength <= UNSENT_BYTES_MAX) return true;
  socket.pause();
  return false;
}
