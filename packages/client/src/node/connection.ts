// One endpoint: connects when it is first needed and again after a loss. What waits for the connection is provably unsent;
// a call that was given a stream may have been seen, unless the server said that it refused the stream.
import type { ClientHttp2Session } from 'node:http2';
import type { CallOutcome, CallRequest, OpenStream, PendingCall, StreamHandlers, StreamRequest } from '../transport.js';
import { MessageStream } from './message-stream.js';
import { SessionPings } from './session-pings.js';
import { StreamCall } from './stream-call.js';
import { type Waiting, WaitingCall, WaitingStream } from './waiting.js';

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly session: ClientHttp2Session; readonly waiting: Set<Waiting> }
  | { readonly kind: 'ready'; readonly session: ClientHttp2Session };

const IDLE: State = { kind: 'idle' };

export class Connection {
  readonly #connect: () => ClientHttp2Session;
  readonly #connectTimeoutMs: number;
  #state: State = IDLE;
  /** Also those that the server retired: their calls and streams go on. */
  readonly #sessions: Map<ClientHttp2Session, SessionPings> = new Map();

  constructor(connect: () => ClientHttp2Session, connectTimeoutMs: number) {
    this.#connect = connect;
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  call(request: CallRequest, done: (outcome: CallOutcome) => void): PendingCall {
    const session = this.#readySession();
    if (session !== undefined) return this.#send(session, request, done);
    const queue = this.#queue();
    const call = new WaitingCall((on) => this.#send(on, request, done), done, queue);
    queue.add(call);
    return call;
  }

  stream(request: StreamRequest, handlers: StreamHandlers): OpenStream {
    const session = this.#readySession();
    if (session !== undefined) return this.#open(session, request, handlers);
    const queue = this.#queue();
    const stream = new WaitingStream((on) => this.#open(on, request, handlers), handlers, queue);
    queue.add(stream);
    return stream;
  }

  close(): void {
    for (const session of this.#sessions.keys()) session.destroy();
  }

  #readySession(): ClientHttp2Session | undefined {
    const state = this.#state;
    return state.kind === 'ready' && !state.session.closed && !state.session.destroyed ? state.session : undefined;
  }

  #queue(): Set<Waiting> {
    return this.#state.kind === 'connecting' ? this.#state.waiting : this.#begin();
  }

  #begin(): Set<Waiting> {
    const session = this.#connect();
    const waiting = new Set<Waiting>();
    this.#state = { kind: 'connecting', session, waiting };
    this.#sessions.set(session, new SessionPings(session));
    let cause = 'the connection was closed';
    const timer = setTimeout(() => session.destroy(new Error('no connection in time')), this.#connectTimeoutMs);
    session.on('error', (error: NodeJS.ErrnoException) => {
      cause = error.code === 'ECONNREFUSED' ? 'connection refused' : error.message;
    });
    session.once('connect', () => {
      clearTimeout(timer);
      // Node tells of a connection even to who was closed while it was made.
      if (!session.destroyed) this.#connected(session, waiting);
    });
    session.once('goaway', () => this.#forget(session));
    session.once('close', () => {
      clearTimeout(timer);
      this.#sessions.delete(session);
      this.#forget(session);
      for (const one of waiting) one.fail(cause);
    });
    return waiting;
  }

  #connected(session: ClientHttp2Session, waiting: Set<Waiting>): void {
    this.#state = { kind: 'ready', session };
    for (const one of waiting) one.proceed(session);
    waiting.clear();
  }

  #forget(session: ClientHttp2Session): void {
    if (this.#state.kind !== 'idle' && this.#state.session === session) this.#state = IDLE;
  }

  #send(session: ClientHttp2Session, request: CallRequest, done: (outcome: CallOutcome) => void): PendingCall {
    return new StreamCall(session, request, done, () => this.#sessions.get(session)?.ping());
  }

  #open(session: ClientHttp2Session, request: StreamRequest, handlers: StreamHandlers): OpenStream {
    const pings = this.#sessions.get(session);
    pings?.streamOpened();
    return new MessageStream(session, request, handlers, () => pings?.streamClosed());
  }
}
