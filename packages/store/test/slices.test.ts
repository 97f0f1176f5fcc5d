import type { Clock } from '@reknit/runtime';
import { expect, it } from 'vitest';
import { type SlicedWork, Slices } from '../src/slices.js';

function manualClock(): { clock: Clock; turn(): boolean } {
  const due: (() => void)[] = [];
  const clock: Clock = { now: () => 0, wall: () => 0, after: () => ({ cancel: () => undefined }), soon: (run) => due.push(run) };
  return {
    clock,
    turn: () => {
      const run = due.shift();
      run?.();
      return run !== undefined;
    },
  };
}

/** Notes its name at each of its slices. */
function work(name: string, slices: number, log: string[]): SlicedWork {
  let left = slices;
  return {
    step: () => {
      log.push(name);
      return --left === 0 ? 'done' : 'more';
    },
  };
}

it('work that fits into one slice is done at once', () => {
  const { clock, turn } = manualClock();
  const log: string[] = [];
  new Slices(clock).add(work('small', 1, log));
  expect(log).toEqual(['small']);
  expect(turn()).toBe(false);
});

it('works take turns, and no turn of the loop runs more than a few slices, however many wait', () => {
  const { clock, turn } = manualClock();
  const log: string[] = [];
  const slices = new Slices(clock);
  for (const name of ['a', 'b', 'c', 'd']) slices.add(work(name, 4, log));
  const turns: string[] = [];
  for (let before = log.length; turn(); before = log.length) turns.push(log.slice(before).join(''));
  expect(Math.max(...turns.map((each) => each.length))).toBeLessThanOrEqual(3);
  expect(log.slice(1, 5).join('')).toBe('abcd');
  expect(log.toSorted().join('')).toBe('aaaabbbbccccdddd');
});
