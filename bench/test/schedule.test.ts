import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Schedule } from '../src/load/schedule.js';

function takeAll(schedule: Schedule, now: number): number[] {
  const due: number[] = [];
  for (let at = schedule.next(now); at !== undefined; at = schedule.next(now)) due.push(at);
  return due;
}

test('nothing is due before its time', () => {
  const schedule = new Schedule(1000, 10);
  expect(takeAll(schedule, 999)).toEqual([]);
  expect(takeAll(schedule, 1000)).toEqual([1000]);
  expect(takeAll(schedule, 1099)).toEqual([]);
  expect(takeAll(schedule, 1100)).toEqual([1100]);
});

test('however late and unevenly one looks, the same requests come due at the same moments', () => {
  const pauses = fc.array(fc.double({ min: 0, max: 5000, noNaN: true }), { maxLength: 30 });
  fc.assert(
    fc.property(pauses, fc.integer({ min: 1, max: 20_000 }), (list, perSecond) => {
      const [often, once] = [new Schedule(7, perSecond), new Schedule(7, perSecond)];
      let now = 7;
      const seen: number[] = [];
      for (const pause of list) {
        now += pause;
        seen.push(...takeAll(often, now));
      }
      expect(seen).toEqual(list.length === 0 ? [] : takeAll(once, now));
      expect(often.taken).toBe(seen.length);
      for (const [count, at] of seen.entries()) expect(at).toBeCloseTo(7 + (count * 1000) / perSecond, 6);
    }),
    { numRuns: 50 },
  );
});

test('a stall of a second is charged to every request that was due in it, not to one', () => {
  const schedule = new Schedule(0, 100);
  takeAll(schedule, 0);
  const latencies = takeAll(schedule, 1000).map((at) => 1000 - at);
  expect(latencies).toHaveLength(100);
  expect(latencies.filter((latency) => latency >= 500)).toHaveLength(50);
});
