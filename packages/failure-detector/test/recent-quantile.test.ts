import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentQuantile } from '../src/index.js';

test('as many values as the share says are not above it, and it is one of them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (values, share) => {
        const recent = new RecentQuantile(40, 1000);
        for (const value of values) recent.add(value, 0);
        const quantile = recent.value(share, 0);
        expect(values).toContain(quantile);
        expect(values.filter((value) => value <= quantile).length).toBeGreaterThanOrEqual(share * values.length - 1e-9);
      },
    ),
  );
});

test('one bad moment in two hundred moves the maximum, and not the 99th percentile', () => {
  const recent = new RecentQuantile(200, 1000);
  for (let at = 0; at < 200; at++) recent.add(at === 77 ? 5000 : 2, at);
  expect(recent.value(0.99, 200)).toBe(2);
  expect(recent.value(1, 200)).toBe(5000);
});

test('what is too old, or one too many, is forgotten', () => {
  const recent = new RecentQuantile(2, 1000);
  expect(recent.value(1, 0)).toBe(0);
  recent.add(9, 0);
  recent.add(5, 500);
  expect(recent.value(1, 1001)).toBe(5);
  recent.add(1, 600);
  recent.add(2, 700);
  expect(recent.value(1, 800)).toBe(2);
  expect(recent.value(1, 5000)).toBe(0);
});
