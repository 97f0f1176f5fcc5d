// Calls over a socket. Everything that one read brings in is answered with one write.
import { connect, type Socket } from 'node:net';
import { Calls } from './calls.js';
import type { HeaderBlocks } from './request-headers.js';

const READ_BYTES = 64 * 1024;

export interface ConnectionEvents {
  /** @param now milliseconds, when the bytes that held the reply were read */
  readonly reply: (sentAt: number, bytes: number, now: number) => void;
  /** After each read, and once the server is ready: the moment to call again. */
  readonly turn: (now: number) => void;
  /** Once; what was in flight has no reply. */
  readonly closed: (cause: string) => void;
}

export class Connection {
  readonly calls: Calls;
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  #now = 0;
  #open = true;

  constructor(port: number, headers: HeaderBlocks, events: ConnectionEvents) {
    this.#events = events;
    this.calls = new Calls(headers, (sentAt, bytes) => events.reply(sentAt, bytes, this.#now));
    this.#socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: { buffer: Buffer.allocUnsafeSlow(READ_BYTES), callback: (count, buffer) => this.#read(buffer, count) },
    });
    this.#socket.once('connect', () => this.flush());
    this.#socket.once('error', (error) => this.#end(error.message));
    this.#socket.once('close', () => this.#end('the server closed the connection'));
  }

  get open(): boolean {
    return this.#open;
  }

  /** Sends what was called since. */
  flush(): void {
    const output = this.calls.takeOutput();
    if (output !== undefined && this.#open) this.#socket.write(output);
  }

  close(): void {
    this.#open = false;
    this.#socket.destroy();
  }

  #read(buffer: Uint8Array, count: number): boolean {
    this.#now = performance.now();
    try {
      this.calls.receive(buffer.subarray(0, count));
    } catch (error) {
      this.#end(error instanceof Error ? error.message : String(error));
      return false;
    }
    if (this.calls.ready) this.#events.turn(this.#now);
    this.flush();
    return true;
  }

  #end(cause: string): void {
    if (!this.#open) return;
    this.close();
    this.#events.closed(cause);
  }
}
