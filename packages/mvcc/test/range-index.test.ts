import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Interest } from '../src/watch/interest.js';
import { RangeIndex } from '../src/watch/range-index.js';

const NAMES = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 3 });
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('add' as const), from: NAMES, to: fc.option(NAMES, { nil: undefined }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), at: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('find' as const), key: NAMES }) },
);

const interest = (): Interest =>
  new Interest({
    selection: { kind: 'point', key: '' },
    filters: { noPut: false, noDelete: false },
    previous: 'without-previous',
  });

it('the ranges found for a key are those that hold it, whatever was added and removed before', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const index = new RangeIndex();
      const ranges: { from: string; to: string | undefined; interest: Interest }[] = [];
      for (const each of steps) {
        if (each.kind === 'add') {
          const range = { from: each.from, to: each.to, interest: interest() };
          ranges.push(range);
          index.add(range.from, range.to, range.interest);
        } else if (each.kind === 'remove' && ranges.length > 0) {
          const [range] = ranges.splice(each.at % ranges.length, 1);
          index.remove(range!.from, range!.interest);
        } else if (each.kind === 'find') {
          const found: Interest[] = [];
          index.find(each.key, found);
          const holding = ranges.filter(({ from, to }) => from <= each.key && (to === undefined || to > each.key));
          expect(new Set(found)).toEqual(new Set(holding.map((range) => range.interest)));
          expect(found).toHaveLength(holding.length);
        }
      }
    }),
  );
});

it('100,000 ranges that are added in order make no tree so deep that a question overflows the stack', () => {
  const index = new RangeIndex();
  const name = (at: number): string => String(at).padStart(6, '0');
  for (let at = 0; at < 100_000; at++) index.add(name(at), at % 100 === 0 ? `${name(at)}~` : name(at + 1), interest());
  const found: Interest[] = [];
  index.find('050000', found);
  expect(found).toHaveLength(1);
});
