// The catalogue as a whole: that it is well formed, that its order blocks nothing graver, and that its classes can be told
// apart, each from each of its neighbours by one fact.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Action,
  actionsOf,
  CATALOGUE,
  classOf,
  diagnose,
  FAULT_NAMES,
  type Facts,
  type FaultClass,
  type FaultName,
} from '../src/index.js';
import {
  alarm,
  alive,
  canonicalFacts,
  clock,
  cutOff,
  dead,
  diskSpace,
  endsOf,
  lateLoop,
  logLine,
  metric,
  NOW,
  neighbour,
  oneWay,
  probe,
  silent,
  slowDisk,
  vitals,
  whole,
} from './support/canonical-facts.js';

const named = (name: FaultName): FaultClass => classOf(name)!;

/** What changes nothing but this engine's own mind, and who is told. */
const HARMLESS: ReadonlySet<Action> = new Set(['wait', 'suspend-accusations', 'page']);
const acts = ({ ladder }: FaultClass): boolean => actionsOf(ladder).some((action) => !HARMLESS.has(action));
/** They rest on the kernel's word, or on a checksum, an identity, an epoch; or are a matter of a majority. */
const PROVEN: readonly FaultName[] = ['corruption', 'diverged', 'lost-write', 'disk-lost', 'split-brain', 'quorum-lost'];

describe('the catalogue', () => {
  it('has every class once', () => {
    expect([...CATALOGUE.map(({ name }) => name)].sort()).toEqual([...FAULT_NAMES].sort());
  });

  it('has each class in a file of its name', () => {
    for (const name of FAULT_NAMES) expect(existsSync(join(import.meta.dirname, `../src/faults/${name}.ts`)), name).toBe(true);
  });

  it('gives no two classes the same gravity', () => {
    expect(new Set(CATALOGUE.map(({ severity }) => severity)).size).toBe(CATALOGUE.length);
  });

  it.each(CATALOGUE)('$name ends in a page, and only there', ({ ladder }) => {
    expect(ladder.at(-1)).toEqual(['page']);
    expect(actionsOf(ladder).filter((action) => action === 'page')).toHaveLength(1);
    expect(ladder.every((rung) => rung.length > 0)).toBe(true);
  });

  it.each(CATALOGUE)('$name starts nothing beside a life that it has not ended', ({ ladder, evidence }) => {
    const meetsLiving = !evidence.some(({ id }) => id === 'process-lives');
    const silence = evidence.some(({ id }) => id === 'accepts-but-silent');
    for (const rung of ladder) if (meetsLiving && silence && rung.includes('restart')) expect(rung[0]).toBe('fence');
  });

  it.each(CATALOGUE)('$name can hold by its evidence, and names each piece once', ({ evidence }) => {
    const most = evidence.reduce((sum, { weight }) => sum + (weight === 'rules-out' ? 0 : Math.max(0, weight)), 0);
    expect(most).toBeGreaterThanOrEqual(4);
    expect(new Set(evidence.map(({ id }) => id)).size).toBe(evidence.length);
    expect(evidence.every(({ means }) => means.length > 0)).toBe(true);
  });

  it('lets only what needs a human on principle be passive', () => {
    expect(CATALOGUE.filter(({ mode }) => mode === 'passive').map(({ name }) => name)).toEqual(['quorum-lost']);
    for (const { ladder, mode } of CATALOGUE) if (actionsOf(ladder).includes('unsafe-recover')) expect(mode).toBe('passive');
  });

  it('knows its neighbours from both sides', () => {
    for (const { name, neighbours } of CATALOGUE) {
      expect(neighbours.length, name).toBeGreaterThan(0);
      for (const other of neighbours) expect(named(other).neighbours, `${other} of ${name}`).toContain(name);
    }
  });
});

