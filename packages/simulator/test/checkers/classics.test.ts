// The histories that every checker must get right, with and without revisions.
import { describe, expect, it } from 'vitest';
import { checkLinearizability, type InitialStates, type Operation } from '../../src/index.js';
import {
  absent,
  cas,
  failed,
  get,
  type Line,
  put,
  read,
  remove,
  saw,
  script,
  staleGet,
  unknown,
  withoutRevisions,
  wrote,
} from './scripts.js';

function expectLinearizable(lines: readonly Line[], initial?: InitialStates): void {
  const operations = script(lines);
  const options = initial === undefined ? {} : { initial };
  expect(checkLinearizability(operations, options)).toEqual({ kind: 'linearizable' });
  expect(checkLinearizability(withoutRevisions(operations), options)).toEqual({ kind: 'linearizable' });
}

/** @param culprits ids of the operations that explain it */
function expectViolation(lines: readonly Line[], culprits: readonly number[], reason: RegExp): void {
  const verdict = expectRevisionViolation(lines, culprits, reason);
  const valuesOnly = checkLinearizability(withoutRevisions(verdict));
  expect(valuesOnly.kind).toBe('violation');
}

function expectRevisionViolation(lines: readonly Line[], culprits: readonly number[], reason: RegExp): readonly Operation[] {
  const operations = script(lines);
  const verdict = checkLinearizability(operations);
  if (verdict.kind !== 'violation') throw new Error(`the verdict is ${verdict.kind}`);
  expect(verdict.operations.map(({ id }) => id)).toEqual(culprits);
  expect(verdict.key).toBe('x');
  expect(verdict.reason).toMatch(reason);
  return operations;
}

describe('a linearizable history', () => {
  it('may be empty', () => expectLinearizable([]));

  it('has reads that follow the writes one after the other', () =>
    expectLinearizable([
      [1, [0, 1], get(), read(1, absent)],
      [1, [2, 3], put('a'), wrote(2)],
      [2, [4, 5], get(), read(2, saw('a', 2))],
      [1, [6, 7], remove(), wrote(3, saw('a', 2))],
      [2, [8, 9], get(), read(3, absent)],
    ]));

  it('may show a concurrent write to one reader before it has returned, and the old value to another that began earlier', () =>
    expectLinearizable([
      [1, [0, 1], put('a'), wrote(2)],
      [1, [2, 9], put('b'), wrote(3)],
      [2, [3, 8], get(), read(2, saw('a', 2))],
      [3, [4, 5], get(), read(3, saw('b', 3))],
    ]));

  it('orders concurrent writes either way', () =>
    expectLinearizable([
      [1, [0, 5], put('a'), wrote(3)],
      [2, [1, 4], put('b'), wrote(2)],
      [3, [6, 7], get(), read(3, saw('a', 3))],
    ]));

  it('may have a write of unknown outcome take effect long after its client gave up', () =>
    expectLinearizable([
      [1, [0, 1], put('a'), wrote(2)],
      [2, [2, 3], put('late'), unknown],
      [3, [4, 5], get(), read(2, saw('a', 2))],
      [3, [6, 7], put('b'), wrote(3)],
      [3, [8, 9], get(), read(4, saw('late', 4))],
    ]));

  it('may have a write of unknown outcome never take effect, or one that never returned at all', () =>
    expectLinearizable([
      [1, [0, 1], put('a'), wrote(2)],
      [2, [2, 3], put('never'), unknown],
      [4, [4, undefined], remove(), unknown],
      [3, [5, 6], get(), read(2, saw('a', 2))],
    ]));

  it('has each unknown deletion explain one disappearance', () =>
    expectLinearizable([
      [1, [0, 1], remove(), unknown],
      [2, [2, 3], remove(), unknown],
      [3, [4, 5], put('a'), wrote(2)],
      [3, [6, 7], get(), read(3, absent)],
      [3, [8, 9], put('b'), wrote(4)],
      [3, [10, 11], get(), read(5, absent)],
    ]));

  it('has a cas succeed on the revision that is current and fail on another', () =>
    expectLinearizable([
      [1, [0, 1], cas(0, 'a'), wrote(2)],
      [1, [2, 3], cas(2, 'b'), wrote(3)],
      [2, [4, 5], cas(2, 'c'), read(3, saw('b', 3))],
      [2, [6, 7], get(), read(3, saw('b', 3))],
    ]));

  it('lets serializable reads be old', () =>
    expectLinearizable([
      [1, [0, 1], put('a'), wrote(2)],
      [1, [2, 3], put('b'), wrote(3)],
      [2, [4, 5], staleGet(), read(2, saw('a', 2))],
    ]));

  it('may begin with keys that exist', () =>
    expectLinearizable(
      [
        [1, [0, 1], get(), read(7, saw('old', 5))],
        [1, [2, 3], get('y'), read(7, absent)],
      ],
      new Map([['x', { kind: 'value', value: 'old', modRevision: 5 }]]),
    ));
});

