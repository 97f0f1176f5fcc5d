// One agent's part in the election of the controller, over nothing but the etcd API: a session is a lease with a key of
// the agent's own; the controller is whose session holds the election key. Its **epoch** is the create revision of that
// key: it only rises, and every write of the controller is a transaction that compares it, so that whatever a deposed
// controller still has under way changes nothing.
//
// Surprising: the controller ends its own term before the store does. Its lease counts from before the last keep-alive
// was *sent*, on its own monotonic clock and less a margin, so that at no moment two agents believe in themselves.
import type { Millis } from '@reknit/base';
import type { Clock, Timer } from '@reknit/runtime';
import { NO_STORE } from '../no-store.js';
import type { CallOptions, Committed, Condition, GrantedLease, KeyValue, LeaseId, StoreClient, Write } from '../store-client.js';
import { agentKey, CONTROLLER_KEY } from './keys.js';

/** As long as a dead controller is not replaced. Longer than an election of the store's own leader. */
const SESSION_MS: Millis = 5000;
/** Four keep-alives may be lost. */
const ROUND_EVERY_MS: Millis = 1000;
/** Below the round, so that one lost call does not cost two. */
const CALL_TIMEOUT_MS: Millis = 900;
/** Of the lease's time: for clocks that run at different speeds. */
const MARGIN = 0.1;

export interface ControllerRecord {
  readonly agentId: string;
  readonly observer: string;
  /** The lease that holds the key, so that an agent recognises its own key after an answer was lost. */
  readonly session: LeaseId;
}

export type Role =
  /** No session: the store cannot be reached, or not yet. */
  | { readonly kind: 'none' }
  | { readonly kind: 'candidate'; readonly session: LeaseId; readonly controller: KnownController | undefined }
  | { readonly kind: 'controller'; readonly session: LeaseId; readonly epoch: number };

export interface KnownController extends ControllerRecord {
  readonly epoch: number;
}

export interface CandidacyCallbacks {
  readonly onElected: (epoch: number) => void;
  /** Of what it had: nothing of it may be done any more. */
  readonly onDeposed: (epoch: number, reason: string) => void;
}

export interface CandidacyOptions {
  readonly clock: Clock;
  readonly store: StoreClient;
  readonly agentId: string;
  readonly observer: string;
  readonly subjects: readonly string[];
}

export class Candidacy {
  readonly #options: CandidacyOptions;
  readonly #callbacks: CandidacyCallbacks;
  #role: Role = { kind: 'none' };
  #validUntil: Millis = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #ended = false;

  constructor(options: CandidacyOptions, callbacks: CandidacyCallbacks) {
    this.#options = options;
    this.#callbacks = callbacks;
  }

