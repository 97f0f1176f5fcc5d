import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaveOut } from '../../src/checkers/linearizability/minimise.js';
import { checkLinearizability, type Operation } from '../../src/index.js';
import { isLinearizable, isLinearizableByValue } from './brute-force.js';
import { randomExecution, seeded } from './random-histories.js';
import { cas, get, put, read, remove, saw, script, unknown, withoutRevisions, wrote } from './scripts.js';

const seeds = fc.integer();

/** Changes answers at random: most of the results are impossible, some are not. */
function disturb(operations: readonly Operation[], next: () => number): readonly Operation[] {
  return operations.map((operation) => {
    const { outcome } = operation;
    if (outcome.kind !== 'ok' || next() > 0.3) return operation;
    const other = operations[Math.floor(next() * operations.length)]!;
    if (next() < 0.3 && operation.kind !== 'get') return { ...operation, outcome: { kind: 'unknown', reason: 'disturbed' } };
    if (other.outcome.kind !== 'ok') return operation;
    return next() < 0.7 && outcome.seen.kind !== 'unobserved' && other.outcome.seen.kind !== 'unobserved'
      ? { ...operation, outcome: { ...outcome, seen: other.outcome.seen } }
      : { ...operation, outcome: { ...outcome, revision: Math.max(1, outcome.revision + Math.floor(next() * 3) - 1) } };
  });
}

const small = (seed: number, values: number | undefined, previous: boolean): readonly Operation[] => {
  const next = seeded(seed);
  const options = { next, operations: 2 + (seed & 3) + ((seed >> 3) & 1), clients: 3, keys: 1, unknowns: 0.35, previous };
  const { operations } = randomExecution(values === undefined ? options : { ...options, values });
  return next() < 0.3 ? operations : disturb(operations, next);
};

function agree(operations: readonly Operation[]): void {
  const known = operations.map(({ outcome }) => (outcome.kind === 'ok' ? outcome.revision : 0));
  const verdict = checkLinearizability(operations).kind;
  expect(verdict).toBe(isLinearizable(operations, Math.max(0, ...known) + operations.length) ? 'linearizable' : 'violation');
  const valuesOnly = withoutRevisions(operations);
  expect(checkLinearizability(valuesOnly).kind).toBe(isLinearizableByValue(valuesOnly) ? 'linearizable' : 'violation');
}

describe('the checker and the definition', () => {
  it('agree on every small history with unique values, unknown outcomes included', () => {
    fc.assert(
      fc.property(seeds, fc.boolean(), (seed, previous) => agree(small(seed, undefined, previous))),
      { numRuns: 1500 },
    );
  });

  it('agree where values repeat and so do not tell their writer', () => {
    fc.assert(
      fc.property(seeds, fc.boolean(), (seed, previous) => agree(small(seed, 2, previous))),
      { numRuns: 1500 },
    );
  });

  it('agree that the few operations which explain a violation are one by themselves', () => {
    let violations = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        const verdict = checkLinearizability(small(seed, undefined, true));
        if (verdict.kind !== 'violation') return;
        violations++;
        expect(isLinearizable(verdict.operations, 20)).toBe(false);
        expect(verdict.reason).not.toBe('');
      }),
      { numRuns: 500 },
    );
    expect(violations).toBeGreaterThan(20);
  });
});

describe('a linearizable execution', () => {
  it('is accepted, with and without revisions', () => {
    fc.assert(
      fc.property(seeds, fc.boolean(), (seed, previous) => {
        const { operations } = randomExecution({
          next: seeded(seed),
          operations: 300,
          clients: 6,
          keys: 4,
          unknowns: 0.05,
          previous,
        });
        expect(checkLinearizability(operations)).toEqual({ kind: 'linearizable' });
        expect(checkLinearizability(withoutRevisions(operations))).toEqual({ kind: 'linearizable' });
      }),
      { numRuns: 60 },
    );
  });

  it('stays one when any of its operations are left out by the rules of the minimiser', () => {
    fc.assert(
      fc.property(seeds, fc.boolean(), (seed, previous) => {
        const next = seeded(seed);
        const { operations } = randomExecution({ next, operations: 60, clients: 5, keys: 1, unknowns: 0.1, previous });
        for (const history of [operations, withoutRevisions(operations)]) {
          const remaining = leaveOut(history, new Set(history.filter(() => next() < 0.5)));
          expect(checkLinearizability(remaining)).toEqual({ kind: 'linearizable' });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('stays one when a deletion is left out that a write of unknown outcome may have waited for', () => {
    const history = script([
      [1, [0, 1], put('a'), wrote(2)],
      [2, [2, 3], cas(0, 'b'), unknown],
      [3, [4, 5], remove(), unknown],
      [1, [6, 7], get(), read(4, saw('b', 4))],
    ]);
    expect(checkLinearizability(history)).toEqual({ kind: 'linearizable' });
    expect(checkLinearizability(leaveOut(history, new Set([history[2]!])))).toEqual({ kind: 'linearizable' });
  });

  it('is searched about once an operation, at any size and with hundreds of unknown outcomes', () => {
    for (const keys of [1, 50]) {
      const common = { operations: 20_000, clients: 16, keys, unknowns: 0.02 };
      const { operations } = randomExecution({ ...common, next: seeded(keys), previous: true });
      expect(checkLinearizability(operations, { visitsMax: 4 * operations.length })).toEqual({ kind: 'linearizable' });
    }
  });

  it('is rejected once a read answers with a value that a later acknowledged write had replaced before it began', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const next = seeded(seed);
        const { operations } = randomExecution({ next, operations: 300, clients: 6, keys: 2, unknowns: 0.05, previous: false });
        const stale = makeStale(operations, next);
        if (stale === undefined) return;
        expect(checkLinearizability(stale).kind).toBe('violation');
      }),
      { numRuns: 60 },
    );
  });

  it('is rejected once a read answers with a value that nobody wrote', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { operations } = randomExecution({
          next: seeded(seed),
          operations: 120,
          clients: 4,
          keys: 2,
          unknowns: 0.1,
          previous: true,
        });
        const read = operations.find(({ kind, outcome }) => kind === 'get' && outcome.kind === 'ok');
        if (read?.outcome.kind !== 'ok') return;
        const forged = { ...read, outcome: { ...read.outcome, seen: saw('forged', 2) } };
        const verdict = checkLinearizability(operations.map((operation) => (operation === read ? forged : operation)));
        expect(verdict).toMatchObject({ kind: 'violation', operations: [forged] });
      }),
      { numRuns: 40 },
    );
  });
});

/** One acknowledged put, then another after it returned, then a read after that: the read gets the first one's value. */
function makeStale(operations: readonly Operation[], next: () => number): readonly Operation[] | undefined {
  const reads = operations.filter(({ kind, outcome }) => kind === 'get' && outcome.kind === 'ok');
  const read = reads[Math.floor(next() * reads.length)];
  if (read?.outcome.kind !== 'ok') return undefined;
  const before = operations
    .filter(
      ({ key, kind, outcome, returnEvent }) =>
        key === read.key && kind === 'put' && outcome.kind === 'ok' && returnEvent! < read.invokeEvent,
    )
    .sort((left, right) => left.invokeEvent - right.invokeEvent);
  const newest = before.at(-1);
  const old = before.find(({ returnEvent }) => newest !== undefined && returnEvent! < newest.invokeEvent);
  if (old?.outcome.kind !== 'ok' || old.value === undefined) return undefined;
  const outcome = { ...read.outcome, seen: saw(old.value, old.outcome.revision) };
  return operations.map((operation) => (operation === read ? { ...read, outcome } : operation));
}
