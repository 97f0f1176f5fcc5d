import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OwnClock } from '../src/own-clock.js';

test('own time runs as the clock while ticks come in time', () => {
  const clock = new OwnClock(10, 10, 0);
  for (let now = 15; now < 1000; now += 15) {
    expect(clock.tick(now)).toBe(0);
    expect(clock.own(now)).toBe(now);
  }
});

test('own time stands still from the moment when a tick is overdue', () => {
  const clock = new OwnClock(10, 10, 0);
  expect(clock.own(500)).toBe(20);
  expect(clock.tick(500)).toBe(480);
  expect(clock.own(500)).toBe(20);
  expect(clock.own(510)).toBe(30);
  expect(clock.lost).toBe(480);
});

test('own time neither jumps nor runs backwards, whatever the ticks do', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 300 })), { maxLength: 200 }), (steps) => {
      const clock = new OwnClock(10, 5, 0);
      let now = 0;
      let own = clock.own(now);
      for (const [ticks, wait] of steps) {
        now += wait;
        if (ticks) clock.tick(now);
        const next = clock.own(now);
        expect(next).toBeGreaterThanOrEqual(own);
        expect(next - own).toBeLessThanOrEqual(Math.min(wait, 15));
        own = next;
      }
    }),
  );
});

test('lateness is remembered, and fades', () => {
  const clock = new OwnClock(10, 0, 0);
  clock.tick(110);
  expect(clock.recentLateness(110)).toBe(100);
  expect(clock.recentLateness(1110)).toBe(50);
  for (let now = 120; now <= 60_000; now += 10) clock.tick(now);
  expect(clock.recentLateness(60_000)).toBeLessThan(1);
});

test('a tick that is expected later, or sooner, is late only after that', () => {
  const clock = new OwnClock(10, 10, 0);
  clock.expect(50);
  expect(clock.own(60)).toBe(60);
  expect(clock.own(90)).toBe(60);
  expect(clock.tick(90)).toBe(30);
  clock.expect(92);
  expect(clock.tick(110)).toBe(8);
});