  /** Without a store there is nobody to be elected by. */
  begin(): void {
    if (this.#options.store !== NO_STORE) void this.#round();
  }

  /** Gives the session up, so that nobody has to wait for its end. Never rejects. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#timer?.cancel();
    const role = this.#role;
    this.#role = { kind: 'none' };
    if (role.kind !== 'none') await this.#options.store.revokeLease('_system', role.session, this.#call()).catch(() => undefined);
  }

  /** Undefined unless this agent is the controller at this very moment. */
  epoch(): number | undefined {
    return this.#role.kind === 'controller' && this.#options.clock.now() < this.#validUntil ? this.#role.epoch : undefined;
  }

  /** Who is the controller, as far as this agent knows. */
  known(): (KnownController & { readonly mine: boolean }) | undefined {
    const role = this.#role;
    const { agentId, observer } = this.#options;
    if (role.kind === 'controller') {
      const epoch = this.epoch();
      return epoch === undefined ? undefined : { agentId, observer, session: role.session, epoch, mine: true };
    }
    return role.kind === 'candidate' && role.controller !== undefined ? { ...role.controller, mine: false } : undefined;
  }

  /** A write of the controller: void if its epoch is over, whether it knows or not. */
  async commit(epoch: number, when: readonly Condition[], writes: readonly Write[]): Promise<Committed> {
    if (this.epoch() !== epoch) return { committed: false };
    const guard: Condition = { key: CONTROLLER_KEY, createRevision: epoch };
    return this.#options.store.transact('_system', { when: [guard, ...when], writes }, this.#call());
  }

  async #round(): Promise<void> {
    await this.#step().catch(() => undefined);
    if (this.#ended) return;
    this.#dropOverdue();
    this.#timer = this.#options.clock.after(ROUND_EVERY_MS, () => void this.#round());
  }

  /** Throws when the store does not answer: then the session goes by its deadline. */
  async #step(): Promise<void> {
    if (this.#role.kind === 'none') await this.#openSession();
    else await this.#keepSession(this.#role.session);
    if (this.#current().kind === 'none') return;
    const holder = await this.#options.store.get('_system', CONTROLLER_KEY, this.#call());
    const role = this.#current();
    if (role.kind === 'none') return;
    if (holder === undefined) await this.#campaign(role.session);
    else this.#meet(role, holder);
  }

  /** After a wait it may be another; after the end it is none. */
  #current(): Role {
    return this.#ended ? { kind: 'none' } : this.#role;
  }

  async #openSession(): Promise<void> {
    const { clock, store, agentId, observer, subjects } = this.#options;
    const sentAt = clock.now();
    const lease = await store.grantLease('_system', SESSION_MS, this.#call());
    if (this.#ended) return void store.revokeLease('_system', lease.id, this.#call()).catch(() => undefined);
    const value = JSON.stringify({ agentId, observer, subjects, session: lease.id });
    const write: Write = { kind: 'put', key: agentKey(agentId), value, lease: lease.id };
    await store.transact('_system', { when: [], writes: [write] }, this.#call());
    this.#extend(sentAt, lease);
    this.#role = { kind: 'candidate', session: lease.id, controller: undefined };
  }

  async #keepSession(session: LeaseId): Promise<void> {
    const { clock, store } = this.#options;
    const sentAt = clock.now();
    const ttlMs = await store.keepLease('_system', session, this.#call());
    if (ttlMs === undefined) return this.#lose('its lease has expired in the store');
    this.#extend(sentAt, { ttlMs });
  }

  #extend(sentAt: Millis, { ttlMs }: Pick<GrantedLease, 'ttlMs'>): void {
    this.#validUntil = sentAt + ttlMs * (1 - MARGIN);
  }

  async #campaign(session: LeaseId): Promise<void> {
    const { store, agentId, observer } = this.#options;
    const record: ControllerRecord = { agentId, observer, session };
    if (this.#role.kind === 'controller') this.#depose('its election key is gone');
    const outcome = await store.transact(
      '_system',
      {
        when: [{ key: CONTROLLER_KEY, createRevision: 0 }],
        writes: [{ kind: 'put', key: CONTROLLER_KEY, value: JSON.stringify(record), lease: session }],
      },
      this.#call(),
    );
    if (outcome.committed && !this.#ended) this.#elected(session, outcome.revision);
  }

  #meet(role: Exclude<Role, { kind: 'none' }>, { value, createRevision }: KeyValue): void {
    const record = parseRecord(value);
    if (record?.session === role.session) {
      if (role.kind === 'controller' && role.epoch === createRevision) return;
      return this.#elected(role.session, createRevision);
    }
    if (role.kind === 'controller') this.#depose(`${record?.observer ?? 'another agent'} has been elected`);
    const controller = record === undefined ? undefined : { ...record, epoch: createRevision };
    this.#role = { kind: 'candidate', session: role.session, controller };
  }

  #elected(session: LeaseId, epoch: number): void {
    this.#role = { kind: 'controller', session, epoch };
    this.#callbacks.onElected(epoch);
  }

  #depose(reason: string): void {
    const role = this.#role;
    if (role.kind !== 'controller') return;
    this.#role = { kind: 'candidate', session: role.session, controller: undefined };
    this.#callbacks.onDeposed(role.epoch, reason);
  }

  #lose(reason: string): void {
    this.#depose(reason);
    this.#role = { kind: 'none' };
  }

  #dropOverdue(): void {
    if (this.#role.kind !== 'none' && this.#options.clock.now() >= this.#validUntil)
      this.#lose('its lease could not be kept alive');
  }

  #call(): CallOptions {
    return { timeoutMs: CALL_TIMEOUT_MS };
  }
}

function parseRecord(text: string): ControllerRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { agentId, observer, session } = value as Record<string, unknown>;
    const isWhole = typeof agentId === 'string' && typeof observer === 'string' && typeof session === 'string';
    return isWhole ? { agentId, observer, session } : undefined;
  } catch {
    return undefined;
  }
}
