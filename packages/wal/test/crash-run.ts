// A life of the log at random: operations, crashes of every kind, recoveries that are themselves cut short. What it must hold
// all the while the model says.
import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import type { Wal } from '../src/index.js';
import { Model, type Operation } from './model.js';
import { Bench, Ended } from './support.js';

type Step =
  | { readonly kind: 'operate'; readonly operation: Operation }
  /** Lets this many things happen. */
  | { readonly kind: 'run'; readonly events: number }
  /** kill -9 leaves the page cache, a power cut only what was synced and by chance some of the rest. */
  | { readonly kind: 'end'; readonly by: 'kill' | 'power' | 'kill-then-power'; readonly recoveries: readonly number[] };

export const payload: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 1500 }),
  fc.nat({ max: 1500 }).map((length) => new Uint8Array(length)),
  fc.nat({ max: 40 }).map((length) => new Uint8Array(length).fill(0xff)),
);
const group = fc.integer({ min: 1, max: 3 });
const back = fc.nat({ max: 6 });

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      group,
      payloads: fc.array(payload, { maxLength: 4 }),
      vote: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('overwrite' as const), group, back, payload }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate' as const), group, back }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('vote' as const), group }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('scatter' as const),
      group,
      at: fc.array(fc.integer({ min: -6, max: 6 }), { minLength: 1, maxLength: 4 }),
      payload,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('epoch' as const),
      group,
      back,
      form: fc.constantFrom('entries' as const, 'slots' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('base' as const), group, keep: fc.nat({ max: 5 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('install' as const),
      group,
      ahead: fc.integer({ min: 1, max: 9 }),
      epochs: fc.constantFrom(0, 0, 1, 3),
    }),
  },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('operate' as const), operation }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('run' as const), events: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      by: fc.constantFrom('kill' as const, 'power' as const, 'kill-then-power' as const),
      recoveries: fc.array(fc.nat({ max: 25 }), { maxLength: 2 }),
    }),
  },
);

class Run {
  readonly #bench: Bench;
  readonly #model = new Model();
  #wal: Wal;

  constructor(seed: number, options: { segmentBytes: number; cacheBytes: number; keepSector: number }) {
    const { segmentBytes, cacheBytes, keepSector } = options;
    this.#bench = new Bench({ seed, segmentBytes, disk: { keepSector } });
    this.#bench.cacheBytes = cacheBytes;
    this.#wal = this.#bench.open();
  }

  step(step: Step): void {
    switch (step.kind) {
      case 'operate':
        return this.#model.apply(this.#wal, step.operation);
      case 'run':
        for (let left = step.events; left > 0; left--) this.#bench.world.step();
        return;
      case 'end':
        this.#end(step.by);
        for (const calls of step.recoveries) this.#openAndEnd(calls, step.by);
        this.#wal = this.#bench.open();
        this.#model.reopened(this.#wal);
    }
  }

  finish(): void {
    this.#bench.settle();
    strictEqual(this.#model.unacknowledged, 0);
    deepStrictEqual(this.#bench.fatal, []);
  }

  #end(by: 'kill' | 'power' | 'kill-then-power'): void {
    if (by !== 'power') this.#bench.machine.kill();
    if (by !== 'kill') this.#bench.machine.crash();
  }

  /** A recovery that itself ends at one of its calls to the disk. */
  #openAndEnd(calls: number, by: 'kill' | 'power' | 'kill-then-power'): void {
    try {
      this.#bench.tryOpen({ endAfterCalls: calls });
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
    }
    this.#end(by);
  }
}

export interface Scenario {
  readonly seed: number;
  readonly segmentBytes: number;
  readonly cacheBytes: number;
  readonly steps: readonly Step[];
}

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(),
  segmentBytes: fc.constantFrom(16 * 1024, 32 * 1024),
  cacheBytes: fc.constantFrom(0, 5000),
  steps: fc.array(step, { minLength: 10, maxLength: 120, size: 'max' }),
});

/** @param keepSector chance that a crash keeps a sector that was not synced. @throws AssertionError */
export function runScenario({ seed, steps, ...options }: Scenario, keepSector: number): void {
  const run = new Run(seed, { ...options, keepSector });
  for (const each of steps) run.step(each);
  run.finish();
}
