import type { Timer } from '@reknit/runtime';
import { describe, expect, it } from 'vitest';
import {
  type FinalState,
  History,
  judgeHistory,
  type OperationRequest,
  type Outcome,
  type RegisterWorkload,
  type RegisterWorkloadOptions,
  registerWorkload,
  type Seen,
  type WorkloadClient,
} from '../../src/index.js';
import { seeded } from './random-histories.js';

/** Virtual time, as much as a workload needs. */
class TestClock {
  #now = 0;
  #order = 0;
  readonly #timers = new Set<{ readonly at: number; readonly order: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  after(delay: number, callback: () => void): Timer {
    const timer = { at: this.#now + delay, order: this.#order++, callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  runUntil(end: number): void {
    for (;;) {
      const [next] = [...this.#timers].sort((left, right) => left.at - right.at || left.order - right.order);
      if (next === undefined || next.at > end) break;
      this.#timers.delete(next);
      this.#now = next.at;
      next.callback();
    }
    this.#now = end;
  }
}

interface Faults {
  /** Answers 'unknown' at this share, half of them after the effect. */
  readonly unknowns?: number;
  /** Acknowledges this write without effect. */
  readonly drop?: number;
  /** Serves this read from the state before the last write of its key. */
  readonly stale?: number;
  /** Clients that never get an answer. */
  readonly silent?: ReadonlySet<number>;
  /** Clients whose member is down. */
  readonly down?: ReadonlySet<number>;
}

class TestStore {
  readonly #cells = new Map<string, { readonly value: string; readonly mod: number }>();
  readonly #clock: TestClock;
  readonly #random: () => number;
  readonly #faults: Faults;
  readonly #before = new Map<string, { readonly seen: Seen; readonly revision: number }>();
  #revision = 1;
  #writes = 0;
  #reads = 0;

  constructor(clock: TestClock, random: () => number, faults: Faults) {
    this.#clock = clock;
    this.#random = random;
    this.#faults = faults;
  }

  client(number: number): WorkloadClient {
    return {
      execute: (request, done) => {
        if (this.#faults.silent?.has(number) === true) return;
        const down = this.#faults.down?.has(number) === true;
        this.#clock.after(1 + this.#random() * 3, () => {
          const outcome: Outcome = down ? { kind: 'failed', reason: 'refused' } : this.#attempt(request);
          this.#clock.after(1 + this.#random() * 3, () => done(outcome));
        });
      },
    };
  }

