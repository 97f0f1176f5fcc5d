import { describe, expect, it } from 'vitest';
import { faultTolerance, majorityAvailability, quorumSize } from '../src/index.js';

describe('a majority', () => {
  it('of n members survives ⌊(n − 1) / 2⌋ failures, so that an even member adds none', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map(quorumSize)).toEqual([1, 2, 2, 3, 3, 4, 4]);
    expect([1, 2, 3, 4, 5, 6, 7].map(faultTolerance)).toEqual([0, 0, 1, 1, 2, 2, 3]);
  });

  it('is up as often as the sum over all sets of members says', () => {
    for (const members of [1, 2, 3, 4, 5]) {
      for (const availability of [0, 0.3, 0.9, 0.99, 1]) {
        expect(majorityAvailability(members, availability)).toBeCloseTo(bySets(members, availability), 12);
      }
    }
  });

  it('of no members, and members that are up more than always, are refused', () => {
    expect(() => quorumSize(0)).toThrow(/has a member/);
    expect(() => quorumSize(2.5)).toThrow(/whole numbers/);
    expect(() => majorityAvailability(3, 1.1)).toThrow(/at most 1/);
    expect(() => majorityAvailability(3, -0.1)).toThrow(/not negative/);
  });
});

function bySets(members: number, availability: number): number {
  let sum = 0;
  for (let set = 0; set < 2 ** members; set++) {
    const up = [...set.toString(2)].filter((bit) => bit === '1').length;
    if (up > members / 2) sum += availability ** up * (1 - availability) ** (members - up);
  }
  return sum;
}
