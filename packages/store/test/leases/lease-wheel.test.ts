import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeaseClock } from '../../src/group/leases/lease-clock.js';
import { LeaseWheel, type WheelTimer } from '../../src/group/leases/lease-wheel.js';

interface Timer extends WheelTimer {
  readonly name: number;
}

/** What happens at the next moment. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), ttl: fc.integer({ min: 1, max: 5000 }) }),
  fc.record({ kind: fc.constant('renew' as const), which: fc.nat(), ttl: fc.integer({ min: 1, max: 5000 }) }),
  fc.record({ kind: fc.constant('remove' as const), which: fc.nat() }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 700 }), max: fc.integer({ min: 1, max: 3 }) }),
);

describe('the wheel', () => {
  it('gives each timer once, never before its newest deadline and at most a bucket after it', () => {
    const steps = fc.array(step, { minLength: 10, maxLength: 200, size: 'max' });
    fc.assert(
      fc.property(steps, fc.nat({ max: 1_000_000 }), (all, start) => {
        let time = start;
        const wheel = new LeaseWheel<Timer>(time);
        const running: Timer[] = [];
        const pick = (which: number): Timer | undefined => running[which % running.length];
        for (const [name, each] of all.entries()) {
          if (each.kind === 'add') {
            const timer = { name, deadline: time + each.ttl, bucket: 0 };
            running.push(timer);
            wheel.add(timer);
          } else if (each.kind === 'renew') {
            const timer = pick(each.which);
            if (timer !== undefined) timer.deadline = Math.max(timer.deadline, time + each.ttl);
          } else if (each.kind === 'remove') {
            const timer = pick(each.which);
            if (timer !== undefined) wheel.remove(running.splice(running.indexOf(timer), 1)[0]!);
          } else {
            time += each.ms;
            for (let calls = running.length; calls >= 0; calls--) {
              for (const timer of wheel.take(time, each.max)) {
                expect(timer.deadline).toBeLessThanOrEqual(time);
                expect(running.splice(running.indexOf(timer), 1)).toEqual([timer]);
              }
            }
            for (const timer of running) expect(timer.deadline).toBeGreaterThan(time - 100);
          }
        }
        time += 6000;
        const left = wheel.take(time, 10_000);
        expect(new Set(left)).toEqual(new Set(running));
      }),
    );
  });

  it('looks at no more timers than it may, and at the rest the next time', () => {
    const wheel = new LeaseWheel<Timer>(0);
    for (let name = 0; name < 10; name++) wheel.add({ name, deadline: 50, bucket: 0 });
    const taken = [4, 4, 4].flatMap((max) => [wheel.take(1000, max).map(({ name }) => name)]);
    expect(taken.map((names) => names.length)).toEqual([4, 4, 2]);
    expect(taken.flat().sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('the clock of leases', () => {
  it('never runs ahead of the real one, and counts a stall as one tick', () => {
    const clock = new LeaseClock(5000);
    clock.tick(5010);
    clock.tick(5060);
    expect(clock.at(5070)).toBe(70);
    clock.tick(65_060);
    expect(clock.at(65_060)).toBe(160);
    expect(clock.at(70_000)).toBe(260);
  });
});
