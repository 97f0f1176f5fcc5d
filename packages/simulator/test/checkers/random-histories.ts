// Random executions of one etcd-like store with concurrent clients: linearizable by construction, because each operation
// takes effect at one moment between its invocation and its return (or later, or never, where its outcome is unknown).
import { History, type Operation, type OperationRequest, type Outcome, type Seen } from '../../src/index.js';

export interface RandomHistoryOptions {
  readonly next: () => number;
  readonly operations: number;
  readonly clients: number;
  readonly keys: number;
  /** Share of operations whose outcome stays unknown. */
  readonly unknowns: number;
  /** Writes tell what they replaced. */
  readonly previous: boolean;
  /** Few values, so that a value does not tell its writer. */
  readonly values?: number;
}

interface Cell {
  readonly value: string;
  readonly mod: number;
}

interface Running {
  readonly id: number;
  readonly client: number;
  readonly request: OperationRequest;
  outcome: Outcome | undefined;
  readonly fate: 'answered' | 'unknown';
}

export interface Execution {
  readonly operations: readonly Operation[];
  readonly final: ReadonlyMap<string, Seen>;
  readonly revision: number;
}

export function randomExecution(options: RandomHistoryOptions): Execution {
  return new Executor(options).run();
}

class Executor {
  readonly #options: RandomHistoryOptions;
  readonly #history = new History();
  readonly #cells = new Map<string, Cell>();
  readonly #busy: (Running | undefined)[];
  readonly #lingering: Running[] = [];
  readonly #known: number[] = [0];
  #revision = 1;
  #now = 0;

  constructor(options: RandomHistoryOptions) {
    this.#options = options;
    this.#busy = new Array<Running | undefined>(options.clients).fill(undefined);
  }

  run(): Execution {
    while (!this.#finished()) this.#move();
    const final = new Map<string, Seen>();
    for (let key = 0; key < this.#options.keys; key++) final.set(`k${key}`, this.#seen(`k${key}`));
    return { operations: this.#history.operations, final, revision: this.#revision };
  }

  #finished(): boolean {
    return this.#history.operations.length >= this.#options.operations && this.#busy.every((running) => running === undefined);
  }

  #move(): void {
    this.#now++;
    const late = this.#lingering.length > 0 && this.#options.next() < 0.05 ? this.#lingering.pop() : undefined;
    if (late !== undefined) this.#apply(late.request);
    const client = Math.floor(this.#options.next() * this.#options.clients);
    const running = this.#busy[client];
    if (running === undefined) this.#begin(client);
    else if (running.outcome === undefined) this.#takeEffect(running);
    else this.#return(running, running.outcome);
  }

  #begin(client: number): void {
    if (this.#history.operations.length >= this.#options.operations) return;
    const request = this.#draw();
    const id = this.#history.begin(client, request, this.#now);
    const fate = this.#options.next() < this.#options.unknowns ? 'unknown' : 'answered';
    this.#busy[client] = { id, client, request, outcome: undefined, fate };
  }

  #takeEffect(running: Running): void {
    if (running.fate === 'answered') {
      running.outcome = this.#apply(running.request);
      return;
    }
    const chance = this.#options.next();
    if (chance < 0.3) this.#apply(running.request);
    else if (chance < 0.6) this.#lingering.push(running);
    running.outcome = { kind: 'unknown', reason: 'timed out' };
  }

  #return(running: Running, outcome: Outcome): void {
    this.#history.finish(running.id, outcome, this.#now);
    this.#busy[running.client] = undefined;
  }

  #draw(): OperationRequest {
    const { next, keys, values } = this.#options;
    const key = `k${Math.floor(next() * keys)}`;
    const value = values === undefined ? `v${this.#history.operations.length}` : `v${Math.floor(next() * values)}`;
    const common = { key, value: undefined, expected: 0, consistency: 'linearizable' } as const;
    const kind = next();
    if (kind < 0.4) return { ...common, kind: 'get' };
    if (kind < 0.7) return { ...common, kind: 'put', value };
    if (kind < 0.85) return { ...common, kind: 'delete' };
    const expected = next() < 0.7 ? (this.#cells.get(key)?.mod ?? 0) : this.#known[Math.floor(next() * this.#known.length)]!;
    return { ...common, kind: 'cas', value, expected };
  }

  #apply(request: OperationRequest): Outcome {
    const before = this.#seen(request.key);
    const cell = this.#cells.get(request.key);
    const wrote = this.#writes(request, cell);
    if (wrote) this.#revision++;
    if (wrote && request.value !== undefined) this.#cells.set(request.key, { value: request.value, mod: this.#revision });
    if (wrote && request.kind === 'delete') this.#cells.delete(request.key);
    if (wrote) this.#known.push(this.#revision);
    const seen: Seen = !wrote || this.#options.previous ? before : { kind: 'unobserved' };
    return { kind: 'ok', wrote, revision: this.#revision, seen };
  }

  #writes(request: OperationRequest, cell: Cell | undefined): boolean {
    if (request.kind === 'get') return false;
    if (request.kind === 'put') return true;
    return request.kind === 'delete' ? cell !== undefined : (cell?.mod ?? 0) === request.expected;
  }

  #seen(key: string): Seen {
    const cell = this.#cells.get(key);
    return cell === undefined ? { kind: 'absent' } : { kind: 'value', value: cell.value, modRevision: cell.mod };
  }
}

/** A small generator that replays from its seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
