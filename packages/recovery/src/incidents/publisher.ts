// Carries incidents from the journal into `_system` as soon as the store can be written, and never waits for it: the
// journal is the truth until then. Each write compares the key's revision, so that a record there never goes backwards
// and another writer's further copy is taken over instead of overwritten.
import type { Millis } from '@reknit/base';
import type { Clock, Timer } from '@reknit/runtime';
import { NO_STORE } from '../no-store.js';
import type { StoreClient } from '../store-client.js';
import { type Incident, isFinal } from './incident.js';
import { incidentKey } from './incident-id.js';
import { compareProgress, decodeIncident, encodeIncident } from './merge.js';

export interface PublisherCallbacks {
  readonly onPublished: (id: string, change: number) => void;
  /** The store holds a further copy. */
  readonly onFurther: (incident: Incident) => void;
}

const CALL_TIMEOUT_MS: Millis = 1000;
const RETRY_FIRST_MS: Millis = 50;
const RETRY_CAP_MS: Millis = 2000;

export class Publisher {
  readonly #clock: Clock;
  readonly #store: StoreClient;
  readonly #callbacks: PublisherCallbacks;
  /** The latest copy of each incident that still has to go. One per open or recent incident: bounded by the journal. */
  readonly #pending: Map<string, Incident> = new Map();
  readonly #revisions: Map<string, number> = new Map();
  #state: { kind: 'idle' } | { kind: 'writing' } | { kind: 'waiting'; timer: Timer } | { kind: 'ended' } = { kind: 'idle' };
  #failures = 0;

  constructor(clock: Clock, store: StoreClient, callbacks: PublisherCallbacks) {
    this.#clock = clock;
    this.#store = store;
    this.#callbacks = callbacks;
  }

  publish(incident: Incident): void {
    if (this.#store === NO_STORE) return;
    const known = this.#pending.get(incident.id);
    if (known === undefined || compareProgress(incident, known) > 0) this.#pending.set(incident.id, incident);
    if (this.#state.kind === 'idle') void this.#drain();
  }

  end(): void {
    if (this.#state.kind === 'waiting') this.#state.timer.cancel();
    this.#state = { kind: 'ended' };
  }

  async #drain(): Promise<void> {
    this.#state = { kind: 'writing' };
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const done = await this.#write(next);
      if (this.#hasEnded()) return;
      if (!done) return this.#retryLater();
      this.#failures = 0;
    }
    this.#state = { kind: 'idle' };
  }

  #next(): Incident | undefined {
    return this.#pending.values().next().value;
  }

  #hasEnded(): boolean {
    return this.#state.kind === 'ended';
  }

  #retryLater(): void {
    const delay = Math.min(RETRY_CAP_MS, RETRY_FIRST_MS * 2 ** Math.min(this.#failures++, 10));
    this.#state = { kind: 'waiting', timer: this.#clock.after(delay, () => void this.#drain()) };
  }

  /** False when it has to be tried again. */
  async #write(incident: Incident): Promise<boolean> {
    try {
      const expected = this.#revisions.get(incident.id) ?? 0;
      const outcome = await this.#store.putIf('_system', incidentKey(incident.id), encodeIncident(incident), expected, {
        timeoutMs: CALL_TIMEOUT_MS,
      });
      if (this.#hasEnded()) return false;
      if (outcome.written) this.#settle(incident, outcome.modRevision);
      else this.#meet(incident, outcome.current?.value, outcome.current?.modRevision ?? 0);
      return true;
    } catch {
      return false;
    }
  }

  #settle(incident: Incident, revision: number): void {
    if (isFinal(incident)) this.#revisions.delete(incident.id);
    else this.#revisions.set(incident.id, revision);
    const pending = this.#pending.get(incident.id);
    if (pending !== undefined && compareProgress(pending, incident) <= 0) this.#pending.delete(incident.id);
    this.#callbacks.onPublished(incident.id, incident.change);
  }

  /** The key is not as we left it: an earlier write of ours of unknown outcome, or another writer. */
  #meet(incident: Incident, text: string | undefined, revision: number): void {
    this.#revisions.set(incident.id, revision);
    const current = text === undefined ? undefined : decodeIncident(text);
    if (current === undefined || current.id !== incident.id) return;
    const order = compareProgress(current, incident);
    if (order < 0) return;
    this.#settle(current, revision);
    if (order > 0) this.#callbacks.onFurther(current);
  }
}
