// One session over one socket. Frames sent within a turn of the event loop leave in one system call: small batches are
// copied into one buffer, large ones go out as a vector. `onClose` comes exactly once, from an event of the socket,
// never from within a call. A killed peer is noticed at once, because its kernel ends the connection.
import type { Socket } from 'node:net';
import { assert } from '@reknit/base';
import { formatAddress } from '../address.js';
import { type CloseReason, MAX_FRAME_BYTES, type Session, type SessionHandlers } from '../network.js';
import { FrameReader, type FrameSink, frameHeader } from './frame-codec.js';

/** Copying up to this size costs less than what the kernel and Node spend on a vector of many parts. */
const COPY_BYTES_MAX = 64 * 1024;
/** How long the socket of a session that was closed here waits for the other end; a stopped peer would hold it for ever. */
const LINGER_MS_MAX = 1_000;

export type SocketState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  | { readonly kind: 'closing'; readonly reason: CloseReason }
  | { readonly kind: 'closed' };

const CONNECTING: SocketState = { kind: 'connecting' };
const OPEN: SocketState = { kind: 'open' };
const CLOSED: SocketState = { kind: 'closed' };

export class SocketSession implements Session, FrameSink {
  readonly remoteAddress: string;
  readonly #socket: Socket;
  readonly #reader: FrameReader = new FrameReader(this);
  #handlers: SessionHandlers | undefined;
  #state: SocketState;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(socket: Socket, remoteAddress: string, state: 'connecting' | 'open') {
    this.#socket = socket;
    this.remoteAddress = remoteAddress;
    this.#state = state === 'open' ? OPEN : CONNECTING;
    socket.on('data', (chunk: Uint8Array) => this.#read(chunk));
    socket.on('end', () => this.abandon('ended'));
    socket.on('error', (error) => this.abandon(closeReason(error, this.#state)));
    socket.on('close', () => this.#finish());
  }

  /** Once, before the first event. */
  attach(handlers: SessionHandlers): void {
    this.#handlers = handlers;
  }

  get bufferedBytes(): number {
    return this.#pendingBytes + this.#socket.writableLength;
  }

  get receiving(): boolean {
    return this.#state.kind === 'open';
  }

  onFrame(frame: Uint8Array): void {
    this.#handlers?.onFrame(frame);
  }

  send(chunks: readonly Uint8Array[]): void {
    if (this.#state.kind === 'closing' || this.#state.kind === 'closed') return;
    let length = 0;
    for (const chunk of chunks) length += chunk.length;
    assert(length <= MAX_FRAME_BYTES, 'a frame is not larger than MAX_FRAME_BYTES', () => length);
    const header = frameHeader(chunks, length);
    if (this.#pendingBytes === 0) process.nextTick(flushLater, this);
    this.#pending.push(header);
    for (const chunk of chunks) this.#pending.push(chunk);
    this.#pendingBytes += header.length + length;
  }

  close(): void {
    if (this.#state.kind === 'closing' || this.#state.kind === 'closed') return;
    if (this.#state.kind === 'open') this.#endGently();
    else this.#socket.destroy();
    this.#state = CLOSED;
    process.nextTick(() => this.#handlers?.onClose('closed-here'));
  }

  opened(): void {
    if (this.#state.kind !== 'connecting') return;
    this.#state = OPEN;
    this.#handlers?.onOpen?.();
  }

  /** Ends the session without waiting for anything; the first reason counts. */
  abandon(reason: CloseReason): void {
    if (this.#state.kind === 'connecting' || this.#state.kind === 'open') this.#state = { kind: 'closing', reason };
    this.#socket.destroy();
  }

  /** The end of a turn comes too late for nothing: what has left by then is not there any more. */
  flush(): void {
    const chunks = this.#pending;
    const bytes = this.#pendingBytes;
    if (bytes === 0) return;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (this.#socket.destroyed) return;
    if (bytes <= COPY_BYTES_MAX) this.#socket.write(Buffer.concat(chunks, bytes));
    else this.#writeVector(chunks);
  }

  #writeVector(chunks: readonly Uint8Array[]): void {
    this.#socket.cork();
    for (const chunk of chunks) this.#socket.write(chunk);
    this.#socket.uncork();
  }

  /**
   * The socket stays until the other end has closed too: to close it with input unread would reset the connection, and
   * the last frames with it.
   */
  #endGently(): void {
    this.flush();
    this.#socket.end();
    const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS_MAX);
    timer.unref();
    this.#socket.once('close', () => clearTimeout(timer));
  }

  #read(chunk: Uint8Array): void {
    if (this.#state.kind === 'open' && !this.#reader.push(chunk)) this.abandon('malformed');
  }

  #finish(): void {
    if (this.#state.kind === 'closed') return;
    const reason = this.#state.kind === 'closing' ? this.#state.reason : 'ended';
    this.#state = CLOSED;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#handlers?.onClose(reason);
  }
}

const flushLater = (session: SocketSession): void => session.flush();

/** ENOENT is a socket path without a socket: nobody listens there either. */
const REFUSED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT']);
const ENDED: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

function closeReason(error: Error, state: SocketState): CloseReason {
  const code = 'code' in error ? String(error.code) : '';
  if (state.kind === 'connecting') return REFUSED.has(code) ? 'refused' : 'failed';
  return ENDED.has(code) ? 'ended' : 'failed';
}

export function remoteAddressOf(socket: Socket): string {
  return socket.remoteAddress === undefined ? 'unix:' : formatAddress(socket.remoteAddress, socket.remotePort);
}
