// A world in which nothing happens by itself: the test answers calls, speaks on streams and lets time pass.
import type {
  CallOutcome,
  CallRequest,
  OpenStream,
  PendingCall,
  StreamEnd,
  StreamHandlers,
  StreamRequest,
  Timer,
  Transport,
} from '../src/index.js';

export class ScriptedCall implements PendingCall {
  readonly request: CallRequest;
  readonly sentAt: number;
  readonly answer: (outcome: CallOutcome) => void;
  cancelled: 'expired' | 'aborted' | undefined;
  answered = false;

  constructor(request: CallRequest, sentAt: number, answer: (outcome: CallOutcome) => void) {
    this.request = request;
    this.sentAt = sentAt;
    this.answer = answer;
  }

  get pending(): boolean {
    return !this.answered && this.cancelled === undefined;
  }

  cancel(reason: 'expired' | 'aborted'): 'sent' {
    this.cancelled = reason;
    return 'sent';
  }
}

export class ScriptedStream implements OpenStream {
  readonly request: StreamRequest;
  readonly sent: Uint8Array[] = [];
  readonly #handlers: StreamHandlers;
  paused = false;
  cancelled = false;
  ended = false;

  constructor(request: StreamRequest, handlers: StreamHandlers) {
    this.request = request;
    this.#handlers = handlers;
  }

  send(message: Uint8Array): void {
    this.sent.push(message);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  cancel(): void {
    this.cancelled = true;
  }

  say(message: Uint8Array): void {
    if (!this.cancelled && !this.ended) this.#handlers.onMessage(message);
  }

  end(end: StreamEnd = { kind: 'lost', cause: 'connection reset' }): void {
    if (this.cancelled || this.ended) return;
    this.ended = true;
    this.#handlers.onEnd(end);
  }
}

interface ScriptedTimer {
  readonly due: number;
  readonly callback: () => void;
}

export class ScriptedTransport implements Transport {
  readonly calls: ScriptedCall[] = [];
  readonly streams: ScriptedStream[] = [];
  readonly #timers: Set<ScriptedTimer> = new Set();
  #now = 1000;

  call(request: CallRequest, done: (outcome: CallOutcome) => void): PendingCall {
    const call = new ScriptedCall(request, this.#now, (outcome) => {
      if (!call.pending) return;
      call.answered = true;
      done(outcome);
    });
    this.calls.push(call);
    return call;
  }

  stream(request: StreamRequest, handlers: StreamHandlers): OpenStream {
    const stream = new ScriptedStream(request, handlers);
    this.streams.push(stream);
    return stream;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { due: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  close(): void {
    for (const call of this.calls) call.answer({ kind: 'lost', cause: 'closed' });
    for (const stream of this.streams) stream.end({ kind: 'lost', cause: 'closed' });
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Everything that is due by then happens, in order, with what follows from it. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settled();
      const next = [...this.#timers].sort((left, right) => left.due - right.due)[0];
      if (next === undefined || next.due > until) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.due);
      next.callback();
    }
    this.#now = until;
    await settled();
  }

  /** As a process that was stopped for so long: all timers come late, at once. */
  async freeze(ms: number): Promise<void> {
    this.#now += ms;
    await this.pass(0);
  }
}

/** All that follows from what has happened has happened. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const ok = (message: Uint8Array): CallOutcome => ({ kind: 'response', message });
