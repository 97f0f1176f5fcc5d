import { describe, expect, it } from 'vitest';
import { checkLists } from '../../src/checkers/list-order.js';
import { ListLog, type ListOutcome } from '../../src/history/list-log.js';

/** Operations one after the other, each over before the next begins; without an outcome it never ends. */
function history(...steps: readonly [element: string | undefined, outcome: ListOutcome | undefined][]): ListLog {
  const log = new ListLog();
  for (const [element, outcome] of steps) {
    const operation = log.begin(0, 'x', element);
    if (outcome !== undefined) log.finish(operation, outcome);
  }
  return log;
}

const read = (...list: string[]): [undefined, ListOutcome] => [undefined, { appended: false, list }];
const append = (...list: string[]): [string, ListOutcome] => [list.at(-1)!, { appended: true, list }];
const ruleOf = (log: ListLog) => checkLists(log.operations)?.rule;

describe('a history of lists', () => {
  it('is in order when each operation sees what came before it', () => {
    expect(ruleOf(history(read(), append('a'), append('a', 'b'), read('a', 'b')))).toBeUndefined();
  });

  it('may or may not hold an append of unknown outcome', () => {
    expect(ruleOf(history(['a', undefined], read(), read()))).toBeUndefined();
    expect(ruleOf(history(['a', undefined], read(), read('a')))).toBeUndefined();
  });

  it('is violated by a read that misses an acknowledged append', () => {
    expect(ruleOf(history(append('a'), append('a', 'b'), read('a')))).toBe('real time');
  });

  it('is violated by a list that another one does not begin with', () => {
    expect(ruleOf(history(append('a'), append('a', 'b'), ['c', undefined], read('a', 'c')))).toBe('one order');
  });

  it('is violated by an append that took effect twice', () => {
    expect(ruleOf(history(append('a'), append('a', 'b'), read('a', 'b', 'a')))).toBe('no duplicates');
  });

  it('is violated by an element that was refused, that nobody appended, or that comes from the future', () => {
    expect(ruleOf(history(['a', { appended: false, list: [] }], read('a')))).toBe('nothing from nowhere');
    expect(ruleOf(history(read('a')))).toBe('nothing from nowhere');
    expect(ruleOf(history(read('a'), append('a')))).toBe('real time');
  });
});
