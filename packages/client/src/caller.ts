// Sends a call until it has an answer, its time is up, or repeating it could do harm. A read may be repeated after any
// failure that another member or another moment may not have; a write only when the last attempt provably reached nobody,
// unless doing it twice is the same as doing it once.
import { unreachable } from '@reknit/base';
import { type Balance, Endpoints } from './endpoints.js';
import { abortedError, Code, closedError, EtcdError, type FailedOutcome, isIndefinite } from './errors.js';
import type { CallOutcome, OpenStream, StreamHandlers, Timer, Transport } from './transport.js';

export interface CallOptions {
  /** Only this endpoint, and one attempt. */
  readonly endpoint?: string | undefined;
  /** Over all attempts. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Operation {
  readonly path: string;
  readonly effect: 'read' | 'write' | 'idempotent-write';
}

export interface CallerOptions {
  readonly endpoints: readonly string[];
  readonly balance: Balance;
  readonly metadata: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly retry: 'reads' | 'none';
  readonly transport: Transport;
}

export interface Exchange {
  /** The response. */
  readonly message: Uint8Array;
  /** When the attempt began that was answered: the server acted no earlier. */
  readonly sentAt: number;
}

/** Beside the transport's outcomes: what the client ended itself. */
type Attempt = CallOutcome | { readonly kind: 'ended'; readonly why: 'expired' | 'aborted'; readonly reached: 'unsent' | 'sent' };

/** A quorum read across a slow network still fits. */
const ATTEMPT_MS_MIN = 200;

export class Caller {
  readonly #options: CallerOptions;
  readonly #endpoints: Endpoints;
  readonly #closing: Set<() => void> = new Set();
  #closed = false;

  constructor(options: CallerOptions) {
    this.#options = options;
    this.#endpoints = new Endpoints(options.endpoints, options.balance);
  }

  async call(operation: Operation, message: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    return (await this.exchange(operation, message, options)).message;
  }

