import { expect, test } from 'vitest';
import { FAULTS, FAULTS_OF_NO_CLASS } from '../src/drill/faults/catalogue.js';
import { CRASH, NOTHING } from '../src/drill/faults/signals.js';
import { CRASH_LOOP } from '../src/drill/faults/switched.js';
import { type Finding, findingOf, type Witnessed } from '../src/drill/finding.js';
import { planRounds } from '../src/drill/plan.js';
import { showHead, showReport, showRound } from '../src/drill/show.js';
import { parseSubject } from '../src/drill/subjects.js';
import { type RoundResult, tally } from '../src/drill/tally.js';
import { cleanVerdict, healedIncident, recordingTerminal } from './support.js';

test.each([1, 2, 5])('of %i rounds of all, at least a fifth are faults of no class', (rounds) => {
  const plan = planRounds('all', rounds, 7);
  const ofNoClass = plan.filter(({ fault }) => FAULTS_OF_NO_CLASS.includes(fault));
  expect(plan.length - ofNoClass.length).toBe(rounds * FAULTS.length);
  expect(ofNoClass.length * 5).toBeGreaterThanOrEqual(plan.length);
});

test('each class comes as often as was asked, and the seed decides the order and the victims', () => {
  const plan = planRounds('all', 4, 1);
  expect(FAULTS.map((fault) => plan.filter((round) => round.fault === fault).length)).toEqual(FAULTS.map(() => 4));
  expect(planRounds('all', 4, 1)).toEqual(plan);
  expect(planRounds('all', 4, 2)).not.toEqual(plan);
  expect(new Set(plan.map(({ victim }) => victim))).toEqual(new Set(['leader', 'follower']));
  expect(planRounds(['crash'], 5, 1).map(({ fault }) => fault)).toEqual(Array.from({ length: 5 }, () => CRASH));
  expect(new Set(planRounds(['crash', 'nothing'], 2, 1).map(({ fault }) => fault))).toEqual(new Set([CRASH, NOTHING]));
});

test('a kind of fault that there is not is found among others', () => {
  expect(parseSubject('crash,hang')).toEqual({ subject: ['crash', 'hang'] });
  expect(parseSubject('crash,flood')).toEqual({ unknown: 'flood' });
  expect(parseSubject('crash,all')).toEqual({ unknown: 'all' });
});

const incident = healedIncident();
const witnessed: Witnessed = {
  fault: CRASH,
  victim: incident.subject,
  struckAt: incident.moments.onset - 5,
  incidents: [incident],
  firstAcceptedWriteMs: 123.456,
  load: cleanVerdict,
  mishaps: [],
};

test('a crash that was named, healed and verified is in order; its times count from the fault, not from when it was noticed', () => {
  const finding = findingOf(witnessed);
  expect(finding).toMatchObject({ diagnosedAs: 'crash', rightlyNamed: true, end: 'resolved', falseActions: 0, objections: [] });
  expect(finding).toMatchObject({ actions: ['restart'], refused: 2, unknown: 1 });
  expect(finding.times.mttd).toBeCloseTo(incident.times.mttd! + 5, 0);
  expect(finding.times.mttr).toBeCloseTo(incident.times.mttr! + 5, 0);
});

test('a wrong name, no incident at all and an incident that was left open each fail a round', () => {
  const wrong = { ...incident, diagnosis: { ...incident.diagnosis!, verdict: 'hang' as const } };
  expect(findingOf({ ...witnessed, incidents: [wrong] })).toMatchObject({ diagnosedAs: 'hang', rightlyNamed: false });
  const missed = findingOf({ ...witnessed, incidents: [] });
  expect(missed).toMatchObject({ diagnosedAs: 'silence', rightlyNamed: false, end: 'none', incident: null });
  expect(missed.objections).toHaveLength(1);
  const open = { ...incident, phase: { kind: 'detected' as const, at: incident.moments.onset } };
  expect(findingOf({ ...witnessed, incidents: [open] }).objections.join()).toContain('ended as detected');
});

test('what could be healed must not end with a human, and what could not be must', () => {
  const escalated = { phase: 'escalated' as const, at: 0, attempt: 1 };
  const mended = { ...incident, history: [...incident.history, escalated] };
  expect(findingOf({ ...witnessed, incidents: [mended] }).objections).toEqual([expect.stringContaining('a human was asked')]);
  const looped = { ...mended, diagnosis: { ...mended.diagnosis!, verdict: 'crash-loop' as const } };
  expect(findingOf({ ...witnessed, fault: CRASH_LOOP, incidents: [looped] }).objections).toEqual([]);
  const healed = { ...looped, history: incident.history };
  expect(findingOf({ ...witnessed, fault: CRASH_LOOP, incidents: [healed] }).objections).toEqual([
    expect.stringContaining('no human was asked'),
  ]);
});