  #attempt(request: OperationRequest): Outcome {
    if (this.#random() >= (this.#faults.unknowns ?? 0)) return this.#apply(request);
    if (this.#random() < 0.5) this.#apply(request);
    return { kind: 'unknown', reason: 'timed out' };
  }

  #apply(request: OperationRequest): Outcome {
    const { key, kind, value, expected } = request;
    const seen = this.#see(key);
    const wrote =
      kind === 'put' || (kind === 'delete' && seen.kind === 'value') || (kind === 'cas' && this.#modOf(key) === expected);
    if (!wrote) {
      const old = kind === 'get' && ++this.#reads === this.#faults.stale ? this.#before.get(key) : undefined;
      return { kind: 'ok', wrote, revision: old?.revision ?? this.#revision, seen: old?.seen ?? seen };
    }
    this.#before.set(key, { seen, revision: this.#revision });
    this.#revision++;
    if (++this.#writes === this.#faults.drop) return { kind: 'ok', wrote, revision: this.#revision, seen };
    if (value === undefined) this.#cells.delete(key);
    else this.#cells.set(key, { value, mod: this.#revision });
    return { kind: 'ok', wrote, revision: this.#revision, seen };
  }

  #modOf(key: string): number {
    return this.#cells.get(key)?.mod ?? 0;
  }

  #see(key: string): Seen {
    const cell = this.#cells.get(key);
    return cell === undefined ? { kind: 'absent' } : { kind: 'value', value: cell.value, modRevision: cell.mod };
  }
}

interface Run {
  readonly history: History;
  readonly final: FinalState;
  readonly drainedAt: number;
}

const keys = Array.from({ length: 10 }, (_, key) => `k${key}`);

function run(faults: Faults, options: Partial<RegisterWorkloadOptions> = {}, seed = 1): Run {
  const clock = new TestClock();
  const random = seeded(seed);
  const store = new TestStore(clock, random, faults);
  const history = new History();
  const clients = Array.from({ length: 4 }, (_, client) => store.client(client));
  const workload: RegisterWorkload = registerWorkload({ clients, keys, history, clock, random, ...options });
  workload.start();
  clock.runUntil(3000);
  let drainedAt = -1;
  let final: FinalState | undefined;
  workload.stop(500, () => {
    drainedAt = clock.now();
    workload.readBack(2000, (state) => {
      final = state;
    });
  });
  clock.runUntil(10_000);
  if (final === undefined) throw new Error('the read-back did not end');
  return { history: options.history ?? history, final, drainedAt };
}

describe('a workload on a correct store', () => {
  it('is judged clean, and every key is read back', () => {
    for (const seed of [1, 2, 3]) {
      const { history, final } = run({ unknowns: 0.05 }, {}, seed);
      expect(final.unread).toEqual([]);
      expect(judgeHistory(history.operations, final.reads)).toMatchObject({ clean: true });
      expect(history.counts().acknowledged).toBeGreaterThan(500);
      expect(history.counts().unknown).toBeGreaterThan(10);
    }
  });

  it('writes unique values, uses every kind of operation, and half of them on the hot keys', () => {
    const { history } = run({});
    const values = history.operations.flatMap(({ value }) => value ?? []);
    expect(new Set(values).size).toBe(values.length);
    expect(new Set(history.operations.map(({ kind }) => kind))).toEqual(new Set(['get', 'put', 'cas', 'delete']));
    const hot = history.operations.filter(({ key }) => Number(key.slice(1)) < 4).length / history.operations.length;
    expect(hot).toBeGreaterThan(0.4);
    expect(hot).toBeLessThan(0.6);
    const swapped = history.operations.filter(({ kind, outcome }) => kind === 'cas' && outcome.kind === 'ok');
    expect(swapped.some(({ outcome }) => outcome.kind === 'ok' && outcome.wrote)).toBe(true);
    expect(swapped.some(({ outcome }) => outcome.kind === 'ok' && !outcome.wrote)).toBe(true);
  });

  it('is the same for the same seed', () => {
    expect(run({ unknowns: 0.1 }, {}, 7).history.operations).toEqual(run({ unknowns: 0.1 }, {}, 7).history.operations);
  });
});

describe('a workload finds', () => {
  it('the one acknowledged write that the store dropped', () => {
    for (const drop of [20, 200, 500]) {
      const { history, final } = run({ drop });
      expect(judgeHistory(history.operations, final.reads)).toMatchObject({ clean: false, writes: { lost: 1 } });
    }
  });

  it('the one read that was stale, unless the write that it missed was still under way', () => {
    let found = 0;
    for (let stale = 200; stale < 210; stale++) {
      const { history, final } = run({ stale });
      const judgement = judgeHistory(history.operations, final.reads);
      expect(judgement.writes.lost).toBe(0);
      expect(judgement.clean).toBe(judgement.writes.stale === 0);
      found += judgement.writes.stale;
    }
    expect(found).toBeGreaterThan(3);
  });
});

describe('a workload ends', () => {
  it('without waiting when everything is answered', () => {
    const { history, drainedAt } = run({});
    expect(drainedAt).toBeLessThan(3010);
    expect(history.operations.every(({ returnEvent }) => returnEvent !== undefined)).toBe(true);
  });

  it('after its patience when answers stay out: they are unknown, and the other clients read the keys back', () => {
    const { history, final, drainedAt } = run({ silent: new Set([2]) });
    expect(drainedAt).toBe(3500);
    expect(final.unread).toEqual([]);
    expect(history.operations.filter(({ client }) => client === 2)).toMatchObject([{ outcome: { kind: 'unknown' } }]);
  });

  it('with every key read although one client always fails', () => {
    expect(run({ down: new Set([0]) }).final.unread).toEqual([]);
  });

  it('naming the keys that nobody could read', () => {
    const everyone = new Set([0, 1, 2, 3]);
    const { history, final } = run({ down: everyone });
    expect(final.unread).toEqual(keys);
    expect(history.operations.length).toBeLessThan(4 * 700);
  });

  it('when the history is full', () => {
    const history = new History(100);
    const { final } = run({}, { history });
    expect(history.operations).toHaveLength(100);
    expect(final.unread).toEqual(keys);
  });
});

it('an answer from within the call that asked for it is refused', () => {
  const clock = new TestClock();
  const eager: WorkloadClient = { execute: (_, done) => done({ kind: 'failed', reason: 'eager' }) };
  const workload = registerWorkload({ clients: [eager], keys, history: new History(), clock, random: seeded(1) });
  expect(() => workload.start()).toThrow(/an answer comes after/);
});
