import { expect, test } from 'vitest';
import { log10NormalTail } from '../src/normal-tail.js';

/** P(X > y) to ten digits, from tables. */
const KNOWN: readonly (readonly [number, number])[] = [
  [-3, 0.998650102],
  [-1, 0.8413447461],
  [0, 0.5],
  [0.5, 0.3085375387],
  [1, 0.1586552539],
  [2, 0.02275013195],
  [3, 0.001349898032],
  [6, 9.86587645e-10],
  [10, 7.619853024e-24],
  [30, 4.906713927e-198],
];

/** Beyond all floating-point probabilities: the first terms of the divergent series, good to 1e-9 there. */
const asymptotic = (y: number): number =>
  (-(y * y) / 2 - Math.log(y * Math.sqrt(2 * Math.PI)) + Math.log1p(-1 / y ** 2 + 3 / y ** 4 - 15 / y ** 6)) / Math.LN10;

test('the tail equals the tables', () => {
  for (const [y, probability] of KNOWN) expect(log10NormalTail(y)).toBeCloseTo(Math.log10(probability), 6);
});

test('far out, where the probability itself is 0 in floating point, its logarithm is still exact', () => {
  for (const y of [39, 100, 1e3, 1e6]) expect(log10NormalTail(y) / asymptotic(y)).toBeCloseTo(1, 7);
});

test('the tail only falls', () => {
  let last = 0;
  for (let y = -8; y < 60; y += 0.01) {
    const tail = log10NormalTail(y);
    expect(tail).toBeLessThanOrEqual(last);
    last = tail;
  }
});
