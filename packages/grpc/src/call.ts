// One call, between the stream of an HTTP/2 back end (its wire) and the service: splits and counts the request's messages,
// keeps the deadline, and sees to it that a call ends once. It is context and reply in one object, because a call per
// request makes every further object felt.
//
// What ends a call: the service's reply, a refusal (malformed, too large, deadline), or the client's going. After either
// of the last two the service's reply is dropped; after a reply a second one is a bug in the service.
import { assert, unreachable } from '@reknit/base';
import type { Deadline, Deadlines, Expiring } from './deadlines.js';
import { MessageReader, type MessageSink, wholeMessage } from './message-reader.js';
import {
  type CallContext,
  type Failure,
  type Method,
  type RequestStream,
  Status,
  type StreamReply,
  type UnaryReply,
} from './server.js';

/** What a call needs of its stream. After `sendStatus`, `sendUnary` or `abandoned` nothing more is asked of it. */
export interface CallWire {
  readonly authority: string;
  readonly peer: string;
  metadata(name: string): string | undefined;
  /** Headers, the message, trailers with status 0. */
  sendUnary(message: Uint8Array): void;
  /** The first goes after headers. False when the stream's buffer is full: `Call.drained` will be called. */
  sendMessage(message: Uint8Array): boolean;
  /** Trailers; on their own when nothing was sent before. Undefined: status 0. */
  sendStatus(failure: Failure | undefined): void;
}

/** What all calls of a server share. */
export interface CallEnvironment {
  readonly receiveBytesMax: number;
  readonly deadlines: Deadlines;
  callBegan(): void;
  callEnded(): void;
}

type Phase = 'open' | 'replied' | 'gone';

const CARDINALITY: Failure = { code: Status.unimplemented, message: 'a call of this method carries exactly one request message' };
const TRUNCATED: Failure = { code: Status.internal, message: 'the request ended within a message' };
const DEADLINE: Failure = { code: Status.deadlineExceeded, message: 'context deadline exceeded' };

const NO_REQUESTS: RequestStream = { onMessage: () => undefined, onEnd: () => undefined };

export class Call implements CallContext, UnaryReply, StreamReply, MessageSink, Expiring {
  readonly timeout: number | undefined;
  readonly #wire: CallWire;
  readonly #method: Method;
  readonly #environment: CallEnvironment;
  /** Made once a chunk is not one whole message: most calls never need it. */
  #reader: MessageReader | undefined;
  readonly #deadline: Deadline | undefined;
  #phase: Phase = 'open';
  /** Of methods that take one. */
  #request: Uint8Array | undefined;
  /** Of bidirectional methods. */
  #requests: RequestStream = NO_REQUESTS;
  #onCancel: (() => void) | undefined;
  #onDrain: (() => void) | undefined;

  /** @param timeout in milliseconds; the call expires by itself */
  constructor(wire: CallWire, method: Method, timeout: number | undefined, environment: CallEnvironment) {
    this.#wire = wire;
    this.#method = method;
    this.timeout = timeout;
    this.#environment = environment;
    this.#deadline = timeout === undefined ? undefined : environment.deadlines.set(this, timeout);
    environment.callBegan();
  }

  // From the wire.

  /** Once, before anything else. */
  begin(): void {
    if (this.#method.kind === 'bidirectional') this.#requests = this.#method.handle(this, this);
  }

  received(chunk: Uint8Array): void {
    if (this.#phase !== 'open') return;
    const { receiveBytesMax } = this.#environment;
    const message = this.#reader === undefined ? wholeMessage(chunk, receiveBytesMax) : undefined;
    if (message !== undefined) {
      this.onMessage(message);
      return;
    }
    this.#reader ??= new MessageReader(this, receiveBytesMax);
    this.#reader.push(chunk);
  }

  /** The client half-closed. */
  receivedEnd(): void {
    if (this.#phase !== 'open') return;
    if (this.#reader?.complete === false) this.#refuse(TRUNCATED);
    else if (this.#method.kind === 'bidirectional') this.#requests.onEnd();
    else if (this.#request === undefined) this.#refuse(CARDINALITY);
    else this.#dispatch(this.#request);
  }

  drained(): void {
    if (this.#phase === 'open') this.#onDrain?.();
  }

  /** The client cancelled or its connection is gone. Idempotent, and nothing happens after a reply. */
  abandoned(): void {
    if (this.#phase !== 'open') return;
    this.#phase = 'gone';
    this.#release();
    this.#tellService();
  }

  // From the reader and the deadline.

  get encoding(): string | undefined {
    return this.#wire.metadata('grpc-encoding');
  }

  onMessage(message: Uint8Array): boolean {
    if (this.#method.kind === 'bidirectional') this.#requests.onMessage(message);
    else if (this.#request === undefined) this.#request = message;
    else this.#refuse(CARDINALITY);
    return this.#phase === 'open';
  }

  onUnreadable(failure: Failure): void {
    this.#refuse(failure);
  }

  expire(): void {
    if (this.#phase === 'open') this.#refuse(DEADLINE);
  }

  // For the service.

  get open(): boolean {
    return this.#phase === 'open';
  }

  get authority(): string {
    return this.#wire.authority;
  }

  get peer(): string {
    return this.#wire.peer;
  }

  metadata(name: string): string | undefined {
    return this.#wire.metadata(name);
  }

  onCancel(callback: () => void): void {
    if (this.#phase === 'gone') callback();
    else this.#onCancel = callback;
  }

  onDrain(callback: () => void): void {
    this.#onDrain = callback;
  }

  ok(response: Uint8Array): void {
    if (!this.#endWithReply()) return;
    this.#wire.sendUnary(response);
  }

  send(response: Uint8Array): boolean {
    assert(this.#phase !== 'replied', 'a service sends nothing after the end of its reply');
    return this.#phase === 'open' && this.#wire.sendMessage(response);
  }

  end(): void {
    if (this.#endWithReply()) this.#wire.sendStatus(undefined);
  }

  fail(failure: Failure): void {
    if (this.#endWithReply()) this.#wire.sendStatus(failure);
  }

  #dispatch(request: Uint8Array): void {
    const method = this.#method;
    switch (method.kind) {
      case 'unary':
        method.handle(request, this, this);
        return;
      case 'server-stream':
        method.handle(request, this, this);
        return;
      case 'bidirectional':
        return;
      default:
        unreachable(method);
    }
  }

  /** False when the client no longer waits. */
  #endWithReply(): boolean {
    assert(this.#phase !== 'replied', 'a service replies once');
    if (this.#phase === 'gone') return false;
    this.#phase = 'replied';
    this.#release();
    return true;
  }

  /** The server ends the call without the service, which learns of it as of a cancellation. */
  #refuse(failure: Failure): void {
    this.#phase = 'gone';
    this.#wire.sendStatus(failure);
    this.#release();
    this.#tellService();
  }

  #tellService(): void {
    const callback = this.#onCancel;
    this.#onCancel = undefined;
    callback?.();
  }

  #release(): void {
    if (this.#deadline !== undefined) this.#environment.deadlines.clear(this.#deadline);
    this.#environment.callEnded();
  }
}
