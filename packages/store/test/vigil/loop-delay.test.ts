import { expect, test } from 'vitest';
import { LoopDelay } from '../../src/vigil/loop-delay.js';

const TICK = 10;
const WINDOW = 2000;

const newDelay = (processorTime?: () => number): LoopDelay =>
  new LoopDelay({ tickEvery: TICK, stallMin: 50, window: WINDOW, processorTime }, 0);

/** Ticks, each after the given pause, over and over. */
function run(delay: LoopDelay, from: number, until: number, pauses: readonly number[]): number {
  let now = from;
  for (let at = 0; now < until; at++) {
    now += pauses[at % pauses.length]!;
    delay.tick(now);
  }
  return now;
}

test('a tick tells how late it is', () => {
  const delay = newDelay();
  expect(delay.tick(10)).toBe(0);
  expect(delay.tick(50)).toBe(30);
});

test('a machine on which every tick is a little late loses nothing', () => {
  const delay = newDelay();
  run(delay, 0, 10_000, [40]);
  expect(delay.lostShare()).toBe(0);
});

test('the share of time that is lost in stalls is known over the window, and forgotten after it', () => {
  const delay = newDelay();
  const now = run(delay, 0, 4000, [160, 10, 10, 10, 10]);
  expect(delay.lostShare()).toBeGreaterThan(0.7);
  expect(delay.lostShare()).toBeLessThan(0.9);
  run(delay, now, now + WINDOW + WINDOW / 4, [10]);
  expect(delay.lostShare()).toBe(0);
});

test('one long stall is a share too, never more than all', () => {
  const delay = newDelay();
  const now = run(delay, 0, 5000, [10]);
  delay.tick(now + 1010);
  expect(delay.lostShare()).toBeCloseTo(0.5, 2);
  delay.tick(now + 60_000);
  expect(delay.lostShare()).toBe(1);
});

test('a process that waits for the processor has not blocked its own loop', () => {
  let used = 0;
  const delay = newDelay(() => used);
  let now = 0;
  for (let round = 0; round < 20; round++) {
    now += 200;
    used += 20;
    expect(delay.tick(now)).toBe(190);
  }
  expect(delay.lostShare()).toBeLessThanOrEqual(0.1);
  for (let round = 0; round < 20; round++) {
    now += 200;
    used += 200;
    delay.tick(now);
  }
  expect(delay.lostShare()).toBeGreaterThan(0.9);
});

test('a tick is as late as it comes after it was expected', () => {
  const delay = newDelay();
  delay.expect(60);
  expect(delay.tick(60)).toBe(0);
  delay.expect(110);
  expect(delay.tick(150)).toBe(40);
  expect(delay.tick(160)).toBe(0);
});
