import fc from 'fast-check';
import { expect, test } from 'vitest';
import { amend, chapterOf, enter, type Incident, incidentId, openIncident, type Phase, type Span } from '../src/index.js';

const boot = { process: { pid: 7, startTime: 70 }, bootId: 'b', incarnation: 'i' };

function opened(): Incident {
  const opening = {
    subject: 'n1',
    onset: 5,
    onsetSource: 'kernel exit notice',
    evidence: 'gone',
    observers: [],
    patient: {},
  } as const;
  return openIncident({ ...opening, phase: { kind: 'detected', at: 10 } }, incidentId('n1', 'b', 5));
}

const through = (incident: Incident, ...phases: readonly Phase[]): Incident => phases.reduce(enter, incident);

function recovered(): Incident {
  const recovering = through(
    opened(),
    { kind: 'diagnosed', at: 11 },
    { kind: 'planned', at: 12 },
    { kind: 'recovering', at: 13, step: 0, attempt: 1 },
  );
  const run = { step: 0, action: 'restart', attempt: 1, delayMs: 0, startedAt: 13.5, endedAt: 20, outcome: 'succeeded' } as const;
  const reading = { check: 'canary', attempt: 1, at: 25, ok: true, detail: 'read back' } as const;
  return amend(enter(amend(recovering, { runs: [run] }), { kind: 'verifying', at: 21, by: 'engine', boot }), {
    readings: [reading],
    moments: { firstAction: 13.5, servedAgain: 18, redundancyRestored: 24 },
  });
}

const names = (span: Span): readonly unknown[] =>
  span.children.length === 0 ? [span.name] : [span.name, ...span.children.map(names)];

test('a record becomes a span for the time in which nobody knew, for each phase, and for each step', () => {
  const chapter = chapterOf(enter(recovered(), { kind: 'resolved', at: 30, by: 'engine', boot }));
  expect(names(chapter)).toEqual([
    'incident n1',
    ['unnoticed'],
    ['detected'],
    ['diagnosed'],
    ['planned'],
    ['recovering', ['restart']],
    ['verifying'],
  ]);
  expect([chapter.startAt, chapter.endAt, chapter.failure]).toEqual([5, 30, undefined]);
  expect(chapter.attributes).toMatchObject({
    subject: 'n1',
    outcome: 'resolved',
    'outcome.by': 'engine',
    'mttd.ms': 5,
    'mttr.ms': 19,
  });
  const [restart] = chapter.children[4]!.children;
  expect([restart?.startAt, restart?.endAt]).toEqual([13.5, 20]);
  expect(chapter.children[5]?.marks).toEqual([{ name: 'canary', at: 25, attributes: { ok: true, detail: 'read back' } }]);
  expect(chapter.marks.map(({ name }) => name)).toEqual([
    'detected',
    'first action',
    'clients served again',
    'redundancy restored',
  ]);
});

test('what follows a hand-over to a human is a chapter of its own, and repeats nothing', () => {
  const escalated = enter(recovered(), { kind: 'escalated', at: 40, reason: 'no progress' });
  expect(chapterOf(escalated)).toMatchObject({ number: 0, startAt: 5, endAt: 40, failure: 'escalated: no progress' });
  const mended = through(
    escalated,
    { kind: 'verifying', at: 90, by: 'operator', boot },
    { kind: 'resolved', at: 95, by: 'operator', boot },
  );
  const second = chapterOf(mended);
  expect([second.number, second.startAt, second.endAt]).toEqual([1, 40, 95]);
  expect(second.children.map(({ name }) => name)).toEqual(['escalated', 'verifying']);
});

test('no span ends before it begins, whatever the clocks said', () => {
  const moment = fc.integer({ min: 0, max: 100 });
  fc.assert(
    fc.property(fc.array(moment, { minLength: 5, maxLength: 5 }), ([a, b, c, d, e]) => {
      const incident = through(
        opened(),
        { kind: 'diagnosed', at: a! },
        { kind: 'planned', at: b! },
        { kind: 'recovering', at: c!, step: 0, attempt: 1 },
        { kind: 'verifying', at: d!, by: 'engine', boot },
        { kind: 'resolved', at: e!, by: 'engine', boot },
      );
      const check = (span: Span): void => {
        expect(span.endAt).toBeGreaterThanOrEqual(span.startAt);
        for (const child of span.children) check(child);
      };
      check(chapterOf(incident));
    }),
  );
});
