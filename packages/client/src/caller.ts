// Sends a call until it has an answer, its time is up, or repeating it could do harm. A read may be repeated after any
// failure that another member or another moment may not have; a write only when the last attempt provably reached nobody.
import { unreachable } from '@reknit/base';
import { type Balance, Endpoints } from './endpoints.js';
import { Code, EtcdError, isIndefinite } from './errors.js';
import type { CallOutcome, Transport } from './transport.js';

export interface CallOptions {
  /** Only this endpoint, and one attempt. */
  readonly endpoint?: string | undefined;
  /** Over all attempts. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Operation {
  readonly path: string;
  readonly effect: 'read' | 'write';
}

export interface CallerOptions {
  readonly endpoints: readonly string[];
  readonly balance: Balance;
  readonly metadata: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly retry: 'reads' | 'none';
  readonly transport: Transport;
}

/** Beside the transport's outcomes: what the client ended itself. */
type Attempt = CallOutcome | { readonly kind: 'ended'; readonly why: 'expired' | 'aborted'; readonly reached: 'unsent' | 'sent' };

/** A quorum read across a slow network still fits. */
const ATTEMPT_MS_MIN = 200;

export class Caller {
  readonly #options: CallerOptions;
  readonly #endpoints: Endpoints;
  #closed = false;

  constructor(options: CallerOptions) {
    this.#options = options;
    this.#endpoints = new Endpoints(options.endpoints, options.balance);
  }

  async call(operation: Operation, message: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    const { transport, timeoutMs } = this.#options;
    const deadline = transport.now() + (options.timeoutMs ?? timeoutMs);
    let endpoint = options.endpoint ?? this.#endpoints.pick(transport.now()).endpoint;
    for (;;) {
      const attempt = await this.#attempt(endpoint, operation, message, deadline, options);
      this.#learn(endpoint, attempt);
      if (attempt.kind === 'response') return attempt.message;
      const next = this.#mayRepeat(operation, attempt, options) ? this.#endpoints.pick(transport.now()) : undefined;
      if (next === undefined || transport.now() + next.waitMs >= deadline) throw failure(endpoint, operation, attempt);
      if (next.waitMs > 0) await this.#sleep(next.waitMs);
      endpoint = next.endpoint;
    }
  }

  close(): void {
    this.#closed = true;
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

  /** A member that hangs gives no sign, so a read that could go elsewhere spends only half of its time on one. */
  #attemptTimeout({ effect }: Operation, remainingMs: number, pinned: string | undefined): number {
    const elsewhere = effect === 'read' && pinned === undefined && this.#options.retry === 'reads';
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
    return effect === 'read' && isEndpointFault(attempt);
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

function failure(endpoint: string, { effect }: Operation, attempt: Exclude<Attempt, { kind: 'response' }>): EtcdError {
  const ifReached = effect === 'write' ? 'unknown' : 'refused';
  switch (attempt.kind) {
    case 'status':
      return new EtcdError(attempt.code, attempt.message, isIndefinite(attempt.code) ? ifReached : 'refused');
    case 'unsent':
      return new EtcdError(Code.unavailable, `${endpoint}: ${attempt.cause}`, 'refused');
    case 'lost':
      return new EtcdError(Code.unavailable, `${endpoint}: ${attempt.cause}`, ifReached);
    case 'ended': {
      const outcome = attempt.reached === 'sent' ? ifReached : 'refused';
      return attempt.why === 'expired'
        ? new EtcdError(Code.deadlineExceeded, `${endpoint}: no answer in time`, outcome)
        : new EtcdError(Code.canceled, 'aborted by the caller', outcome);
    }
    default:
      return unreachable(attempt);
  }
}
