// What holds of any diagnosis, whatever the facts: it rests on what is known, it is not moved by what has nothing to do with it,
// and it never finds a reason to act on a machine that is merely busy.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Action,
  actionsOf,
  bareFacts,
  CATALOGUE,
  classOf,
  diagnose,
  explain,
  FAULT_NAMES,
  type Facts,
  type Signal,
  type Verdict,
} from '../src/index.js';
import {
  alarm,
  canonicalFacts,
  clock,
  cutOff,
  diskSpace,
  lateLoop,
  logLine,
  metric,
  NOW,
  neighbour,
  oneWay,
  probe,
  slowDisk,
  vitals,
  whole,
} from './support/canonical-facts.js';

const HARMLESS: ReadonlySet<Action> = new Set(['wait', 'suspend-accusations', 'page']);
const acts = (verdict: Verdict): boolean => actionsOf(classOf(verdict)?.ladder ?? []).some((action) => !HARMLESS.has(action));

const canonical = fc.constantFrom(...FAULT_NAMES).map(canonicalFacts);

/** Some of what is known of one fault, some of another: no world, but all that a matcher may be shown. */
const mixed: fc.Arbitrary<Facts> = fc
  .tuple(canonical, canonical, canonical, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }))
  .map(([a, b, c, coins]) => {
    const fields = Object.keys(a) as readonly (keyof Facts)[];
    const picked = fields.map((field, at) => [field, (coins[at] ? a : coins[at + 10] ? b : c)[field]]);
    return { ...Object.fromEntries(picked), signals: [...a.signals, ...b.signals], subject: 'n1', at: NOW } as Facts;
  });

describe('nothing is concluded from nothing', () => {
  it('where nothing is known, nothing speaks for any class', () => {
    const { verdict, hypotheses } = diagnose(bareFacts('n1', NOW));
    expect(verdict).toBe('not-enough-evidence');
    expect(hypotheses.flatMap((hypothesis) => hypothesis.for)).toEqual([]);
  });

  const bare = bareFacts('n1', NOW);
  /** All that one source told. */
  const erasures: readonly ((facts: Facts) => Facts)[] = [
    (f) => ({ ...f, processState: 'unknown', process: undefined }),
    (f) => ({ ...f, exit: undefined }),
    (f) => ({ ...f, exits: [] }),
    (f) => ({ ...f, exitMark: undefined }),
    (f) => ({ ...f, lastWords: undefined }),
    (f) => ({ ...f, connect: 'not-tried' }),
    (f) => ({ ...f, health: 'not-tried' }),
    (f) => (f.silence === undefined ? f : { ...f, silence: { ...f.silence, ranMs: undefined, queuedMs: undefined } }),
    (f) => ({ ...f, vitals: undefined }),
    (f) => ({ ...f, votes: [], signals: f.signals.filter(({ kind }) => kind !== 'vote') }),
    (f) => ({ ...f, observerLateMs: 0 }),
    ...(
      [
        'signals',
        'reach',
        'peers',
        'fleet',
        'onset',
        'changedAt',
        'recentIncidents',
        'claims',
        'quorum',
        'lag',
        'locks',
        'neighbours',
      ] as const
    ).map(
      (field) =>
        (f: Facts): Facts => ({ ...f, [field]: bare[field] }),
    ),
  ];

  it('a source that falls silent never adds to what speaks for a class', () => {
    const supports = (facts: Facts): ReadonlyMap<string, number> =>
      new Map(
        diagnose(facts).hypotheses.map((hypothesis) => [
          hypothesis.fault,
          hypothesis.for.reduce((sum, { weight }) => sum + (weight === 'rules-out' ? 0 : weight), 0),
        ]),
      );
    fc.assert(
      fc.property(mixed, fc.constantFrom(...erasures), (facts, erase) => {
        const before = supports(facts);
        for (const [fault, after] of supports(erase(facts))) expect(after, fault).toBeLessThanOrEqual(before.get(fault)!);
      }),
      { numRuns: 1000 },
    );
  });

  it('whoever is to be acted on has a process that the kernel knows, or has spoken itself, or is spoken for by its store', () => {
    fc.assert(
      fc.property(mixed, (facts) => {
        const { verdict } = diagnose({ ...facts, processState: 'unknown', process: undefined });
        const rungs = classOf(verdict)?.ladder ?? [];
        return (
          !rungs.flat().some((action) => action === 'fence' || action === 'stop') && verdict !== 'crash' && verdict !== 'hang'
        );
      }),
    );
  });

  it('without a verdict it says what would decide, as far as anything points anywhere', () => {
    const { verdict, missing } = diagnose({
      ...canonicalFacts('hang'),
      connect: 'not-tried',
      health: 'not-tried',
      silence: { ms: 4000, phi: 12, ranMs: undefined, queuedMs: undefined },
    });
    expect(verdict).toBe('not-enough-evidence');
    expect(missing?.map(({ from }) => from)).toEqual(expect.arrayContaining(['port', 'effort']));
    expect(explain(diagnose({ ...canonicalFacts('hang'), connect: 'not-tried' }))).toContain('missing: port');
  });
});