describe('a violation', () => {
  it('is a stale read', () =>
    expectViolation(
      [
        [1, [0, 1], put('a'), wrote(2)],
        [1, [2, 3], put('b'), wrote(3)],
        [1, [4, 5], put('c', 'y'), wrote(4)],
        [2, [6, 7], get(), read(2, saw('a', 2))],
      ],
      [0, 1, 3],
      /^stale: #3 .* newer write was acknowledged: #1/,
    ));

  it('is a read that finds nothing after an acknowledged put', () =>
    expectViolation(
      [
        [1, [0, 1], put('a'), wrote(2)],
        [2, [2, 3], get(), read(2, absent)],
      ],
      [0, 1],
      /stale/,
    ));

  it('is two readers that see two writes in different orders', () =>
    expectViolation(
      [
        [1, [0, 20], put('a'), wrote(2)],
        [2, [1, 21], put('b'), wrote(3)],
        [3, [2, 3], get(), read(3, saw('b', 3))],
        [3, [4, 5], get(), read(3, saw('a', 2))],
        [4, [6, 7], get(), read(3, saw('b', 3))],
      ],
      [0, 1, 3],
      /answered at revision 3 without a write up to there: #1/,
    ));

  it('is a lost update: two cas that both succeed on one revision', () =>
    expectViolation(
      [
        [1, [0, 1], put('a'), wrote(2)],
        [1, [2, 5], cas(2, 'b'), wrote(3, saw('a', 2))],
        [2, [3, 4], cas(2, 'c'), wrote(4, saw('a', 2))],
      ],
      [0, 1, 2],
      /no order of these 3 operations/,
    ));

  it('is a value that nobody wrote', () =>
    expectViolation([[1, [0, 1], get(), read(2, saw('ghost', 2))]], [0], /nobody wrote it/));

  it('is a value whose write failed', () =>
    expectViolation(
      [
        [1, [0, 1], put('a'), failed],
        [1, [2, 3], get(), read(2, saw('a', 2))],
      ],
      [1],
      /its write had no effect/,
    ));

  it('is a value that is read before it is written', () =>
    expectViolation(
      [
        [1, [0, 1], get(), read(2, saw('a', 2))],
        [1, [2, 3], put('a'), wrote(2)],
      ],
      [0, 1],
      /before it was written/,
    ));

  it('is a write of unknown outcome that is seen and then unseen', () =>
    expectViolation(
      [
        [1, [0, 1], put('a'), wrote(2)],
        [2, [2, 3], put('b'), unknown],
        [3, [4, 5], get(), read(3, saw('b', 3))],
        [3, [6, 7], get(), read(3, saw('a', 2))],
      ],
      [0, 1, 2, 3],
      /no order/,
    ));

  it('is one write that takes effect twice', () =>
    expectViolation(
      [
        [1, [0, 1], put('a'), unknown],
        [2, [2, 3], get(), read(2, saw('a', 2))],
        [2, [4, 5], put('b'), wrote(3)],
        [2, [6, 7], get(), read(4, saw('a', 4))],
      ],
      [0, 1, 3],
      /took effect twice/,
    ));

  it('is one deletion of unknown outcome that takes effect twice', () =>
    expectViolation(
      [
        [1, [0, 1], remove(), unknown],
        [3, [2, 3], put('a'), wrote(2)],
        [3, [4, 5], get(), read(3, absent)],
        [3, [6, 7], put('b'), wrote(4)],
        [3, [8, 9], get(), read(5, absent)],
      ],
      [0, 1, 2, 3, 4],
      /no order/,
    ));

  it('is a put that replaced something older than what was acknowledged', () =>
    expectViolation(
      [
        [1, [0, 1], put('a'), wrote(2, absent)],
        [1, [2, 3], put('dropped'), wrote(3, saw('a', 2))],
        [2, [4, 5], put('c'), wrote(4, saw('a', 2))],
      ],
      [0, 1, 2],
      /no order/,
    ));

  it('is acknowledged writes whose revisions contradict real time', () => {
    expectRevisionViolation(
      [
        [1, [0, 1], put('a'), wrote(3)],
        [1, [2, 3], put('b'), wrote(2)],
      ],
      [0, 1],
      /no order/,
    );
  });
});

describe('when the budget is spent', () => {
  const lines = (last: Line): readonly Line[] => [
    ...Array.from({ length: 8 }, (_, client): Line => [client, [client, 30 + client], put(`v${client}`), wrote(0)]),
    [9, [50, 51], get(), read(0, saw('v3', 0))],
    last,
  ];
  const bad = script(lines([9, [52, 53], get(), read(0, saw('v4', 0))]));
  const good = script(lines([9, [52, 53], get(), read(0, saw('v3', 0))]));

  it('the verdict is unknown, and names the key, be the history good or bad', () => {
    for (const operations of [bad, good]) {
      expect(checkLinearizability(operations, { visitsMax: 6 })).toMatchObject({
        kind: 'unknown',
        why: expect.stringContaining('x'),
      });
    }
  });

  it('a violation of another key is still found', () => {
    const other = script([
      [1, [60, 61], put('a', 'y'), wrote(0)],
      [1, [62, 63], get('y'), read(0, absent)],
    ]);
    expect(checkLinearizability([...bad, ...other], { visitsMax: 20 })).toMatchObject({ kind: 'violation', key: 'y' });
  });

  it('the verdict is never wrong, whatever the budget', () => {
    for (let visitsMax = 1; visitsMax < 4000; visitsMax = Math.ceil(visitsMax * 1.5)) {
      expect(checkLinearizability(good, { visitsMax }).kind).not.toBe('violation');
      expect(checkLinearizability(bad, { visitsMax }).kind).not.toBe('linearizable');
    }
    expect(checkLinearizability(good).kind).toBe('linearizable');
    expect(checkLinearizability(bad).kind).toBe('violation');
  });
});