describe('the order of the classes', () => {
  /** A gives way to B: it waits for B's repairs, or B takes it out of the contest. */
  const givesWayTo = (name: FaultName): readonly FaultName[] => [
    ...named(name).waitsFor,
    ...CATALOGUE.filter(({ suppresses }) => suppresses.includes(name)).map((by) => by.name),
  ];

  it('has no circle: nobody gives way to who gives way to it', () => {
    const reaches = (from: FaultName, path: readonly FaultName[]): void => {
      expect(path, `${[...path, from].join(' → ')}`).not.toContain(from);
      for (const next of givesWayTo(from)) reaches(next, [...path, from]);
    };
    for (const name of FAULT_NAMES) reaches(name, []);
  });

  it('lets no recovery wait for a milder one', () => {
    for (const { name, severity, waitsFor } of CATALOGUE)
      for (const other of waitsFor) expect(named(other).severity, `${name} waits for ${other}`).toBeGreaterThan(severity);
  });

  it('lets no class that acts take a graver one out of the contest', () => {
    for (const fault of CATALOGUE.filter(acts))
      for (const other of fault.suppresses)
        expect(named(other).severity, `${fault.name} suppresses ${other}`).toBeLessThan(fault.severity);
  });

  it('lets nothing take proven damage to data, or to the majority, out of the contest, but graver damage', () => {
    for (const fault of CATALOGUE)
      for (const other of fault.suppresses)
        if (PROVEN.includes(other)) expect(PROVEN, `${fault.name} suppresses ${other}`).toContain(fault.name);
  });

  it('holds a restart of the dead for nothing: neither a wait nor a brake by inference', () => {
    expect(named('crash').waitsFor).toEqual([]);
    expect(named('crash').cooldownMs).toBe(0);
    for (const fault of CATALOGUE.filter(({ suppresses }) => suppresses.includes('crash')))
      expect(
        [...PROVEN, 'crash-loop', 'config-error', 'disk-full', 'torn-tail', 'dependency-down', 'planned-stop'],
        fault.name,
      ).toContain(fault.name);
  });

  it('starts the dead whatever else is inferred of them, of their peers or of their machine', () => {
    const everything: Partial<Facts> = {
      signals: [
        metric(true),
        lateLoop(true),
        slowDisk(true),
        diskSpace(1 << 20),
        probe('silent'),
        clock('median of n2', 9e5, true),
      ],
      fleet: { total: 5, unwell: 5 },
      onset: NOW - 4000,
      neighbours: ['db-1', 'web-2', 'web-3'].map((subject) => neighbour({ subject, dependsOn: true, verdict: 'hang' })),
      recentIncidents: [1, 2, 3, 4, 5].map((ago) => ({ fault: 'crash', closedAt: NOW - ago * 1000 })),
      reach: cutOff,
      quorum: { voters: 3, reachable: 1, forMs: 60_000 },
      observerLateMs: 5000,
    };
    expect(diagnose({ ...canonicalFacts('crash'), ...everything }).verdict).toBe('crash');
  });

  it('fences the stopped whatever else is inferred of them', () => {
    const stopped: Facts = {
      ...canonicalFacts('hang'),
      processState: 'stopped',
      fleet: { total: 3, unwell: 3 },
      onset: NOW - 4000,
      neighbours: ['n2', 'n3'].map((subject) => neighbour({ subject, since: NOW - 4000, dependsOn: true, verdict: 'hang' })),
      recentIncidents: [1, 2, 3, 4, 5].map((ago) => ({ fault: 'hang', closedAt: NOW - ago * 1000 })),
      quorum: { voters: 3, reachable: 1, forMs: 60_000 },
      signals: [slowDisk(true), alarm('nospace')],
      observerLateMs: 800,
    };
    expect(diagnose(stopped).verdict).toBe('hang');
  });
});

describe('each class', () => {
  it.each(FAULT_NAMES)('%s is reached by its canonical facts, with a confidence worth acting on', (name) => {
    const { verdict, confidence } = diagnose(canonicalFacts(name));
    expect(verdict).toBe(name);
    expect(confidence).toBeGreaterThanOrEqual(0.8);
  });

  it.each(FAULT_NAMES)('%s is not among what holds for any other class that it is no neighbour of', (name) => {
    for (const other of FAULT_NAMES.filter((each) => each !== name))
      expect(diagnose(canonicalFacts(other)).also ?? [], `${name} beside ${other}`).not.toContain(name);
  });
});