test('whatever is done to a node that nothing had happened to is a false action', () => {
  const elsewhere = { ...incident, subject: 'another' };
  const finding = findingOf({ ...witnessed, incidents: [incident, elsewhere] });
  expect(finding).toMatchObject({ rightlyNamed: true, falseActions: incident.runs.length });
  expect(finding.objections.join()).toContain('false action');
  expect(findingOf({ ...witnessed, fault: NOTHING })).toMatchObject({
    diagnosedAs: 'crash',
    rightlyNamed: false,
    falseActions: 1,
  });
});

test('where nothing happened, silence is right, and so is "not enough evidence"; an accusation without an act is not', () => {
  expect(findingOf({ ...witnessed, fault: NOTHING, incidents: [] })).toMatchObject({ diagnosedAs: 'silence', objections: [] });
  const { diagnosis, ...undiagnosed } = incident;
  const doubt = { ...undiagnosed, runs: [], phase: { kind: 'expired' as const, at: 0, reason: 'it answers again' } };
  expect(findingOf({ ...witnessed, fault: NOTHING, incidents: [doubt] })).toMatchObject({
    diagnosedAs: 'not-enough-evidence',
    rightlyNamed: true,
    objections: [],
  });
  const accused = findingOf({ ...witnessed, fault: NOTHING, incidents: [{ ...doubt, diagnosis: diagnosis! }] });
  expect(accused.objections.join()).toContain('false alarm');
});

test('lost writes, stale reads and mishaps fail a round that was healed', () => {
  const writes = { ...cleanVerdict.writes, lost: 1, stale: 2 };
  const finding = findingOf({ ...witnessed, load: { ...cleanVerdict, clean: false, writes }, mishaps: ['it rained'] });
  expect(finding).toMatchObject({ lost: 1, stale: 2 });
  expect(finding.objections).toHaveLength(3);
});

const round = (number: number, finding: Partial<Finding> = {}): RoundResult => ({
  kind: 'round',
  round: number,
  fault: 'crash',
  victim: { name: 'n1', pid: 1, role: 'leader' },
  at: 0,
  passed: true,
  ...findingOf(witnessed),
  ...finding,
});

test('a report adds up the rounds, and passes only if none has an objection and none is missing', () => {
  const rounds = [round(1, { times: { mttd: 1 } }), round(2, { times: { mttd: 3 } }), round(3, { times: { mttd: 8 } })];
  const report = tally(rounds, { seed: 7, wanted: 3, cutShort: undefined });
  expect(report).toMatchObject({
    passed: true,
    confusion: { crash: { crash: 3 } },
    times: { mttd: { count: 3, median: 3, max: 8 }, firstAcceptedWrite: { count: 3, median: 123.5 } },
    lost: 0,
  });
  expect(report.times.mttr).toBeUndefined();
  expect(tally(rounds, { seed: 7, wanted: 4, cutShort: 'no leader' })).toMatchObject({
    passed: false,
    objections: [expect.stringContaining('3 of 4 rounds were done: no leader')],
  });
  expect(tally([round(1, { objections: ['wrong'], lost: 2 })], { seed: 7, wanted: 1, cutShort: undefined })).toMatchObject({
    passed: false,
    lost: 2,
    objections: ['round 1: wrong'],
  });
});

test('a drill can be read', () => {
  const terminal = recordingTerminal();
  const rounds = [
    round(1, { times: { mttd: 4.2, mtta: 21, mttm: 350, mttr: 1200 } }),
    {
      ...round(2, {
        diagnosedAs: 'silence',
        rightlyNamed: false,
        end: 'none',
        times: {},
        objections: ['hang of n1 was diagnosed as silence'],
      }),
      fault: 'hang' as const,
      passed: false,
    },
  ];
  showHead(terminal);
  for (const each of rounds) showRound(terminal, each, 2);
  showReport(terminal, tally(rounds, { seed: 7, wanted: 2, cutShort: undefined }));
  expect(`\n${terminal.lines.join('\n')}\n`).toMatchSnapshot();
});
