import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../src/duration.js';

test.each([
  ['0', 0],
  ['500ms', 500],
  ['90s', 90_000],
  ['10m', 600_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1500],
  ['.5m', 30_000],
  ['250us', 0.25],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '10', 'm', '10 m', '-5s', '5s!', '1d', '5mm', 's5'])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test('what is formatted is read again as the same', () => {
  for (const ms of [1, 999, 1000, 1500, 60_000, 90_000, 3_600_000, 5_400_000]) expect(parseDuration(formatDuration(ms))).toBe(ms);
  expect([90_000, 600_000, 7_200_000].map(formatDuration)).toEqual(['90s', '10m', '2h']);
});
