import fc from 'fast-check';
import { expect, test } from 'vitest';
import { INDEX_SPAN, Points } from '../src/points.js';

const POSITION_MAX = 2 ** 32 - 1;
const position = fc.oneof(fc.nat(POSITION_MAX), fc.nat(40), fc.constantFrom(0, 1, 2 ** 31 - 1, 2 ** 31, POSITION_MAX));

test('the point found is the first at or after the position, for any points, owners and positions', () => {
  const points = fc.array(fc.record({ at: position, owner: fc.nat(4095) }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(
      points,
      fc.integer({ min: 4096, max: 70_000 }),
      fc.array(position, { maxLength: 10 }),
      (given, owners, positions) => {
        const packed = Float64Array.from(given, ({ at, owner }) => at * INDEX_SPAN + owner).sort();
        const sorted = Array.from(packed, (one) => ({ at: Math.floor(one / INDEX_SPAN), owner: one % INDEX_SPAN }));
        const tried = new Points(packed, owners);
        for (const [index, { at, owner }] of sorted.entries())
          expect([tried.positionAt(index), tried.ownerAt(index)]).toEqual([at, owner]);
        for (const wanted of [...positions, ...given.map(({ at }) => at)]) {
          const first = sorted.findIndex(({ at }) => at >= wanted);
          const found = tried.find(wanted);
          expect(found).toBe(first < 0 ? sorted.length : first);
          expect(tried.ownerAt(found)).toBe(sorted[Math.max(0, first)]!.owner);
        }
      },
    ),
  );
});
