// The state in the end: one linearizable read of every key, recorded like any other operation. The clients share the keys;
// a key whose read fails goes back into the queue, so a client whose member is down does not hide it.
import type { Millis } from '@reknit/base';
import type { Timer } from '@reknit/runtime';
import type { FinalRead } from '../checkers/lost-and-stale.js';
import type { OperationRequest, Outcome } from '../history/operation.js';
import type { FinalState, RegisterWorkloadOptions } from './register-workload.js';

type ReadBackOptions = Pick<RegisterWorkloadOptions, 'clients' | 'keys' | 'history' | 'clock'>;

/** Between two attempts of a client whose read failed. */
const RETRY_PAUSE: Millis = 10;

export class ReadBack {
  readonly #options: ReadBackOptions;
  readonly #done: (final: FinalState) => void;
  readonly #keys: ReadonlySet<string>;
  readonly #queue: string[];
  /** Clients that found nothing left to do: they take over what fails elsewhere. */
  readonly #idle: number[] = [];
  readonly #reads: Map<string, FinalRead> = new Map();
  readonly #deadline: Timer;
  #finished = false;

  constructor(options: ReadBackOptions, patience: Millis, done: (final: FinalState) => void) {
    this.#options = options;
    this.#done = done;
    this.#keys = new Set(options.keys);
    this.#queue = [...this.#keys];
    this.#deadline = options.clock.after(patience, () => this.#finish());
  }

  /** This client has nothing under way: it may read. */
  join(client: number): void {
    const { history, clients, clock } = this.#options;
    if (this.#finished || history.full) return;
    const key = this.#queue.shift();
    if (key === undefined) {
      this.#idle.push(client);
      return;
    }
    const request: OperationRequest = { kind: 'get', key, value: undefined, expected: 0, consistency: 'linearizable' };
    const id = history.begin(client, request, clock.now());
    clients[client]!.execute(request, (outcome) => this.#answered(client, id, key, outcome));
  }

  #answered(client: number, id: number, key: string, outcome: Outcome): void {
    const { history, clock } = this.#options;
    if (this.#finished) return;
    history.finish(id, outcome, clock.now());
    if (outcome.kind === 'ok' && outcome.seen.kind !== 'unobserved') {
      this.#reads.set(key, { state: outcome.seen, revision: outcome.revision });
      if (this.#reads.size === this.#keys.size) this.#finish();
      else this.join(client);
      return;
    }
    this.#queue.push(key);
    const other = this.#idle.shift();
    if (other !== undefined) this.join(other);
    clock.after(RETRY_PAUSE, () => this.join(client));
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#deadline.cancel();
    this.#done({ reads: this.#reads, unread: [...this.#keys].filter((key) => !this.#reads.has(key)) });
  }
}
