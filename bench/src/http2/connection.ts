// The socket under one side of a protocol. Everything that one read brings in is answered with one write.
import { connect, type Socket } from 'node:net';
import { Calls } from './calls.js';
import type { HeaderBlocks } from './request-headers.js';

const READ_BYTES = 64 * 1024;

/** What a connection carries: bytes in, bytes out. */
export interface Protocol {
  /** It may be used. */
  readonly ready: boolean;
  readonly receive: (chunk: Uint8Array) => void;
  readonly takeOutput: () => Uint8Array | undefined;
}

export interface LinkEvents {
  /** After each read, and once the server is ready: the moment to call again. */
  readonly turn: (now: number) => void;
  /** Once; what was in flight has no reply. */
  readonly closed: (cause: string) => void;
}

export interface ConnectionEvents extends LinkEvents {
  /** @param now milliseconds, when the bytes that held the reply were read */
  readonly reply: (sentAt: number, bytes: number, now: number) => void;
}

export class Link<P extends Protocol> {
  readonly protocol: P;
  readonly #socket: Socket;
  readonly #events: LinkEvents;
  #now = 0;
  #open = true;

  constructor(port: number, protocol: P, events: LinkEvents) {
    this.protocol = protocol;
    this.#events = events;
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

  /** Milliseconds, when what is being received was read. */
  get now(): number {
    return this.#now;
  }

  /** Sends what was called since. */
  flush(): void {
    const output = this.protocol.takeOutput();
    if (output !== undefined && this.#open) this.#socket.write(output);
  }

  close(): void {
    this.#open = false;
    this.#socket.destroy();
  }

  #read(buffer: Uint8Array, count: number): boolean {
    this.#now = performance.now();
    try {
      this.protocol.receive(buffer.subarray(0, count));
    } catch (error) {
      this.#end(error instanceof Error ? error.message : String(error));
      return false;
    }
    if (this.protocol.ready) this.#events.turn(this.#now);
    this.flush();
    return true;
  }

  #end(cause: string): void {
    if (!this.#open) return;
    this.close();
    this.#events.closed(cause);
  }
}

/** Unary calls of one method. */
export class Connection extends Link<Calls> {
  constructor(port: number, headers: HeaderBlocks, events: ConnectionEvents) {
    super(port, new Calls(headers, (sentAt, bytes) => events.reply(sentAt, bytes, this.now)), events);
  }

  get calls(): Calls {
    return this.protocol;
  }
}
