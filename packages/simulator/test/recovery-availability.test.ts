import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { availabilityOf, majorityAvailability, type RecoveryTimes } from '../src/index.js';

const HOUR = 3_600_000;
const times: RecoveryTimes = { members: 3, mttf: 720 * HOUR, mttr: 5000, mttm: 200 };

describe('the availability of a group that is healed', () => {
  it('without elections is that of independent members', () => {
    const member = fc.record({ members: fc.integer({ min: 1, max: 7 }), mttf: fc.double({ min: 1, max: 1e6, noNaN: true }) });
    fc.assert(
      fc.property(member, fc.double({ min: 0, max: 1e6, noNaN: true }), ({ members, mttf }, mttr) => {
        const { share } = availabilityOf({ members, mttf, mttr, mttm: 0 });
        expect(share).toBeCloseTo(majorityAvailability(members, mttf / (mttf + mttr)), 9);
      }),
    );
  });

  it.each([1, 2, 3])('with %i repairs at once is what a simulated group shows', (repairsAtOnce) => {
    const model = { members: 3, mttf: 100, mttr: 20, mttm: 0, repairsAtOnce };
    const simulated = simulate(model, 400_000);
    const { withoutMajority, bearsAnother } = availabilityOf(model);
    expect(withoutMajority).toBeCloseTo(simulated.withoutMajority, 2);
    expect(bearsAnother).toBeCloseTo(simulated.allUp, 2);
  });

  it('is bounded by elections once repair is fast, and by humans once a fault in a hundred waits for one', () => {
    const healed = availabilityOf(times);
    expect(healed.electing).toBeGreaterThan(1000 * healed.withoutMajority);
    const half = availabilityOf({ ...times, mttm: 100 });
    expect((1 - healed.share) / (1 - half.share)).toBeCloseTo(2, 2);
    const waiting = availabilityOf({ ...times, coverage: 0.99, mttrByHuman: 8 * HOUR });
    expect(waiting.withoutMajority).toBeGreaterThan(1000 * healed.withoutMajority);
  });

  it('is worse with fewer repairs at once, never better', () => {
    const shares = [1, 2, 3, 4, 5].map(
      (repairsAtOnce) => availabilityOf({ members: 5, mttf: 100, mttr: 50, mttm: 0, repairsAtOnce }).share,
    );
    expect(shares).toEqual(shares.toSorted((one, other) => one - other));
    expect(new Set(shares).size).toBe(5);
  });

  it('of one member is that of the member: there is nobody to elect', () => {
    expect(availabilityOf({ members: 1, mttf: 99, mttr: 1, mttm: 50 })).toMatchObject({ electing: 0, bearsAnother: 0 });
    expect(availabilityOf({ members: 1, mttf: 99, mttr: 1, mttm: 50 }).share).toBeCloseTo(0.99, 12);
  });

  it('refuses what is no time and no share', () => {
    expect(() => availabilityOf({ ...times, mttf: 0 })).toThrow(/live for some time/);
    expect(() => availabilityOf({ ...times, coverage: 1.1 })).toThrow(/between 0 and 1/);
    expect(() => availabilityOf({ ...times, repairsAtOnce: 0 })).toThrow(/somebody repairs/);
  });
});

/** Fault by fault and repair by repair, with exponential times. */
function simulate({ members, mttf, mttr, repairsAtOnce = members }: RecoveryTimes, steps: number) {
  const random = uniform(7);
  const spent = Array.from({ length: members + 1 }, () => 0);
  let down = 0;
  for (let step = 0; step < steps; step++) {
    const failing = (members - down) / mttf;
    const mending = Math.min(down, repairsAtOnce) / mttr;
    spent[down]! += -Math.log(1 - random()) / (failing + mending);
    down += random() * (failing + mending) < failing ? 1 : -1;
  }
  const total = spent.reduce((sum, time) => sum + time, 0);
  const lost = spent.slice(Math.ceil(members / 2)).reduce((sum, time) => sum + time, 0);
  return { withoutMajority: lost / total, allUp: spent[0]! / total };
}

/** Numerical Recipes' linear congruence: the same numbers at every run. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
