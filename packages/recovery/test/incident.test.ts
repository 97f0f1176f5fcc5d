import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  amend,
  type Boot,
  compareProgress,
  decodeIncident,
  encodeIncident,
  enter,
  further,
  type Incident,
  incidentId,
  isFinal,
  openIncident,
  type Phase,
} from '../src/index.js';

const boot = (bootId: string): Boot => ({ process: { pid: 7, startTime: 70 }, bootId, incarnation: 'i' });
const opened = (): Incident =>
  openIncident(
    {
      subject: 'n1',
      phase: { kind: 'detected', at: 10 },
      onset: 5,
      onsetSource: 'kernel exit notice',
      evidence: 'gone',
      observers: [],
      patient: {},
    },
    incidentId('n1', 'b0', 5),
  );

const anyPhase: fc.Arbitrary<Phase> = fc.oneof(
  fc.constantFrom<Phase>(
    { kind: 'suspected', at: 1 },
    { kind: 'detected', at: 1 },
    { kind: 'diagnosed', at: 1 },
    { kind: 'planned', at: 1 },
  ),
  fc.integer({ min: 1, max: 4 }).map((attempt): Phase => ({ kind: 'recovering', at: 1, step: 0, attempt })),
  fc.constantFrom('a', 'b').map((id): Phase => ({ kind: 'verifying', at: 1, by: 'engine', boot: boot(id) })),
  fc.constantFrom('a', 'b').map((id): Phase => ({ kind: 'resolved', at: 1, by: 'engine', boot: boot(id) })),
  fc.constantFrom<Phase>({ kind: 'escalated', at: 1, reason: '' }, { kind: 'expired', at: 1, reason: '' }),
);

/** All records that a sequence of attempted moves leads through; forbidden moves are refused and change nothing. */
function lives(phases: readonly Phase[]): Incident[] {
  const records = [opened()];
  for (const phase of phases) {
    try {
      records.push(enter(records.at(-1)!, phase));
    } catch {
      expect(records.at(-1)).toEqual(records.at(-1));
    }
  }
  return records;
}

describe('an incident', () => {
  it('never goes backwards, whatever moves are tried', () => {
    fc.assert(
      fc.property(fc.array(anyPhase, { maxLength: 30 }), (phases) => {
        const records = lives(phases);
        for (let at = 1; at < records.length; at++) expect(compareProgress(records[at]!, records[at - 1]!)).toBeGreaterThan(0);
        for (const record of records.slice(0, -1)) expect(isFinal(record)).toBe(false);
      }),
    );
  });

  it('is resolved only with the boot that was verified', () => {
    fc.assert(
      fc.property(fc.array(anyPhase, { maxLength: 30 }), (phases) => {
        const records = lives(phases);
        const last = records.at(-1)!;
        if (last.phase.kind !== 'resolved') return;
        expect(records.at(-2)!.phase).toMatchObject({ kind: 'verifying', boot: last.phase.boot });
      }),
    );
  });

  it('merges to the further copy, in whatever order copies meet', () => {
    fc.assert(
      fc.property(fc.array(anyPhase, { maxLength: 20 }), fc.nat(20), fc.nat(20), (phases, a, b) => {
        const records = lives(phases);
        const left = records[a % records.length]!;
        const right = records[b % records.length]!;
        expect(further(left, right)).toBe(further(right, left));
      }),
    );
  });

  it('keeps the first moment at which something became true', () => {
    const once = amend(opened(), { moments: { servedAgain: 42 } });
    const twice = amend(once, { moments: { servedAgain: 99, redundancyRestored: 120 } });
    expect(twice.times).toEqual({ mttd: 5, mttm: 37, mttr: 115 });
  });

  it('is bounded, however long a crash loop lasts', () => {
    let record = enter(enter(opened(), { kind: 'diagnosed', at: 11 }), { kind: 'planned', at: 12 });
    for (let attempt = 1; attempt <= 500; attempt++) {
      record = amend(record, { runs: [...record.runs, { step: 0, action: 'restart', attempt, delayMs: 1, startedAt: attempt }] });
      record = enter(record, { kind: 'recovering', at: attempt, step: 0, attempt });
    }
    expect(encodeIncident(record).length).toBeLessThan(8000);
    expect(record.attempt).toBe(500);
  });

  it('reads back what it wrote, and nothing else', () => {
    expect(decodeIncident(encodeIncident(opened()))).toEqual(opened());
    for (const text of ['', '{', 'null', '[]', '{"format":1}', '{"format":2,"id":"x","subject":"y","change":1,"phase":{}}']) {
      expect(decodeIncident(text)).toBeUndefined();
    }
  });

  it('has one id for one fault, and another for another', () => {
    expect(incidentId('n1', 'b', 1000)).toBe(incidentId('n1', 'b', 1000.4));
    const ids = [
      incidentId('n1', 'b', 1000),
      incidentId('n1', 'c', 1000),
      incidentId('n2', 'b', 1000),
      incidentId('n1', 'b', 1001),
    ];
    expect(new Set(ids).size).toBe(4);
  });
});
