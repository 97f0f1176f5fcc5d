import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Index } from '../../src/index.js';
import { absorb, rangeEnd, type SlotRange, withRange } from '../../src/paxos/ranges.js';

const range = fc
  .record({ first: fc.integer({ min: 2, max: 60 }), length: fc.integer({ min: 0, max: 5 }) })
  .map(({ first, length }): SlotRange => ({ first: first as Index, last: (first + length) as Index }));

const slotsOf = (ranges: readonly SlotRange[]): number[] =>
  ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, at) => first + at));

const union = (ranges: readonly SlotRange[]): number[] => [...new Set(slotsOf(ranges))].sort((left, right) => left - right);

describe('ranges of slots beyond a hole', () => {
  it('hold what was added, each slot once, in as few ranges as can be', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 20 }), (added) => {
        const ranges = added.reduce<readonly SlotRange[]>(withRange, []);
        expect(slotsOf(ranges)).toEqual(union(added));
        for (let at = 1; at < ranges.length; at++) expect(ranges[at]!.first).toBeGreaterThan(ranges[at - 1]!.last + 1);
        for (const { first, last } of ranges) expect(rangeEnd(ranges, first)).toBe(last);
      }),
    );
  });

  it('are passed as far as they follow on each other without a hole', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 20 }), fc.integer({ min: 0, max: 60 }), (added, from) => {
        const slots = new Set(slotsOf(added));
        let expected = from;
        for (let index = 1; index <= from; index++) slots.add(index);
        while (slots.has(expected + 1)) expected++;
        const { held, ranges } = absorb(from as Index, added.reduce<readonly SlotRange[]>(withRange, []));
        expect(held).toBe(expected);
        for (const { first } of ranges) expect(first).toBeGreaterThan(held + 1);
      }),
    );
  });

  it('are bounded: those farthest from the hole are not claimed', () => {
    let ranges: readonly SlotRange[] = [];
    for (let first = 1000; first > 0; first -= 2) ranges = withRange(ranges, { first: first as Index, last: first as Index });
    expect(ranges).toHaveLength(64);
    expect(ranges[0]!.first).toBe(2);
  });
});
