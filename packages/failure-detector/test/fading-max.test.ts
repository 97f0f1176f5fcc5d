import { expect, test } from 'vitest';
import { FadingMax } from '../src/fading-max.js';

test('the worst is remembered, halves again and again, and gives way to what is worse than its rest', () => {
  const max = new FadingMax(1000);
  expect(max.value(0)).toBe(0);
  max.add(80, 0);
  max.add(10, 500);
  expect(max.value(1000)).toBe(40);
  expect(max.value(3000)).toBe(10);
  max.add(20, 3000);
  expect(max.value(3000)).toBe(20);
});