type Difference = readonly [FaultName, FaultName, Partial<Facts>];

/** From the canonical facts of the first, by this alone, to the second. */
const DIFFERENCES: readonly Difference[] = [
  ['crash', 'crash-loop', endsOf(5)],
  ['crash', 'hang', { ...silent, exit: undefined }],
  ['crash', 'planned-stop', { plannedStop: { until: NOW + 1000, by: 'operator' } }],
  ['crash', 'torn-tail', { signals: [alarm('torn')] }],
  ['dependency-down', 'crash', { ...dead }],
  ['crash-loop', 'config-error', { changedAt: NOW - 12_000 }],
  ['crash-loop', 'disk-full', { signals: [logLine('write failed: ENOSPC')] }],
  ['crash-loop', 'lost-write', { signals: [alarm('lost-write')] }],
  ['crash-loop', 'disk-lost', { signals: [alarm('wrong-directory')] }],
  ['crash-loop', 'dependency-down', { onset: NOW - 10_000, neighbours: [neighbour({ dependsOn: true, verdict: 'crash-loop' })] }],
  ['flapping', 'crash-loop', { ...dead, ...endsOf(5) }],
  ['config-error', 'dependency-down', { onset: NOW - 10_000, neighbours: [neighbour({ dependsOn: true, verdict: 'hang' })] }],
  ['correlated', 'config-error', { ...dead, ...endsOf(5), changedAt: NOW - 12_000 }],
  ['hang', 'blocked-loop', { silence: { ms: 4000, phi: 12, ranMs: 3900, queuedMs: 0 } }],
  ['slow-disk', 'hang', { ...silent, silence: { ms: 4000, phi: 12, ranMs: 0, queuedMs: 0 } }],
  ['hang', 'dependency-down', { onset: NOW - 10_000, neighbours: [neighbour({ dependsOn: true, verdict: 'disk-full' })] }],
  ['observer-fault', 'hang', { votes: silent.votes!, observerLateMs: 0 }],
  ['unhealthy', 'hang', silent],
  ['correlated', 'hang', { fleet: { total: 5, unwell: 1 }, neighbours: [] }],
  ['blocked-loop', 'overload', { ...alive, silence: undefined, signals: [metric(true), lateLoop(true)] }],
  ['unhealthy', 'blocked-loop', { ...silent, silence: { ms: 4000, phi: 12, ranMs: 3900, queuedMs: 0 } }],
  ['dependency-down', 'blocked-loop', { ...silent, silence: { ms: 30_000, phi: 12, ranMs: 29_900, queuedMs: 0 }, signals: [] }],
  ['flapping', 'blocked-loop', { ...silent, silence: { ms: 4000, phi: 12, ranMs: 3900, queuedMs: 0 }, recentIncidents: [] }],
  [
    'observer-fault',
    'blocked-loop',
    { votes: silent.votes!, observerLateMs: 0, silence: { ms: 4000, phi: 12, ranMs: 3900, queuedMs: 0 } },
  ],
  ['gray', 'partial-partition', { reach: oneWay }],
  ['gray', 'full-partition', { reach: cutOff }],
  [
    'gray',
    'slow-disk',
    { vitals: vitals({ logSyncMs: 900 }), peers: [{ name: 'n2', vitals: vitals(), syncP99Ms: 4 }], signals: [slowDisk(true)] },
  ],
  ['gray', 'overload', { votes: alive.votes!, signals: [metric(true), lateLoop(true)] }],
  ['gray', 'unhealthy', { health: 'bad', signals: [probe('bad')] }],
  ['gray', 'leaked-lock', { votes: alive.votes!, locks: canonicalFacts('leaked-lock').locks }],
  [
    'overload',
    'slow-disk',
    {
      vitals: vitals({ logSyncMs: 900 }),
      peers: [{ name: 'n2', vitals: vitals(), syncP99Ms: 4 }],
      signals: [metric(true), slowDisk(true)],
    },
  ],
  ['slow-disk', 'disk-full', { signals: [slowDisk(true), alarm('nospace')] }],
  ['slow-disk', 'lagging', { vitals: vitals(), signals: [], lag: { entries: 500_000, appliesPerSecond: 2000, forMs: 60_000 } }],
  ['disk-full', 'unhealthy', { signals: [probe('bad')] }],
  ['corruption', 'torn-tail', { ...dead, signals: [alarm('torn')] }],
  ['corruption', 'lost-write', { signals: [alarm('lost-write')] }],
  ['corruption', 'diverged', { signals: [alarm('diverged')] }],
  ['corruption', 'correlated', canonicalFacts('correlated')],
  ['torn-tail', 'lost-write', { signals: [alarm('torn'), alarm('lost-write')] }],
  ['lost-write', 'disk-lost', { signals: [alarm('wrong-directory')] }],
  [
    'clock-jump',
    'observer-fault',
    { ...silent, votes: alive.votes!, observerLateMs: 60_000, signals: [clock('monotonic clock', 60_000, true)] },
  ],
  ['split-brain', 'clock-jump', { claims: [], signals: canonicalFacts('clock-jump').signals }],
  ['full-partition', 'partial-partition', { reach: oneWay }],
  ['full-partition', 'quorum-lost', { reach: [], quorum: { voters: 3, reachable: 1, forMs: 20_000 } }],
  ['full-partition', 'split-brain', { claims: canonicalFacts('split-brain').claims }],
  ['full-partition', 'observer-fault', { ...silent, votes: alive.votes!, reach: whole, observerLateMs: 800 }],
  ['overload', 'unhealthy', { signals: [metric(true)] }],
  ['lagging', 'unhealthy', { lag: undefined, signals: [metric(true)] }],
  ['leaked-lock', 'unhealthy', { locks: [], signals: [probe('bad')] }],
  ['dependency-down', 'correlated', canonicalFacts('correlated')],
  ['dependency-down', 'unhealthy', { neighbours: [] }],
  ['correlated', 'observer-fault', { votes: alive.votes!, observerLateMs: 800 }],
  ['correlated', 'planned-stop', { plannedStop: { until: NOW + 1000, by: 'operator' } }],
  [
    'correlated',
    'quorum-lost',
    { ...alive, health: 'bad', silence: undefined, quorum: { voters: 5, reachable: 1, forMs: 20_000 } },
  ],
  ['diverged', 'correlated', canonicalFacts('correlated')],
  ['flapping', 'unhealthy', { recentIncidents: [] }],
  ['observer-fault', 'unhealthy', { ...alive, silence: undefined, observerLateMs: 0, signals: [probe('bad')] }],
];

describe('neighbours are told apart', () => {
  it.each(DIFFERENCES)('%s becomes %s by the fact that separates them', (from, to, difference) => {
    expect(diagnose({ ...canonicalFacts(from), ...difference }).verdict).toBe(to);
  });

  it('who does not hear its accusers either is not gray, though nobody has said for long enough which link is bad', () => {
    const cut = vitals({ suspectedPeers: ['n2', 'n3'] });
    expect(diagnose({ ...canonicalFacts('gray'), vitals: cut }).verdict).toBe('not-enough-evidence');
  });

  it('by a fact that is named here for every pair', () => {
    const pair = (a: FaultName, b: FaultName): string => [a, b].sort().join(' / ');
    const shown = new Set(DIFFERENCES.map(([a, b]) => pair(a, b)));
    const wanted = new Set(CATALOGUE.flatMap(({ name, neighbours }) => neighbours.map((other) => pair(name, other))));
    expect([...wanted].filter((each) => !shown.has(each))).toEqual([]);
    expect([...shown].filter((each) => !wanted.has(each))).toEqual([]);
  });
});
