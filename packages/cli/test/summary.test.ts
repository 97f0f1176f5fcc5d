import { expect, test } from 'vitest';
import { type Findings, showSummary, summarize } from '../src/demo/summary.js';
import type { LoadVerdict } from '../src/load/checked-load.js';
import { cleanVerdict, healedIncident, recordingTerminal } from './support.js';

const incident = healedIncident();
const killed = { name: 'n2', process: { pid: 7, startTime: 1 }, at: 0, moment: 0 };
const healed: Findings = { killed, incident, verdict: cleanVerdict, firstAcceptedWriteMs: 12.34 };
const withWrites = (writes: Partial<LoadVerdict['writes']>): LoadVerdict => ({
  ...cleanVerdict,
  clean: false,
  writes: { ...cleanVerdict.writes, verdict: 'violated', ...writes },
});

test('a resolved incident and a clean history pass', () => {
  expect(summarize(healed)).toMatchObject({ passed: true, objections: [], firstAcceptedWriteMs: 12.3, linearizable: 'yes' });
});

test.each<[string, Partial<Findings>, RegExp]>([
  ['no incident', { incident: undefined }, /no incident/],
  [
    'an incident that is not resolved',
    { incident: { ...incident, phase: { kind: 'escalated', at: 0, reason: 'r' } } },
    /not resolved but escalated/,
  ],
  ['a lost write', { verdict: withWrites({ lost: 1 }) }, /1 acknowledged write lost/],
  ['a stale read', { verdict: withWrites({ stale: 2 }) }, /2 stale reads/],
  ['a key that was not read back', { verdict: withWrites({ unread: ['k'] }) }, /1 key could not be read back/],
  [
    'no order that explains the answers',
    { verdict: { ...cleanVerdict, clean: false, linearizability: { kind: 'violation', key: 'k', operations: [], reason: 'r' } } },
    /not linearizable at key k: r/,
  ],
  [
    'a search that was not finished',
    { verdict: { ...cleanVerdict, clean: false, linearizability: { kind: 'unknown', why: 'w' } } },
    /could not be searched whole: w/,
  ],
  ['anything else that a checker minds', { verdict: { ...cleanVerdict, clean: false } }, /not satisfied/],
])('%s fails', (_, change, says) => {
  const summary = summarize({ ...healed, ...change });
  expect(summary.passed).toBe(false);
  expect(summary.objections.join()).toMatch(says);
  const terminal = recordingTerminal();
  showSummary(terminal, summary, incident);
  expect(terminal.lines.join('\n')).toContain('Not in order');
});
