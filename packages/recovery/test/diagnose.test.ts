import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, diagnose, explain, type Facts, type FaultName, restartDelay } from '../src/index.js';

const DEAD: Facts = {
  subject: 'n1',
  at: 0,
  process: { pid: 7, startTime: 70 },
  processState: 'gone',
  exit: { signal: 'SIGKILL' },
  exitMark: undefined,
  lastWords: undefined,
  connect: 'refused',
  health: 'silent',
  silentProbes: 0,
  plannedStop: undefined,
};
const orderly = { bootId: 'b', pid: 7, at: 0, reason: 'signal SIGTERM' };
const fatal = { bootId: 'b', pid: 7, at: 0, reason: 'fatal: the log could not be synced' };
const mark = { until: 1000, by: 'operator' };

const cases: readonly (readonly [string, Partial<Facts>, ReturnType<typeof diagnose>['verdict']])[] = [
  ['killed from outside', {}, 'crash'],
  ['ended by itself with a fatal mark', { exit: { code: 1 }, exitMark: fatal }, 'crash'],
  ['gone, and nobody knows how', { exit: undefined }, 'crash'],
  ['ended in order without announcement', { exit: { code: 0 }, exitMark: orderly }, 'crash'],
  [
    'ended in order, and another answers on the port',
    { exit: { code: 0 }, exitMark: orderly, connect: 'accepted', health: 'good' },
    'crash',
  ],
  ['ended in order as announced', { exit: { code: 0 }, exitMark: orderly, plannedStop: mark }, 'planned-stop'],
  ['killed at the end of an announced stop', { plannedStop: mark }, 'planned-stop'],
  ['stopped by a signal', { processState: 'stopped', exit: undefined, connect: 'accepted', silentProbes: 3 }, 'hang'],
  ['running, accepts, silent', { processState: 'running', exit: undefined, connect: 'accepted', silentProbes: 3 }, 'hang'],
  [
    'running, and silent once',
    { processState: 'running', exit: undefined, connect: 'accepted', silentProbes: 1 },
    'not-enough-evidence',
  ],
  ['running, refuses', { processState: 'running', exit: undefined, silentProbes: 5 }, 'not-enough-evidence'],
  ['running and well', { processState: 'running', exit: undefined, connect: 'accepted', health: 'good' }, 'not-enough-evidence'],
  [
    'nothing known',
    { process: undefined, processState: 'unknown', exit: undefined, connect: 'not-tried', health: 'not-tried' },
    'not-enough-evidence',
  ],
];

describe('a diagnosis', () => {
  it.each(cases)('%s', (_name, facts, verdict) => {
    expect(diagnose({ ...DEAD, ...facts }).verdict).toBe(verdict);
  });

  it('names what speaks against the other classes', () => {
    const text = explain(diagnose(DEAD));
    expect(text).toContain('crash: process 7 is gone or a zombie (kernel)');
    expect(text).toContain('not hang: process 7 is gone (kernel)');
    expect(text).toContain('not planned-stop: no valid planned-stop mark');
  });

  const facts = fc.record<Facts>({
    subject: fc.constant('n1'),
    at: fc.constant(0),
    process: fc.constantFrom(DEAD.process, undefined),
    processState: fc.constantFrom('running', 'stopped', 'blocked', 'gone', 'unknown'),
    exit: fc.constantFrom(undefined, { code: 0 }, { code: 1 }, { signal: 'SIGKILL' }),
    exitMark: fc.constantFrom(undefined, orderly, fatal),
    lastWords: fc.constant(undefined),
    connect: fc.constantFrom('accepted', 'refused', 'no-answer', 'not-tried'),
    health: fc.constantFrom('good', 'bad', 'silent', 'not-tried'),
    silentProbes: fc.nat(5),
    plannedStop: fc.constantFrom(undefined, mark),
  });

  it('of crash is never made without the kernel: a process that is gone, or its exit status', () => {
    fc.assert(
      fc.property(facts, (some) => some.processState === 'gone' || some.exit !== undefined || diagnose(some).verdict !== 'crash'),
    );
  });

  it('of crash is never made while the kernel says that the process lives', () => {
    const living = fc.constantFrom('running' as const, 'stopped' as const, 'blocked' as const);
    fc.assert(fc.property(facts, living, (some, processState) => diagnose({ ...some, processState }).verdict !== 'crash'));
  });

  it('is always made of an unannounced end that the kernel confirms', () => {
    fc.assert(
      fc.property(facts, (some) => diagnose({ ...some, processState: 'gone', plannedStop: undefined }).verdict === 'crash'),
    );
  });

  it('has a confidence between 0 and 1, and none without a verdict', () => {
    fc.assert(
      fc.property(facts, (some) => {
        const { verdict, confidence } = diagnose(some);
        return verdict === 'not-enough-evidence' ? confidence === 0 : confidence > 0.5 && confidence <= 1;
      }),
    );
  });
});

describe('the catalogue', () => {
  const byName = new Map(CATALOGUE.map((fault) => [fault.name, fault]));

  it('names each class once', () => {
    expect(byName.size).toBe(CATALOGUE.length);
  });

  it('waits in no circle', () => {
    const reaches = (from: FaultName, seen: ReadonlySet<FaultName>): boolean =>
      seen.has(from) || byName.get(from)!.waitsFor.some((next) => reaches(next, new Set([...seen, from])));
    for (const { name } of CATALOGUE) expect(reaches(name, new Set()), name).toBe(false);
  });

  it('lets no recovery wait for a milder class, nor suppress a more severe one that would be acted upon', () => {
    for (const fault of CATALOGUE) {
      for (const other of fault.waitsFor) expect(byName.get(other)!.severity).toBeGreaterThanOrEqual(fault.severity);
      if (fault.ladder.length === 0) continue;
      for (const other of fault.suppresses) expect(byName.get(other)!.severity).toBeLessThan(fault.severity);
    }
  });
});

describe('the back-off', () => {
  it('restarts at once the first time, then waits longer each time, up to the cap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (restarts, a, b) => {
          const now = restartDelay({ restarts, lastAt: 0 }, 0, a);
          const next = restartDelay({ restarts: restarts + 1, lastAt: 0 }, 0, b);
          if (restarts === 0) expect(now).toBe(0);
          expect(now).toBeLessThanOrEqual(30_000);
          if (next < 15_000) expect(next).toBeGreaterThanOrEqual(now);
        },
      ),
    );
  });

  it('forgets after ten quiet minutes', () => {
    expect(restartDelay({ restarts: 9, lastAt: 0 }, 11 * 60_000, 0.5)).toBe(0);
  });
});
