import { describe, expect, it } from 'vitest';
import { checkTransactions } from '../../src/checkers/transaction-order.js';
import { type SeenKey, TransactionLog, type TransactionOutcome } from '../../src/history/transaction-log.js';

type Step = readonly [writes: Readonly<Record<string, string>>, outcome: TransactionOutcome | undefined];

/** One after the other, each over before the next begins; without an outcome it never ends. */
function ruleOf(...steps: readonly Step[]): string | undefined {
  const log = new TransactionLog();
  for (const [writes, outcome] of steps) {
    const operation = log.begin(
      0,
      Object.entries(writes).map(([key, value]) => ({ key, value })),
    );
    if (outcome !== undefined) log.finish(operation, outcome);
  }
  return checkTransactions(log.operations)?.rule;
}

const seenOf = (seen: Readonly<Record<string, readonly [string, number]>>): readonly SeenKey[] =>
  Object.entries(seen).map(([key, [value, modRevision]]) => ({ key, value, modRevision }));

const read = (revision: number, seen: Readonly<Record<string, readonly [string, number]>>): Step => [
  {},
  { wrote: false, revision, seen: seenOf(seen) },
];
const write = (revision: number, writes: Readonly<Record<string, string>>): Step => [writes, { wrote: true, revision, seen: [] }];
const NONE = ['', 0] as const;

describe('a history of transactions', () => {
  it('is in order when each sees what the ones before it left', () => {
    expect(
      ruleOf(
        read(1, { x: NONE, y: NONE }),
        write(2, { x: 'x1', y: 'y1' }),
        read(2, { x: ['x1', 2], y: ['y1', 2] }),
        write(5, { y: 'y2' }),
        read(7, { x: ['x1', 2], y: ['y2', 5] }),
      ),
    ).toBeUndefined();
  });

  it('may or may not hold one of unknown outcome, but not half of it', () => {
    const unknown: Step = [{ x: 'x1', y: 'y1' }, undefined];
    expect(ruleOf(unknown, read(1, { x: NONE, y: NONE }))).toBeUndefined();
    expect(ruleOf(unknown, read(3, { x: ['x1', 2], y: ['y1', 2] }))).toBeUndefined();
    expect(ruleOf(unknown, read(3, { x: ['x1', 2], y: NONE }))).toBe('consistent');
  });

  it('is violated by a look that mixes two states', () => {
    expect(ruleOf(write(2, { x: 'x1', y: 'y1' }), write(3, { x: 'x2', y: 'y2' }), read(3, { x: ['x2', 3], y: ['y1', 2] }))).toBe(
      'consistent',
    );
  });

  it('is violated by a look at a state that was over when it began', () => {
    expect(ruleOf(write(2, { x: 'x1' }), write(3, { x: 'x2' }), read(2, { x: ['x1', 2] }))).toBe('real time');
  });

  it('is violated by writes of one transaction at two revisions, and by two transactions at one', () => {
    expect(ruleOf(write(2, { x: 'x1', y: 'y1' }), read(4, { x: ['x1', 2], y: ['y1', 3] }))).toBe('atomic');
    expect(ruleOf(write(2, { x: 'x1' }), write(2, { y: 'y1' }))).toBe('atomic');
  });

  it('is violated by a value that nobody wrote, or whose writer was refused', () => {
    expect(ruleOf(read(2, { x: ['x1', 2] }))).toBe('nothing from nowhere');
    expect(ruleOf([{ x: 'x1' }, { wrote: false, revision: 1, seen: [] }], read(2, { x: ['x1', 2] }))).toBe(
      'nothing from nowhere',
    );
  });
});
