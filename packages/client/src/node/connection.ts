// One endpoint: connects when it is first needed and again after a loss. A call that waits for the connection is provably
// unsent; one that was given a stream may have been seen, unless the server said that it refused the stream.
import type { ClientHttp2Session } from 'node:http2';
import type { CallOutcome, CallRequest, PendingCall } from '../transport.js';
import { StreamCall } from './stream-call.js';

/** A call went unanswered: if the server does not answer a ping within this either, the connection is given up. */
const PING_TIMEOUT_MS = 2000;

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly session: ClientHttp2Session; readonly waiting: Set<WaitingCall> }
  | { readonly kind: 'ready'; readonly session: ClientHttp2Session; pinging: boolean };

const IDLE: State = { kind: 'idle' };

export class Connection {
  readonly #connect: () => ClientHttp2Session;
  readonly #connectTimeoutMs: number;
  #state: State = IDLE;

  constructor(connect: () => ClientHttp2Session, connectTimeoutMs: number) {
    this.#connect = connect;
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  call(request: CallRequest, done: (outcome: CallOutcome) => void): PendingCall {
    const state = this.#state;
    if (state.kind === 'ready' && !state.session.closed && !state.session.destroyed) {
      return this.#send(state.session, request, done);
    }
    const waiting = state.kind === 'connecting' ? state.waiting : this.#begin();
    const call = new WaitingCall(request, done, waiting);
    waiting.add(call);
    return call;
  }

  close(): void {
    if (this.#state.kind !== 'idle') this.#state.session.destroy();
  }

  #begin(): Set<WaitingCall> {
    const session = this.#connect();
    const waiting = new Set<WaitingCall>();
    this.#state = { kind: 'connecting', session, waiting };
    let cause = 'the connection was closed';
    const timer = setTimeout(() => session.destroy(new Error('no connection in time')), this.#connectTimeoutMs);
    session.on('error', (error: NodeJS.ErrnoException) => {
      cause = error.code === 'ECONNREFUSED' ? 'connection refused' : error.message;
    });
    session.once('connect', () => {
      clearTimeout(timer);
      this.#connected(session, waiting);
    });
    session.once('goaway', () => this.#forget(session));
    session.once('close', () => {
      clearTimeout(timer);
      this.#forget(session);
      for (const call of waiting) call.fail(cause);
    });
    return waiting;
  }

  #connected(session: ClientHttp2Session, waiting: Set<WaitingCall>): void {
    this.#state = { kind: 'ready', session, pinging: false };
    for (const call of waiting) call.sendOn((request, done) => this.#send(session, request, done));
    waiting.clear();
  }

  #forget(session: ClientHttp2Session): void {
    if (this.#state.kind !== 'idle' && this.#state.session === session) this.#state = IDLE;
  }

  #send(session: ClientHttp2Session, request: CallRequest, done: (outcome: CallOutcome) => void): PendingCall {
    return new StreamCall(session, request, done, () => this.#suspect(session));
  }

  /** A half-open connection looks alive for many minutes; a ping tells. */
  #suspect(session: ClientHttp2Session): void {
    const state = this.#state;
    if (state.kind !== 'ready' || state.session !== session || state.pinging || session.destroyed) return;
    state.pinging = true;
    const timer = setTimeout(() => session.destroy(), PING_TIMEOUT_MS);
    session.once('close', () => clearTimeout(timer));
    session.ping(() => {
      clearTimeout(timer);
      state.pinging = false;
    });
  }
}

/** Before the connection stands. */
class WaitingCall implements PendingCall {
  readonly #request: CallRequest;
  readonly #done: (outcome: CallOutcome) => void;
  readonly #queue: Set<WaitingCall>;
  #sent: PendingCall | undefined;

  constructor(request: CallRequest, done: (outcome: CallOutcome) => void, queue: Set<WaitingCall>) {
    this.#request = request;
    this.#done = done;
    this.#queue = queue;
  }

  sendOn(send: (request: CallRequest, done: (outcome: CallOutcome) => void) => PendingCall): void {
    this.#sent = send(this.#request, this.#done);
  }

  fail(cause: string): void {
    this.#done({ kind: 'unsent', cause });
  }

  cancel(reason: 'expired' | 'aborted'): 'unsent' | 'sent' {
    if (this.#sent !== undefined) return this.#sent.cancel(reason);
    this.#queue.delete(this);
    return 'unsent';
  }
}
