// The moment at which clients are served again, measured as a client would: a linearizable read in the clients'
// keyspace and a write in the cluster's own, at every member at once, until the first member grants both. One watch
// serves all open incidents, so that a cluster that dies as a whole is not probed once per member.
//
// Surprising: it starts at detection and does not wait for the repair. With a majority left, the store serves again by
// itself, long before the dead member is back: that difference is MTTM against MTTR.
import type { Millis } from '@reknit/base';
import type { Clock, Timer } from '@reknit/runtime';
import type { StoreClient } from '../store-client.js';

/** The resolution of MTTM while an election may still be under way. */
const FAST_EVERY_MS: Millis = 20;
/** After this nobody counts single milliseconds any more, and the probes must not be a load of their own. */
const FAST_FOR_MS: Millis = 3000;
const SLOW_EVERY_MS: Millis = 200;
/** Longer than a healthy call under load. */
const CALL_TIMEOUT_MS: Millis = 400;
/** A call that hangs at a leaderless member must not hide that the next one would succeed: fast probes overlap. */
const IN_FLIGHT_MAX = CALL_TIMEOUT_MS / FAST_EVERY_MS;

interface Waiter {
  readonly since: Millis;
  readonly onServed: () => void;
}

interface Endpoint {
  readonly address: string;
  inFlight: number;
}

export class ServiceWatch {
  readonly #clock: Clock;
  readonly #store: StoreClient;
  readonly #endpoints: readonly Endpoint[];
  readonly #waiters: Set<Waiter> = new Set();
  #timer: Timer | undefined;

  constructor(clock: Clock, store: StoreClient, endpoints: readonly string[]) {
    this.#clock = clock;
    this.#store = store;
    this.#endpoints = endpoints.map((address) => ({ address, inFlight: 0 }));
  }

  /** @returns ends the wait; `onServed` is then not called any more */
  await(onServed: () => void): () => void {
    if (this.#endpoints.length === 0) return () => undefined;
    const waiter = { since: this.#clock.now(), onServed };
    this.#waiters.add(waiter);
    if (this.#timer === undefined) this.#round();
    return () => void this.#waiters.delete(waiter);
  }

  end(): void {
    this.#waiters.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #round(): void {
    this.#timer = undefined;
    if (this.#waiters.size === 0) return;
    for (const endpoint of this.#endpoints) if (endpoint.inFlight < IN_FLIGHT_MAX) void this.#probe(endpoint);
    const youngest = Math.max(...[...this.#waiters].map((waiter) => waiter.since));
    const every = this.#clock.now() - youngest < FAST_FOR_MS ? FAST_EVERY_MS : SLOW_EVERY_MS;
    this.#timer = this.#clock.after(every, () => this.#round());
  }

  async #probe(endpoint: Endpoint): Promise<void> {
    const began = this.#clock.now();
    const options = { endpoint: endpoint.address, timeoutMs: CALL_TIMEOUT_MS };
    endpoint.inFlight++;
    try {
      // The read comes first: writes to a store without a leader would pile up in whatever waits for one.
      await this.#store.get('default', 'reknit/canary', options);
      await this.#store.put('_system', 'reknit/canary/service', '', options);
      this.#served(began);
    } catch {
      // Not served there, or not yet: the next round asks again.
    } finally {
      endpoint.inFlight--;
    }
  }

  /** A call sent before the fault proves nothing about the time after it. */
  #served(began: Millis): void {
    for (const waiter of [...this.#waiters]) {
      if (waiter.since > began) continue;
      this.#waiters.delete(waiter);
      waiter.onServed();
    }
  }
}
