// Clients that read, write, compare-and-set and delete registers, each one operation at a time as fast as the store answers.
// Every written value is unique, and every operation is recorded: what `checkers/` needs to judge the store. Some keys are
// hot, so that writers contend; the others are cold, so that old values have time to be lost.
import { assert, type Millis } from '@reknit/base';
import type { Clock, Timer } from '@reknit/runtime';
import type { FinalRead } from '../checkers/lost-and-stale.js';
import type { History } from '../history/history.js';
import type { OperationKind, OperationRequest, Outcome } from '../history/operation.js';
import { ReadBack } from './read-back.js';
import type { WorkloadClient } from './workload-client.js';

/** Relative shares. A cas by a client that has not yet seen a key reads it instead. */
export type WorkloadMix = Readonly<Record<OperationKind, number>>;

export interface RegisterWorkloadOptions {
  readonly clients: readonly WorkloadClient[];
  readonly keys: readonly string[];
  readonly history: History;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly mix?: WorkloadMix;
  /** The first so many keys are hot. Default 4. */
  readonly hotKeys?: number;
  /** Share of operations that go to hot keys. Default 0.5. */
  readonly hotShare?: number;
  /** Between an answer and the client's next operation. Default 0: at once. */
  readonly thinkTime?: Millis;
  /** Instead of the think time after anything but an answer: a store that is down is not asked in a tight loop. Default 10 ms. */
  readonly pauseAfterFailure?: Millis;
  /** Begins every value: distinguishes workloads that follow each other on the same keys. Default 'c'. */
  readonly valuePrefix?: string;
  /** Values are padded to a random length up to this. Default: not at all. */
  readonly valueBytesMax?: number;
}

export interface FinalState {
  readonly reads: ReadonlyMap<string, FinalRead>;
  /** Keys that could not be read in time. */
  readonly unread: readonly string[];
}

export interface RegisterWorkload {
  start(): void;
  /**
   * No new operations; calls back when all that are under way are answered, or `patience` has passed: those without an
   * answer then stay unknown.
   */
  stop(patience: Millis, drained: () => void): void;
  /** Reads every key linearizably, after `drained`, as part of the history; repeats what fails until `patience` has passed. */
  readBack(patience: Millis, done: (final: FinalState) => void): void;
}

const MIX_DEFAULT: WorkloadMix = { get: 45, put: 35, cas: 17, delete: 3 };
const HOT_KEYS_DEFAULT = 4;
const HOT_SHARE_DEFAULT = 0.5;
const PAUSE_DEFAULT: Millis = 10;

export function registerWorkload(options: RegisterWorkloadOptions): RegisterWorkload {
  return new Workload(options);
}

type Phase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running' }
  | { readonly kind: 'draining'; readonly drained: () => void; readonly deadline: Timer }
  | { readonly kind: 'drained' }
  | { readonly kind: 'reading-back'; readonly readBack: ReadBack };

class Workload implements RegisterWorkload {
  readonly #options: RegisterWorkloadOptions;
  readonly #drivers: readonly Driver[];
  #phase: Phase = { kind: 'idle' };
  readonly #busy: Set<number> = new Set();
  /** While a client is told what to do. */
  #executing = false;

  constructor(options: RegisterWorkloadOptions) {
    assert(options.clients.length > 0, 'a workload has a client');
    assert(options.keys.length > 0, 'a workload has a key');
    this.#options = options;
    this.#drivers = options.clients.map((_, client) => new Driver(client, options));
  }