  async exchange(operation: Operation, message: Uint8Array, options: CallOptions): Promise<Exchange> {
    const { transport, timeoutMs } = this.#options;
    const deadline = transport.now() + (options.timeoutMs ?? timeoutMs);
    let endpoint = options.endpoint ?? this.#endpoints.pick(transport.now()).endpoint;
    let reached = false;
    for (;;) {
      const sentAt = transport.now();
      const attempt = await this.#attempt(endpoint, operation, message, deadline, options);
      this.#learn(endpoint, attempt);
      if (attempt.kind === 'response') return { message: attempt.message, sentAt };
      reached ||= mayHaveReached(attempt);
      const next = this.#mayRepeat(operation, attempt, options) ? this.#endpoints.pick(transport.now()) : undefined;
      if (next === undefined || transport.now() + next.waitMs >= deadline) {
        throw this.#closed && !reached ? closedError() : failure(endpoint, attempt, reached && operation.effect !== 'read');
      }
      if (next.waitMs > 0) await this.#sleep(next.waitMs);
      endpoint = next.endpoint;
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  now(): number {
    return this.#options.transport.now();
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#options.transport.after(delayMs, callback);
  }

  /** Where to open the next stream, and how long to wait before. */
  nextEndpoint(): { readonly endpoint: string; readonly waitMs: number } {
    return this.#endpoints.pick(this.now());
  }

  /** The opener says how it went: `succeeded` or `failed`. */
  stream(endpoint: string, path: string, metadata: Readonly<Record<string, string>>, handlers: StreamHandlers): OpenStream {
    return this.#options.transport.stream({ endpoint, path, metadata: { ...this.#options.metadata, ...metadata } }, handlers);
  }

  succeeded(endpoint: string): void {
    this.#endpoints.succeeded(endpoint);
  }

  failed(endpoint: string): void {
    this.#endpoints.failed(endpoint, this.now());
  }

  /** @returns what forgets it */
  onClose(callback: () => void): () => void {
    this.#closing.add(callback);
    return () => this.#closing.delete(callback);
  }

  close(): void {
    this.#closed = true;
    for (const callback of this.#closing) callback();
    this.#closing.clear();
    this.#options.transport.close();
  }

  #attempt(
    endpoint: string,
    operation: Operation,
    message: Uint8Array,
    deadline: number,
    { signal, endpoint: pinned }: CallOptions,
  ): Promise<Attempt> {
    const { transport, metadata } = this.#options;
    if (this.#closed) return Promise.resolve({ kind: 'unsent', cause: 'the client is closed' });
    if (signal?.aborted) return Promise.resolve({ kind: 'ended', why: 'aborted', reached: 'unsent' });
    const timeoutMs = this.#attemptTimeout(operation, Math.max(deadline - transport.now(), 0), pinned);
    return new Promise((resolve) => {
      const settle = (attempt: Attempt): void => {
        timer.cancel();
        signal?.removeEventListener('abort', abort);
        resolve(attempt);
      };
      const end = (why: 'expired' | 'aborted'): void => settle({ kind: 'ended', why, reached: pending.cancel(why) });
      const abort = (): void => end('aborted');
      const pending = transport.call({ endpoint, path: operation.path, message, metadata, timeoutMs }, settle);
      const timer = transport.after(timeoutMs, () => end('expired'));
      signal?.addEventListener('abort', abort);
    });
  }

  /** A member that hangs gives no sign, so a call that could go elsewhere spends only half of its time on one. */
  #attemptTimeout({ effect }: Operation, remainingMs: number, pinned: string | undefined): number {
    const elsewhere = effect !== 'write' && pinned === undefined && this.#options.retry === 'reads';
    if (!elsewhere || this.#options.endpoints.length === 1) return remainingMs;
    return Math.min(remainingMs, Math.max(remainingMs / 2, ATTEMPT_MS_MIN));
  }

  #learn(endpoint: string, attempt: Attempt): void {
    if (isEndpointFault(attempt)) this.#endpoints.failed(endpoint, this.#options.transport.now());
    else if (attempt.kind !== 'ended') this.#endpoints.succeeded(endpoint);
  }

  #mayRepeat({ effect }: Operation, attempt: Attempt, { endpoint }: CallOptions): boolean {
    if (this.#closed || endpoint !== undefined || this.#options.retry === 'none') return false;
    if (attempt.kind === 'unsent') return true;
    return effect !== 'write' && isEndpointFault(attempt);
  }

  #sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#options.transport.after(delayMs, resolve);
    });
  }
}

/** Another member may do better. */
const isEndpointFault = (attempt: Attempt): boolean =>
  attempt.kind === 'unsent' ||
  attempt.kind === 'lost' ||
  (attempt.kind === 'status' && attempt.code === Code.unavailable) ||
  (attempt.kind === 'ended' && attempt.why === 'expired');

/** Also by a refusal whose code says nothing. */
const mayHaveReached = (attempt: Attempt): boolean =>
  attempt.kind === 'lost' ||
  (attempt.kind === 'status' && isIndefinite(attempt.code)) ||
  (attempt.kind === 'ended' && attempt.reached === 'sent');

/** @param effect whether this or an earlier attempt may have had one */
function failure(endpoint: string, attempt: Exclude<Attempt, { kind: 'response' }>, effect: boolean): EtcdError {
  const outcome: FailedOutcome = effect ? 'unknown' : 'refused';
  switch (attempt.kind) {
    case 'status':
      return new EtcdError(attempt.code, attempt.message, outcome);
    case 'unsent':
    case 'lost':
      return new EtcdError(Code.unavailable, `${endpoint}: ${attempt.cause}`, outcome, 'unreachable');
    case 'ended':
      if (attempt.why === 'aborted') return abortedError(outcome);
      return new EtcdError(Code.deadlineExceeded, `${endpoint}: no answer in time`, outcome, 'timeout');
    default:
      return unreachable(attempt);
  }
}
