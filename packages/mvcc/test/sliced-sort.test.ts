import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SlicedSort } from '../src/sliced-sort.js';

interface Item {
  readonly rank: number;
  readonly place: number;
}

const byRank = (left: Item, right: Item): number => left.rank - right.rank;

it('a sliced sort comes to what a stable sort at once comes to, whatever the slices', () => {
  const ranks = fc.oneof(fc.array(fc.nat(20), { maxLength: 40 }), fc.array(fc.nat(50), { minLength: 500, maxLength: 3000 }));
  fc.assert(
    fc.property(ranks, fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 }), (all, slices) => {
      const items = all.map((rank, place): Item => ({ rank, place }));
      const expected = items.slice().sort(byRank);
      const sort = new SlicedSort(items, byRank);
      let sorted: Item[] | undefined;
      for (let turn = 0; sorted === undefined; turn++) sorted = sort.step(slices[turn % slices.length]!);
      expect(sorted).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

it('a step handles little more than it was asked to', () => {
  let compared = 0;
  const items = Array.from({ length: 20_000 }, (_, place): Item => ({ rank: (place * 7919) % 20_011, place }));
  const sort = new SlicedSort(items, (left, right) => {
    compared++;
    return byRank(left, right);
  });
  let most = 0;
  for (let sorted: Item[] | undefined; sorted === undefined; ) {
    compared = 0;
    sorted = sort.step(500);
    most = Math.max(most, compared);
  }
  expect(most).toBeLessThan(512 * 9 * 2);
});