  start(): void {
    assert(this.#phase.kind === 'idle', 'a workload starts once', () => this.#phase.kind);
    this.#phase = { kind: 'running' };
    for (const driver of this.#drivers) this.#issue(driver);
  }

  stop(patience: Millis, drained: () => void): void {
    assert(this.#phase.kind === 'running', 'a workload that runs is stopped', () => this.#phase.kind);
    const deadline = this.#options.clock.after(this.#busy.size === 0 ? 0 : patience, () => this.#endDraining());
    this.#phase = { kind: 'draining', drained, deadline };
  }

  readBack(patience: Millis, done: (final: FinalState) => void): void {
    assert(this.#phase.kind === 'drained', 'keys are read back once the workload has drained', () => this.#phase.kind);
    const readBack = new ReadBack(this.#options, patience, done);
    this.#phase = { kind: 'reading-back', readBack };
    for (const { client } of this.#drivers) if (!this.#busy.has(client)) readBack.join(client);
  }

  /** A full history ends the workload as `stop` would: its clients fall silent. */
  #issue(driver: Driver): void {
    const { history, clock, clients } = this.#options;
    if (this.#phase.kind !== 'running' || history.full) return;
    const request = driver.draw();
    const id = history.begin(driver.client, request, clock.now());
    this.#busy.add(driver.client);
    this.#executing = true;
    clients[driver.client]!.execute(request, (outcome) => this.#answered(driver, id, request, outcome));
    this.#executing = false;
  }

  #answered(driver: Driver, id: number, request: OperationRequest, outcome: Outcome): void {
    assert(!this.#executing, 'an answer comes after the call that asked for it', () => request);
    this.#busy.delete(driver.client);
    if (this.#phase.kind === 'reading-back') this.#phase.readBack.join(driver.client);
    if (this.#phase.kind !== 'running' && this.#phase.kind !== 'draining') return;
    this.#options.history.finish(id, outcome, this.#options.clock.now());
    driver.learn(request, outcome);
    if (this.#phase.kind === 'draining' && this.#busy.size === 0) this.#endDraining();
    else this.#pause(driver, outcome);
  }

  #pause(driver: Driver, outcome: Outcome): void {
    const { clock, thinkTime = 0, pauseAfterFailure = PAUSE_DEFAULT } = this.#options;
    const pause = outcome.kind === 'ok' ? thinkTime : pauseAfterFailure;
    if (pause === 0) this.#issue(driver);
    else clock.after(pause, () => this.#issue(driver));
  }

  #endDraining(): void {
    if (this.#phase.kind !== 'draining') return;
    const { drained, deadline } = this.#phase;
    deadline.cancel();
    this.#phase = { kind: 'drained' };
    drained();
  }
}

/** What one client asks for next, and what it remembers. */
class Driver {
  readonly client: number;
  readonly #options: RegisterWorkloadOptions;
  readonly #mix: WorkloadMix;
  /** The mod revision that this client saw last, by key. */
  readonly #seen: Map<string, number> = new Map();
  #written = 0;

  constructor(client: number, options: RegisterWorkloadOptions) {
    this.client = client;
    this.#options = options;
    this.#mix = options.mix ?? MIX_DEFAULT;
  }

  draw(): OperationRequest {
    const key = this.#drawKey();
    const drawn = this.#drawKind();
    const expected = this.#seen.get(key);
    const kind = drawn === 'cas' && expected === undefined ? 'get' : drawn;
    return {
      kind,
      key,
      value: kind === 'put' || kind === 'cas' ? this.#newValue() : undefined,
      expected: kind === 'cas' ? (expected ?? 0) : 0,
      consistency: 'linearizable',
    };
  }

  learn({ key, kind }: OperationRequest, outcome: Outcome): void {
    if (outcome.kind !== 'ok') return;
    if (outcome.wrote) this.#seen.set(key, kind === 'delete' ? 0 : outcome.revision);
    else if (outcome.seen.kind === 'value') this.#seen.set(key, outcome.seen.modRevision);
    else if (outcome.seen.kind === 'absent') this.#seen.set(key, 0);
  }

  #newValue(): string {
    const { valuePrefix = 'c', valueBytesMax = 0, random } = this.#options;
    const value = `${valuePrefix}${this.client}-${++this.#written}`;
    return valueBytesMax === 0 ? value : value.padEnd(Math.floor(random() * valueBytesMax), '.');
  }

  #drawKey(): string {
    const { keys, random, hotKeys = HOT_KEYS_DEFAULT, hotShare = HOT_SHARE_DEFAULT } = this.#options;
    const hot = Math.min(hotKeys, keys.length);
    const fromHot = hot > 0 && (hot === keys.length || random() < hotShare);
    const index = fromHot ? Math.floor(random() * hot) : hot + Math.floor(random() * (keys.length - hot));
    return keys[index]!;
  }

  #drawKind(): OperationKind {
    const { get, put, cas, delete: remove } = this.#mix;
    const drawn = this.#options.random() * (get + put + cas + remove);
    if (drawn < get) return 'get';
    if (drawn < get + put) return 'put';
    return drawn < get + put + cas ? 'cas' : 'delete';
  }
}