describe('what has nothing to do with it changes nothing', () => {
  const old = (signal: Signal): Signal => ({ ...signal, at: NOW - 120_000 });
  const ofAnEarlierLife = (signal: Signal): Signal => ({ ...signal, at: NOW - 50_000 });
  const irrelevant: fc.Arbitrary<Partial<Facts>> = fc.record(
    {
      signals: fc.subarray<Signal>([
        metric(false),
        lateLoop(false),
        diskSpace(1 << 29),
        clock('monotonic clock', 1, false),
        logLine('GET /orders 200', false),
        { ...probe('good'), name: 'another' } as Signal,
        { kind: 'vote', at: NOW, observer: 'agent of b', host: 'b', vote: 'stale' },
        old(alarm('rot')),
        old(metric(true)),
        old({ kind: 'vote', at: NOW, observer: 'agent of c', host: 'c', vote: 'down' }),
        ofAnEarlierLife(logLine('FATAL')),
        ofAnEarlierLife(probe('bad')),
      ]),
      neighbours: fc.subarray([
        neighbour({ subject: 'mail-1', verdict: 'unhealthy', since: NOW - 900_000 }),
        neighbour({ subject: 'mail-2', verdict: 'lagging', since: NOW - 900_000, sameHost: true }),
      ]),
      recentIncidents: fc.subarray([
        { fault: 'crash' as const, closedAt: NOW - 3_600_000 },
        { fault: 'planned-stop' as const, closedAt: NOW - 1000 },
        { fault: 'lagging' as const, closedAt: NOW - 1000 },
      ]),
    },
    { requiredKeys: [] },
  );

  it.each(FAULT_NAMES)('to a diagnosis of %s', (name) => {
    const facts: Facts = { ...canonicalFacts(name), servesSince: NOW - 30_000 };
    fc.assert(
      fc.property(irrelevant, ({ signals = [], neighbours = [], recentIncidents = [] }) => {
        const { verdict } = diagnose({
          ...facts,
          signals: [...signals, ...facts.signals, ...signals],
          neighbours: [...facts.neighbours, ...neighbours],
          recentIncidents: [...recentIncidents, ...facts.recentIncidents],
        });
        expect(verdict).toBe(name);
      }),
      { numRuns: 50 },
    );
  });

  it('nor does the order in which facts are told, or classes weighed', () => {
    fc.assert(
      fc.property(mixed, fc.shuffledSubarray([...CATALOGUE], { minLength: CATALOGUE.length }), (facts, catalogue) => {
        const { verdict, confidence } = diagnose(facts);
        const again = diagnose(
          { ...facts, neighbours: facts.neighbours.toReversed(), votes: facts.votes.toReversed() },
          catalogue,
        );
        expect([again.verdict, again.confidence]).toEqual([verdict, confidence]);
      }),
    );
  });
});

