import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bareFacts,
  diagnose,
  explain,
  type Facts,
  type PastExit,
  type PeerVote,
  restartDelay,
  type Silence,
} from '../src/index.js';

const DEAD: Facts = {
  ...bareFacts('n1', 0),
  process: { pid: 7, startTime: 70 },
  processState: 'gone',
  exit: { signal: 'SIGKILL' },
  connect: 'refused',
  health: 'silent',
};
const orderly = { bootId: 'b', pid: 7, at: 0, reason: 'signal SIGTERM' };
const fatal = { bootId: 'b', pid: 7, at: 0, reason: 'fatal: the log could not be synced' };
const mark = { until: 1000, by: 'operator' };

const silence = (known: Partial<Silence>): Silence => ({
  ms: 1000,
  phi: 9,
  ranMs: undefined,
  queuedMs: undefined,
  ...known,
});
const SILENT: Partial<Facts> = { processState: 'running', exit: undefined, connect: 'accepted', silence: silence({}) };
const votes = (...each: readonly PeerVote['vote'][]): PeerVote[] => each.map((vote, at) => ({ name: `n${at + 2}`, vote }));
const exits = (...codes: readonly number[]): PastExit[] => codes.map((code, at) => ({ at, exit: { code } }));

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
  ['stopped by a signal', { ...SILENT, processState: 'stopped' }, 'hang'],
  ['stopped by a signal, its queue of connections full', { ...SILENT, processState: 'stopped', connect: 'no-answer' }, 'hang'],
  [
    'stopped by a signal, seen by an observer that was late itself',
    { ...SILENT, processState: 'stopped', observerLateMs: 900 },
    'hang',
  ],
  ['in uninterruptible sleep, and silent', { ...SILENT, processState: 'blocked', silence: silence({ ms: 3000 }) }, 'hang'],
  ['in uninterruptible sleep, and silent for a moment', { ...SILENT, processState: 'blocked' }, 'not-enough-evidence'],
  ['accepts, is silent and idle for long', { ...SILENT, silence: silence({ ms: 3000, ranMs: 0, queuedMs: 0 }) }, 'hang'],
  [
    'accepts, is silent and idle for a moment',
    { ...SILENT, silence: silence({ ms: 900, ranMs: 0, queuedMs: 0 }) },
    'not-enough-evidence',
  ],
  [
    'idle for long, seen by an observer that was late itself',
    { ...SILENT, silence: silence({ ms: 3000, ranMs: 0, queuedMs: 0 }), observerLateMs: 900 },
    'not-enough-evidence',
  ],
  ['accepts, is silent and computes', { ...SILENT, silence: silence({ ms: 900, ranMs: 870 }) }, 'blocked-loop'],
  [
    'computes, its queue of connections full',
    { ...SILENT, connect: 'no-answer', silence: silence({ ms: 900, ranMs: 870 }) },
    'blocked-loop',
  ],
  [
    'silent on a machine without a processor to spare',
    { ...SILENT, silence: silence({ ms: 4000, ranMs: 160, queuedMs: 3600 }) },
    'not-enough-evidence',
  ],
  [
    'computes beside many others, so that it waits for a processor most of the time',
    { ...SILENT, silence: silence({ ms: 12_000, ranMs: 1800, queuedMs: 10_000 }) },
    'blocked-loop',
  ],
  [
    'silent, does nothing, but wants to',
    { ...SILENT, silence: silence({ ms: 9000, ranMs: 0, queuedMs: 9000 }) },
    'not-enough-evidence',
  ],
  ['silent, and the platform does not tell what it does', { ...SILENT, silence: silence({ ms: 4000 }) }, 'not-enough-evidence'],
  ['running, refuses', { processState: 'running', exit: undefined, silence: silence({ ms: 5000 }) }, 'not-enough-evidence'],
  ['ended five times in the same way', { exit: { code: 1 }, exits: exits(1, 1, 1, 1, 1) }, 'crash-loop'],
  ['ended four times in the same way', { exit: { code: 1 }, exits: exits(1, 1, 1, 1) }, 'crash'],
  ['ended five times, each in its own way', { exit: { code: 5 }, exits: exits(1, 2, 3, 4, 5) }, 'crash'],
  [
    'silent, and late before, with no word from the kernel of what it does',
    { ...SILENT, health: 'silent', vitals: { loopDelayMs: 900, logSyncMs: 900, suspectedPeers: [] } },
    'not-enough-evidence',
  ],
  ['ended five times in the same way, and long ago', { at: 100_000, exit: { code: 1 }, exits: exits(1, 1, 1, 1, 1) }, 'crash'],
  ['ended five times, and nobody knows how', { exit: undefined, exits: [0, 1, 2, 3, 4].map((at) => ({ at })) }, 'crash'],
  ...(
    [
      [
        'lost-write',
        'reknit node: keyspace default holds entry 9 of round 2, configuration 1, but its log ends at 7: the disk lost an acknowledged write; replace this member',
      ],
      ['lost-write', 'reknit node: the disk of data/n1 lost writes that this member had acknowledged (its log ends at 7)'],
      ['corruption', 'reknit node: the write-ahead log in data/n1/wal is damaged (segment 3 at 4096); restore the file'],
      ['corruption', '{"level":"error","ts":"2026-01-01T00:00:00Z","code":"log-damaged","msg":"the log of keyspace default"}'],
      ['corruption', 'reknit node: the state of keyspace default in data/n1 cannot be read: MDB_CORRUPTED'],
      [
        'disk-lost',
        'reknit node: the data directory data/n1 belongs to member n2, not to n1; give each member its own --data-dir',
      ],
      ['disk-lost', 'reknit node: the cluster was already initialised with other data: n2 runs branch 7'],
      ['config-error', 'reknit node: the cluster of this member runs zab, but --protocol says raft; leave --protocol out'],
      ['config-error', '{"level":"error","ts":"2026-01-01T00:00:00Z","code":"usage","msg":"--listen-clients is no URL"}'],
      ['crash', '{"level":"info","msg":"snapshot verified, checksum good, nothing is damaged"}'],
    ] as const
  ).map(([verdict, lastWords]): (typeof cases)[number] => [
    `ended saying: ${lastWords}`,
    { exit: { code: 1 }, lastWords },
    verdict,
  ]),
  ['ended five times, the last as announced', { exits: exits(1, 1, 1, 1, 1), plannedStop: mark }, 'planned-stop'],
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

  const told = fc.record({
    process: fc.constantFrom(DEAD.process, undefined),
    processState: fc.constantFrom('running', 'stopped', 'blocked', 'gone', 'unknown'),
    exit: fc.constantFrom(undefined, { code: 0 }, { code: 1 }, { signal: 'SIGKILL' }),
    exitMark: fc.constantFrom(undefined, orderly, fatal),
    lastWords: fc.constant(undefined),
    connect: fc.constantFrom('accepted', 'refused', 'no-answer', 'not-tried'),
    health: fc.constantFrom('good', 'bad', 'silent', 'not-tried'),
    silence: fc.option(
      fc.record({
        ms: fc.nat(10_000),
        phi: fc.nat(20),
        ranMs: fc.constantFrom(undefined, 0, 300, 3000),
        queuedMs: fc.constantFrom(undefined, 0, 9000),
      }),
      { nil: undefined },
    ),
    vitals: fc.constantFrom(undefined, { loopDelayMs: 900, logSyncMs: 900, suspectedPeers: [] }),
    votes: fc.constantFrom([], votes('down', 'down'), votes('down', 'up')),
    observerLateMs: fc.constantFrom(0, 900),
    exits: fc.constantFrom([], exits(1, 1, 1, 1, 1), exits(1, 2, 1)),
    plannedStop: fc.constantFrom(undefined, mark),
  });
  const facts = told.map((known): Facts => ({ ...bareFacts('n1', 0), ...known }));

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
      fc.property(facts, (some) => {
        const { verdict } = diagnose({ ...some, processState: 'gone', plannedStop: undefined });
        return verdict === (some.exits.length === 5 ? 'crash-loop' : 'crash');
      }),
    );
  });

  it('of a living process never comes from silence alone, nor from one that answers', () => {
    fc.assert(
      fc.property(facts, (some) => {
        const { verdict } = diagnose({ ...some, plannedStop: undefined });
        if (verdict !== 'hang' && verdict !== 'blocked-loop') return true;
        if (some.health === 'good' || some.health === 'bad') return false;
        return some.processState === 'stopped' || some.processState === 'blocked' || some.silence?.ranMs !== undefined;
      }),
    );
  });

  it('takes what a class explains out of the contest, and says by what', () => {
    const text = explain(diagnose({ ...DEAD, exit: { code: 1 }, exits: exits(1, 1, 1, 1, 1) }));
    expect(text).toContain('crash-loop: 5 times exit code 1 within 60 s');
    expect(text).toContain('not crash: explained by crash-loop');
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
