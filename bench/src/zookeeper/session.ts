// One session with a ZooKeeper server, without a socket: requests are pipelined, replies come in their order. A read can have a
// `sync` before it, which is what makes it linearizable.

import type { OnReply } from '../http2/calls.js';
import { writeU32 } from '../http2/frames.js';
import { Output } from '../http2/output.js';
import type { RequestCalls } from '../load/calls-of.js';
import { connectRequest, PacketReader, REPLY_HEADER_BYTES, readInt } from './jute.js';

/** The server ends a session that says nothing for so long. The load is never silent, and ends before. */
const SESSION_TIMEOUT_MS = 30_000;
const HEAD_BYTES = 8;
/** Far above what is ever in flight; a power of two. */
const SLOTS = 1 << 16;
const ERROR_AT = 12;

export class Session implements RequestCalls {
  readonly #onReply: OnReply;
  readonly #prelude: Uint8Array | undefined;
  readonly #output: Output = new Output();
  readonly #packets: PacketReader = new PacketReader((view) => this.#packet(view));
  readonly #sentAt: Float64Array = new Float64Array(SLOTS);
  #ready = false;
  #sent = 0;
  #answered = 0;
  #preludeFailed = false;

  /** @param prelude a request that goes before each; its reply is not reported, its failure is the call's */
  constructor(onReply: OnReply, prelude?: Uint8Array) {
    this.#onReply = onReply;
    this.#prelude = prelude;
    this.#output.append(connectRequest(SESSION_TIMEOUT_MS));
  }

  get ready(): boolean {
    return this.#ready;
  }

  get inFlight(): number {
    return this.#sent - this.#answered;
  }

  get streamsMax(): number {
    return SLOTS - 1;
  }

  mayCall(): boolean {
    return this.#ready && this.inFlight < SLOTS - 1;
  }

  /** @param message a request of `jute.ts`; copied */
  call(message: Uint8Array, now: number): void {
    if (this.#prelude !== undefined) this.#write(this.#prelude, 1);
    this.#write(message, 2);
    this.#sentAt[this.#sent++ & (SLOTS - 1)] = now;
  }

  takeOutput(): Uint8Array | undefined {
    return this.#output.take();
  }

  receive(chunk: Uint8Array): void {
    this.#packets.feed(chunk);
  }

  /** The xid tells preludes (odd) from calls (even); its value is else of no use, as replies come in order. */
  #write(message: Uint8Array, xid: number): void {
    const at = this.#output.reserve(HEAD_BYTES + message.length);
    const { slab } = this.#output;
    writeU32(slab, at, message.length + 4);
    writeU32(slab, at + 4, xid);
    slab.set(message, at + HEAD_BYTES);
  }

  #packet(view: Uint8Array): void {
    if (!this.#ready) {
      this.#ready = true;
      return;
    }
    const failed = readInt(view, ERROR_AT) !== 0;
    if (readInt(view, 0) === 1) {
      this.#preludeFailed ||= failed;
      return;
    }
    const bytes = failed || this.#preludeFailed ? 0 : view.length - REPLY_HEADER_BYTES;
    this.#preludeFailed = false;
    this.#onReply(this.#sentAt[this.#answered++ & (SLOTS - 1)]!, bytes);
  }
}
