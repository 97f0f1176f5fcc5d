// The pages on recovery say what the ledger of drills says, bounds included.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as show from '../packages/cli/src/drill/show.js';
import type { RoundResult } from '../packages/cli/src/drill/tally.js';
import { availabilityOf } from '../packages/simulator/src/recovery-availability.js';
import { DRILLS_JSON, readDrills, runOf, withRun } from '../scripts/drill-ledger.mjs';
import { renderDrills } from '../scripts/drills-page.mjs';
import { renderFourProblems, upperBound } from '../scripts/four-problems-page.mjs';

const page = (name: string): string => readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');

const round = (number: number, parts: Partial<RoundResult> = {}): RoundResult => ({
  kind: 'round',
  round: number,
  fault: 'crash',
  victim: { name: 'n1', pid: 1, role: 'leader' },
  at: 0,
  passed: true,
  diagnosedAs: 'crash',
  rightlyNamed: true,
  incident: 'n1-a',
  end: 'resolved',
  times: { mttd: 10, mtta: 20, mttm: 100, mttr: 2000 },
  actions: ['restart'],
  firstAcceptedWriteMs: 90,
  acknowledged: 1000,
  refused: 3,
  unknown: 1,
  lost: 0,
  stale: 0,
  falseActions: 0,
  objections: [],
  ...parts,
});

const printed = (rounds: readonly RoundResult[]): string =>
  [
    { kind: 'begin', format: 1, subject: 'all', protocol: 'zab', rounds: rounds.length, seed: 7, dataDir: '/d' },
    ...rounds,
    { ...readDrills().runs[0]!.report, rounds: rounds.length, rightlyNamed: rounds.filter((each) => each.rightlyNamed).length },
  ]
    .map((line) => JSON.stringify(line))
    .join('\n');

const fourProblems = (...rounds: RoundResult[]): string =>
  renderFourProblems(withRun({ format: 1, runs: [] }, runOf(printed(rounds), show)), availabilityOf);

test('both pages are what the ledger says', () => {
  const ledger = readDrills(DRILLS_JSON);
  expect(page('four-problems.md')).toBe(renderFourProblems(ledger, availabilityOf));
  expect(page('drills.md')).toBe(renderDrills(ledger));
});

test('a lost write, a wrong name and a false action are each seen in the answers', () => {
  const text = fourProblems(
    round(1, { lost: 2, passed: false }),
    round(2, { diagnosedAs: 'hang', rightlyNamed: false, passed: false }),
    round(3, { falseActions: 1, passed: false }),
    round(4),
  );
  expect(text).toContain('2 of 4,000 acknowledged writes lost');
  expect(text).toContain('75 % rightly named, 25 % dealt with, 1 acts on healthy components');
  expect(text).toContain('| crash | 4 | 3 | crash 3, hang 1 | 1 | 1 |');
  expect(text).toContain('| 30 days | 25.0 % |');
});

test('classes that nobody has drilled before, and rounds of older formats, find their place', () => {
  const lines = printed([round(1)])
    .replaceAll('"fault":"crash"', '"fault":"full-disk"')
    .replace('"actions":["restart"],', '');
  const text = renderFourProblems(withRun({ format: 1, runs: [] }, runOf(lines, show)), availabilityOf);
  expect(text).toContain('| full-disk | leader | 1 |');
  expect(text).toContain('| full-disk | 0.0 | none |');
});

test('what is bounded is bounded rightly: none of many by the rule of three, some by Wilson, nothing without rounds', () => {
  expect(upperBound(300, 0)).toBeCloseTo(0.01, 3);
  expect(upperBound(100, 50)).toBeCloseTo(0.581, 3);
  expect(upperBound(0, 0)).toBe(1);
});

test('of one drill and protocol the newest run counts, and a drill that was cut off is refused', () => {
  const first = runOf(printed([round(1, { lost: 5 })]), show);
  const text = renderFourProblems(
    withRun(withRun({ format: 1, runs: [] }, first), runOf(printed([round(1)]), show)),
    availabilityOf,
  );
  expect(text).toContain('0 of 1,000 acknowledged writes lost');
  const cutOff = printed([round(1)])
    .split('\n')
    .slice(0, -1)
    .join('\n');
  expect(() => runOf(cutOff, show)).toThrow(/no whole drill/);
});
