import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLinearizability, History, historyFromLines, historyToLines, MalformedHistoryError } from '../../src/index.js';
import { randomExecution, seeded } from './random-histories.js';
import { get, put, read, saw, unknown, wrote } from './scripts.js';

describe('a history', () => {
  it('numbers its events as they happen', () => {
    const history = new History();
    const first = history.begin(1, put('a'), 5);
    const second = history.begin(2, get(), 5);
    history.finish(second, read(2, saw('a', 2)), 5);
    history.finish(first, wrote(2), 5);
    expect(history.operations.map(({ invokeEvent, returnEvent }) => [invokeEvent, returnEvent])).toEqual([
      [0, 3],
      [1, 2],
    ]);
  });

  it('holds what was not answered for unknown', () => {
    const history = new History();
    history.begin(1, put('a'), 0);
    history.finish(history.begin(2, put('b'), 1), unknown, 2);
    history.finish(history.begin(2, put('c'), 1), wrote(2), 2);
    expect(history.counts()).toEqual({ acknowledged: 1, read: 0, failed: 0, unknown: 2 });
  });

  it('refuses a second answer, an answer to nothing, and more than it has room for', () => {
    const history = new History(1);
    const id = history.begin(1, put('a'), 0);
    expect(history.full).toBe(true);
    history.finish(id, unknown, 1);
    expect(() => history.finish(id, unknown, 2)).toThrow(/finishes once/);
    expect(() => history.finish(7, unknown, 2)).toThrow(/begins before/);
    expect(() => history.begin(1, put('b'), 3)).toThrow(/room/);
  });

  it('is the same after it was written as lines and read back, and goes on numbering', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { operations } = randomExecution({
          next: seeded(seed),
          operations: 40,
          clients: 4,
          keys: 2,
          unknowns: 0.2,
          previous: true,
        });
        const restored = historyFromLines([...historyToLines(operations), '']);
        expect(restored.operations).toEqual(operations);
        restored.begin(1, get(), 999);
        const events = operations.flatMap(({ invokeEvent, returnEvent }) => [invokeEvent, returnEvent ?? 0]);
        expect(restored.operations.at(-1)!.invokeEvent).toBe(Math.max(...events) + 1);
      }),
      { numRuns: 20 },
    );
  });

  it('is succeeded by one in which its unknown writes may still take effect', () => {
    const history = new History();
    history.finish(history.begin(1, put('a'), 0), wrote(2), 1);
    history.finish(history.begin(1, put('late'), 2), unknown, 3);
    history.finish(history.begin(2, get(), 4), read(2, saw('a', 2)), 5);
    const next = history.successor();
    next.finish(next.begin(2, get(), 6), read(2, saw('a', 2)), 7);
    next.finish(next.begin(2, get(), 8), read(3, saw('late', 3)), 9);
    const initial = new Map([['x', { kind: 'value', value: 'a', modRevision: 2 } as const]]);
    expect(checkLinearizability(next.operations, { initial })).toEqual({ kind: 'linearizable' });
    next.finish(next.begin(2, get(), 10), read(4, saw('a', 2)), 11);
    expect(checkLinearizability(next.operations, { initial }).kind).toBe('violation');
  });

  it('is refused with the line that is not an operation', () => {
    const [line] = [
      ...historyToLines(
        randomExecution({ next: seeded(1), operations: 1, clients: 1, keys: 1, unknowns: 0, previous: true }).operations,
      ),
    ];
    for (const bad of [
      '{',
      '[]',
      'null',
      line!.replace('"id":0', '"id":5'),
      line!.replace('"ok"', '"fine"'),
      line!.replace('"key"', '"kei"'),
    ]) {
      expect(() => historyFromLines([line!, bad])).toThrow(MalformedHistoryError);
      expect(() => historyFromLines([line!, bad])).toThrow(/line 2 of the history/);
    }
  });
});
