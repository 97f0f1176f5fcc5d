// A lease that is kept alive, and that knows by its own clock until when it certainly holds. Time is counted from the moment
// a request was sent, not from its answer: the server renewed it no earlier. A part of the TTL is left as a margin, so that the
// loss is told before the server could have expired it. Once lost it stays lost, whatever an answer says that comes later.
import type { Caller, CallOptions } from '../caller.js';
import { Code, EtcdError, LeaseLostError } from '../errors.js';
import type { Timer } from '../transport.js';
import { grantLease, renewLease, revokeKeptLease } from './lease-calls.js';

/** For clocks that run at different rates and timers that come late. */
const MARGIN = 0.1;
/** Two renewals may fail before the third one is the last. */
const RENEWALS_PER_TTL = 3;
/** After a renewal that failed: soon, but no storm while no member answers. */
const RETRIES_PER_TTL = 20;

export interface LeaseOptions extends CallOptions {
  /** In seconds; how long others wait after this client has died. The server may raise it. Default 10. */
  readonly ttl?: number;
}

export interface Lease extends AsyncDisposable {
  readonly id: bigint;
  /** As granted, in seconds. */
  readonly ttl: number;
  /** For how long it certainly holds; 0 when it is lost. Asks the clock, so it is right also where a blocked loop has delayed `lost`. */
  readonly remainingMs: number;
  /** Aborted when the lease is lost, before the server could expire it, and when it is revoked; the reason is a LeaseLostError. */
  readonly signal: AbortSignal;
  /** Settles when the lease is lost; never if it is revoked here. */
  readonly lost: Promise<LeaseLostError>;
  /** With all keys that are attached to it. Rejects when the server could not be told: the lease then expires by itself. */
  revoke(options?: CallOptions): Promise<void>;
}

type State =
  | { readonly kind: 'kept'; readonly loss: Timer; next: Timer | undefined }
  /** Lost, or revoked here. */
  | { readonly kind: 'ended' };

export class KeptLease implements Lease {
  readonly id: bigint;
  readonly ttl: number;
  readonly lost: Promise<LeaseLostError>;
  readonly #caller: Caller;
  readonly #controller: AbortController = new AbortController();
  readonly #forget: () => void;
  #tellLoss: (error: LeaseLostError) => void = () => undefined;
  #deadline = 0;
  #state: State = { kind: 'ended' };

  private constructor(caller: Caller, id: bigint, ttl: number) {
    this.#caller = caller;
    this.id = id;
    this.ttl = ttl;
    this.lost = new Promise((resolve) => {
      this.#tellLoss = resolve;
    });
    this.#forget = caller.onClose(() => this.#lose('the client was closed'));
  }

  static async grant(caller: Caller, { ttl = 10, ...options }: LeaseOptions): Promise<KeptLease> {
    const { response, sentAt } = await grantLease(caller, { ttl }, options);
    const lease = new KeptLease(caller, response.ID, response.TTL);
    lease.#renewed(sentAt, response.TTL);
    return lease;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get remainingMs(): number {
    return this.#state.kind === 'kept' ? Math.max(this.#deadline - this.#caller.now(), 0) : 0;
  }

  async revoke(options: CallOptions = {}): Promise<void> {
    this.#end(new LeaseLostError(this.id, 'it was revoked by this client'));
    await revokeKeptLease(this.#caller, this.id, options).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }

  /** As `revoke`; where the server cannot be told it is left to expire. */
  async [Symbol.asyncDispose](): Promise<void> {
    const timeoutMs = this.remainingMs;
    if (timeoutMs > 0) await this.revoke({ timeoutMs }).catch(() => undefined);
  }

  #renewed(sentAt: number, ttl: number): void {
    const ttlMs = ttl * 1000;
    const now = this.#caller.now();
    if (this.#state.kind === 'kept') this.#state.loss.cancel();
    this.#deadline = sentAt + ttlMs * (1 - MARGIN);
    const loss = this.#caller.after(Math.max(this.#deadline - now, 0), () => this.#lose('it could not be kept alive in time'));
    this.#state = { kind: 'kept', loss, next: undefined };
    this.#renewAfter(Math.max(sentAt + ttlMs / RENEWALS_PER_TTL - now, 0));
  }

  #renewAfter(delayMs: number): void {
    if (this.#state.kind === 'kept') this.#state.next = this.#caller.after(delayMs, () => this.#renew());
  }

  #renew(): void {
    const timeoutMs = Math.max(Math.min((this.ttl * 1000) / RENEWALS_PER_TTL, this.remainingMs), 1);
    renewLease(this.#caller, this.id, { timeoutMs, signal: this.signal }).then(
      ({ response, sentAt }) => {
        if (this.#state.kind === 'ended') return;
        if (response.TTL > 0) this.#renewed(sentAt, response.TTL);
        else this.#lose('the server knows it no longer');
      },
      (error: unknown) => this.#renewalFailed(error),
    );
  }

  #renewalFailed(error: unknown): void {
    if (isNotFound(error)) this.#lose('the server knows it no longer');
    else this.#renewAfter((this.ttl * 1000) / RETRIES_PER_TTL);
  }

  #lose(cause: string): void {
    if (this.#state.kind === 'ended') return;
    const error = new LeaseLostError(this.id, cause);
    this.#end(error);
    this.#tellLoss(error);
  }

  #end(reason: LeaseLostError): void {
    if (this.#state.kind === 'kept') {
      this.#state.loss.cancel();
      this.#state.next?.cancel();
    }
    this.#state = { kind: 'ended' };
    this.#forget();
    this.#controller.abort(reason);
  }
}

const isNotFound = (error: unknown): boolean => error instanceof EtcdError && error.code === Code.notFound;
