// What was asked of a connection that does not stand yet.
import type { ClientHttp2Session } from 'node:http2';
import type { CallOutcome, OpenStream, PendingCall, StreamHandlers } from '../transport.js';

export interface Waiting {
  proceed(session: ClientHttp2Session): void;
  fail(cause: string): void;
}

export class WaitingCall implements PendingCall, Waiting {
  readonly #send: (session: ClientHttp2Session) => PendingCall;
  readonly #done: (outcome: CallOutcome) => void;
  readonly #queue: Set<Waiting>;
  #sent: PendingCall | undefined;

  constructor(send: (session: ClientHttp2Session) => PendingCall, done: (outcome: CallOutcome) => void, queue: Set<Waiting>) {
    this.#send = send;
    this.#done = done;
    this.#queue = queue;
  }

  proceed(session: ClientHttp2Session): void {
    this.#sent = this.#send(session);
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

type Phase =
  | { readonly kind: 'waiting'; readonly messages: Uint8Array[]; paused: boolean }
  | { readonly kind: 'open'; readonly stream: OpenStream };

export class WaitingStream implements OpenStream, Waiting {
  readonly #open: (session: ClientHttp2Session) => OpenStream;
  readonly #handlers: StreamHandlers;
  readonly #queue: Set<Waiting>;
  #phase: Phase = { kind: 'waiting', messages: [], paused: false };

  constructor(open: (session: ClientHttp2Session) => OpenStream, handlers: StreamHandlers, queue: Set<Waiting>) {
    this.#open = open;
    this.#handlers = handlers;
    this.#queue = queue;
  }

  proceed(session: ClientHttp2Session): void {
    const phase = this.#phase;
    const stream = this.#open(session);
    this.#phase = { kind: 'open', stream };
    if (phase.kind === 'open') return;
    for (const message of phase.messages) stream.send(message);
    if (phase.paused) stream.pause();
  }

  fail(cause: string): void {
    this.#handlers.onEnd({ kind: 'unsent', cause });
  }

  send(message: Uint8Array): void {
    if (this.#phase.kind === 'open') this.#phase.stream.send(message);
    else this.#phase.messages.push(message);
  }

  pause(): void {
    if (this.#phase.kind === 'open') this.#phase.stream.pause();
    else this.#phase.paused = true;
  }

  resume(): void {
    if (this.#phase.kind === 'open') this.#phase.stream.resume();
    else this.#phase.paused = false;
  }

  cancel(): void {
    if (this.#phase.kind === 'open') this.#phase.stream.cancel();
    else this.#queue.delete(this);
  }
}