describe('a machine that is merely busy', () => {
  /** Three members under full load on all cores: late, slow, silent for seconds, suspected by each other; and nothing is wrong. */
  const busy: fc.Arbitrary<Facts> = fc
    .record({
      processState: fc.constantFrom<Facts['processState']>('running', 'blocked'),
      connect: fc.constantFrom<Facts['connect']>('accepted', 'no-answer', 'not-tried'),
      health: fc.constantFrom<Facts['health']>('good', 'bad', 'silent', 'not-tried'),
      silentMs: fc.option(fc.integer({ min: 300, max: 20_000 }), { nil: undefined }),
      ranShare: fc.double({ min: 0, max: 0.45, noNaN: true }),
      loopDelayMs: fc.nat(3000),
      logSyncMs: fc.nat(2000),
      peerSyncMs: fc.option(fc.integer({ min: 250, max: 2000 }), { nil: undefined }),
      votes: fc.array(
        fc.record({
          name: fc.constantFrom('n2', 'n3'),
          vote: fc.constantFrom<'up' | 'down'>('up', 'down'),
          forMs: fc.nat(4900),
        }),
        { maxLength: 2 },
      ),
      observerLateMs: fc.nat(3000),
      loop: fc.boolean(),
      disk: fc.boolean(),
      // Late as they all are, members suspect each other by turns.
      reach: fc
        .tuple(fc.subarray([...whole]), fc.array(fc.tuple(fc.boolean(), fc.nat(4900)), { minLength: 6, maxLength: 6 }))
        .map(([some, words]) => some.map((each, at) => (words[at]![0] ? each : { ...each, ok: false, forMs: words[at]![1] }))),
      unwell: fc.integer({ min: 1, max: 3 }),
      lag: fc.record({
        entries: fc.nat(100_000),
        appliesPerSecond: fc.integer({ min: 10_000, max: 40_000 }),
        forMs: fc.nat(60_000),
      }),
      others: fc.subarray(['n2', 'n3']),
    })
    .map(({ silentMs, ranShare, loopDelayMs, logSyncMs, peerSyncMs, loop, disk, unwell, others, ...rest }): Facts => {
      const ranMs = silentMs === undefined ? 0 : Math.min(1400, Math.round(silentMs * ranShare));
      return {
        ...bareFacts('n1', NOW),
        ...rest,
        process: { pid: 7, startTime: 70 },
        onset: NOW - (silentMs ?? 0),
        silence: silentMs === undefined ? undefined : { ms: silentMs, phi: 10, ranMs, queuedMs: Math.ceil(silentMs / 2) },
        health: silentMs === undefined ? rest.health : 'silent',
        vitals: vitals({ loopDelayMs, logSyncMs }),
        peers: peerSyncMs === undefined ? [] : [{ name: 'n2', vitals: vitals(), syncP99Ms: peerSyncMs }],
        signals: [lateLoop(loop), slowDisk(disk), diskSpace(1 << 29, 50_000)],
        fleet: { total: 3, unwell },
        neighbours: others.map((subject) => neighbour({ subject, since: NOW - 3000, sameGroup: true, sameHost: true })),
      };
    });

  it('is left alone', () => {
    fc.assert(
      fc.property(busy, (facts) => {
        const { verdict } = diagnose(facts);
        expect(acts(verdict), `${verdict}`).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('the diagnoser', () => {
  it('cannot know that a fault was made on purpose: no fact carries it, and its sources do not speak of drills', () => {
    expect(Object.keys(bareFacts('n1', NOW)).filter((field) => /drill|inject|exercise/i.test(field))).toEqual([]);
    const sources = ['detect', 'diagnose', 'faults', 'faults/shared'].flatMap((folder) => {
      const path = join(import.meta.dirname, '../src', folder);
      return readdirSync(path)
        .filter((file) => file.endsWith('.ts'))
        .map((file) => join(path, file));
    });
    expect(sources.length).toBeGreaterThan(FAULT_NAMES.length);
    expect(sources.filter((file) => /\bdrill|fault.?switch/i.test(readFileSync(file, 'utf8')))).toEqual([]);
  });

  it('names the earlier incident that a fault follows from, and never a later one', () => {
    const facts = canonicalFacts('dependency-down');
    expect(diagnose(facts).cause).toEqual({ kind: 'incident', id: 'incident-of-db-1' });
    const later = { ...facts, neighbours: facts.neighbours.map((each) => ({ ...each, since: NOW })) };
    expect(diagnose(later).cause?.kind).not.toBe('incident');
  });

  it('finds the sick disk of a machine behind the fault of another subject on it, and nothing behind one on another machine', () => {
    const disk = neighbour({ subject: 'n9', incident: 'disk', verdict: 'disk-full', since: NOW - 20_000 });
    const causeWith = (sameHost: boolean) =>
      diagnose({ ...canonicalFacts('crash'), onset: NOW - 5000, neighbours: [{ ...disk, sameHost }] }).cause;
    expect(causeWith(true)).toEqual({ kind: 'incident', id: 'disk' });
    expect(causeWith(false)).toMatchObject({ kind: 'root' });
  });

  it('names what else holds, and treats the gravest first', () => {
    const { verdict, also } = diagnose({
      ...canonicalFacts('clock-jump'),
      signals: [...canonicalFacts('clock-jump').signals, alarm('rot')],
    });
    expect([verdict, also]).toEqual(['corruption', ['clock-jump']]);
    expect(diagnose({ ...canonicalFacts('gray'), reach: cutOff }).also).toBeUndefined();
    expect(oneWay.length).toBe(whole.length);
  });
});
