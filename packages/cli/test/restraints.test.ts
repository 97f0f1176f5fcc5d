import { expect, test } from 'vitest';
import { duration } from '../src/flag-values.js';
import { killSwitchSentence, pauseSentence } from '../src/output/restraints.js';

test('a pause says what it is of, whose it is, how long it lasts, and how to end it', () => {
  const now = Date.UTC(2026, 10, 23, 12, 0, 0);
  expect(pauseSentence({ by: 'ada', until: now + 90_000 }, now)).toMatch(
    /^healing, by ada, for another 1 min 30 s \(until \d\d:\d\d:30\); sooner with {2}reknit resume$/,
  );
  expect(pauseSentence({ subject: 'n2', by: 'ada', until: now }, now)).toMatch(/^healing of n2, .*reknit resume n2$/);
});

test('a kill switch is told where it is thrown or cannot be read', () => {
  expect(killSwitchSentence(undefined)).toBeUndefined();
  expect(killSwitchSentence({ path: '/d/kill-switch', state: 'absent' })).toBeUndefined();
  expect(killSwitchSentence({ path: '/d/kill-switch', state: 'present' })).toMatch(/only observes; .*rm \/d\/kill-switch$/);
  expect(killSwitchSentence({ path: '/d/kill-switch', state: 'unreadable' })).toContain('cannot be read');
});

test('a duration needs a unit, a second at least, and no more than is allowed; the error says what would be right', () => {
  const read = duration('--for', 3_600_000);
  expect(['1s', '10m', '1h'].map(read)).toEqual([1000, 600_000, 3_600_000]);
  for (const text of ['10', '0', '999ms', '61m', 'soon', '-1m', '']) {
    expect(() => read(text), text).toThrow(/^--for is ".*"; use a duration from 1s to 1h, for example/);
  }
});
