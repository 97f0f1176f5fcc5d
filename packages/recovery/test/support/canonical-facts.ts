// For each class one set of facts that yields exactly it, as an engine would have gathered them.
import { bareFacts, type Facts, type FaultName, type Neighbour, type Reach, type Signal, type Vitals } from '../../src/index.js';

/** So late that a minute before it is a moment too. */
export const NOW = 1_000_000;

export const vitals = (known: Partial<Vitals> = {}): Vitals => ({ loopDelayMs: 2, logSyncMs: 3, suspectedPeers: [], ...known });

export const alive: Partial<Facts> = {
  process: { pid: 7, startTime: 70 },
  processState: 'running',
  connect: 'accepted',
  health: 'good',
  vitals: vitals(),
  votes: [
    { name: 'n2', vote: 'up' },
    { name: 'n3', vote: 'up' },
  ],
};

export const silent: Partial<Facts> = {
  process: { pid: 7, startTime: 70 },
  processState: 'running',
  connect: 'accepted',
  health: 'silent',
  silence: { ms: 4000, phi: 12, ranMs: 0, queuedMs: 0 },
  votes: [
    { name: 'n2', vote: 'down' },
    { name: 'n3', vote: 'down' },
  ],
};

export const dead: Partial<Facts> = {
  process: { pid: 7, startTime: 70 },
  processState: 'gone',
  exit: { signal: 'SIGKILL' },
  connect: 'refused',
};

export const endsOf = (times: number, code = 1, first = NOW - 10_000): Pick<Facts, 'exits' | 'exit'> => ({
  exits: Array.from({ length: times }, (_, at) => ({ at: first + at * 1000, exit: { code } })),
  exit: { code },
});

export const alarm = (name: Extract<Signal, { kind: 'store' }>['alarm'], detail = 'by its own word'): Signal => ({
  kind: 'store',
  at: NOW - 100,
  alarm: name,
  detail,
});
export const probe = (outcome: Extract<Signal, { kind: 'probe' }>['outcome'], failing = outcome !== 'good'): Signal => ({
  kind: 'probe',
  name: 'http /health',
  at: NOW - 100,
  outcome,
  detail: outcome === 'good' ? '200 OK' : `no answer within 500 ms`,
  tookMs: 500,
  failuresInARow: failing ? 5 : 0,
  failing,
});
export const metric = (isBreached: boolean, forMs = 30_000): Signal => ({
  kind: 'metric',
  name: 'latency',
  at: NOW - 100,
  value: 900,
  threshold: 'latency_ms > 500',
  breached: isBreached,
  forMs: isBreached ? forMs : 0,
});
export const logLine = (line: string, alarming = true): Signal => ({
  kind: 'log',
  name: 'errors',
  at: NOW - 500,
  line,
  count: 1,
  alarming,
});
export const lateLoop = (late: boolean): Signal => ({ kind: 'loop', at: NOW - 100, delayMs: late ? 700 : 2, late });
export const slowDisk = (slow: boolean): Signal => ({ kind: 'disk-latency', at: NOW - 100, p99Ms: slow ? 900 : 3, slow });
export const diskSpace = (freeBytes: number, rate = 0): Signal => ({
  kind: 'disk-space',
  name: 'data',
  at: NOW - 100,
  freeBytes,
  totalBytes: 1 << 30,
  shrinkingBytesPerSecond: rate,
  low: freeBytes < 1 << 28,
});
export const clock = (against: string, offsetMs: number, off: boolean): Signal => ({
  kind: 'clock',
  at: NOW - 100,
  offsetMs,
  against,
  off,
});

export const neighbour = (known: Partial<Neighbour> = {}): Neighbour => ({
  subject: 'db-1',
  incident: 'incident-of-db-1',
  since: NOW - 20_000,
  dependsOn: false,
  ...known,
});

/** Of all ordered pairs; those that are named are cut, in the direction given. */
export function matrix(members: readonly string[], ...cuts: readonly (readonly [string, string])[]): readonly Reach[] {
  const isCut = (from: string, to: string): boolean => cuts.some(([a, b]) => a === from && b === to);
  return members.flatMap((from) =>
    members.filter((to) => to !== from).map((to) => ({ from, to, ok: !isCut(from, to), forMs: 20_000 })),
  );
}

const THREE = ['n1', 'n2', 'n3'];
export const cutOff: readonly Reach[] = matrix(THREE, ['n1', 'n2'], ['n2', 'n1'], ['n1', 'n3'], ['n3', 'n1']);
export const oneWay: readonly Reach[] = matrix(THREE, ['n1', 'n2']);
export const whole: readonly Reach[] = matrix(THREE);

const claim = (by: string, epoch: number, since: number) => ({ by, role: 'leader of orders', epoch, since, at: NOW - 100 });

const KNOWN: Readonly<Record<FaultName, Partial<Facts>>> = {
  crash: dead,
  'crash-loop': { ...dead, ...endsOf(5) },
  'config-error': { ...dead, ...endsOf(5), changedAt: NOW - 15_000 },
  hang: silent,
  'blocked-loop': { ...silent, silence: { ms: 4000, phi: 12, ranMs: 3900, queuedMs: 20 } },
  gray: {
    ...alive,
    votes: [
      { name: 'n2', vote: 'down', forMs: 8000 },
      { name: 'n3', vote: 'down', forMs: 8000 },
    ],
  },
  'slow-disk': {
    ...alive,
    vitals: vitals({ logSyncMs: 900 }),
    peers: [{ name: 'n2', vitals: vitals(), syncP99Ms: 4 }],
    signals: [slowDisk(true)],
  },
  'disk-full': { ...alive, signals: [alarm('nospace'), diskSpace(1 << 20)] },
  corruption: { ...alive, signals: [alarm('rot')] },
  'torn-tail': { ...dead, signals: [alarm('torn')] },
  'lost-write': { ...dead, ...endsOf(1), signals: [alarm('lost-write')] },
  'disk-lost': { ...dead, ...endsOf(1), signals: [alarm('wrong-directory')] },
  'clock-jump': { ...alive, signals: [clock('monotonic clock', 90_000, true), clock('median of n2, n3', 90_000, true)] },
  'full-partition': {
    ...alive,
    votes: [
      { name: 'n2', vote: 'down' },
      { name: 'n3', vote: 'down' },
    ],
    reach: cutOff,
  },
  'partial-partition': { ...alive, reach: oneWay },
  overload: { ...alive, signals: [metric(true), lateLoop(true)] },
  'split-brain': { ...alive, claims: [claim('n1', 4, NOW - 60_000), claim('n2', 5, NOW - 30_000)] },
  'quorum-lost': { ...alive, health: 'bad', quorum: { voters: 3, reachable: 1, forMs: 20_000 } },
  lagging: { ...alive, lag: { entries: 500_000, appliesPerSecond: 2000, forMs: 60_000 } },
  diverged: { ...alive, signals: [alarm('diverged')] },
  'leaked-lock': {
    ...alive,
    locks: [{ key: 'orders/lock', holder: 'web-3', holderState: 'gone', epoch: 9, waiters: 2, heldMs: 40_000 }],
  },
  'dependency-down': {
    ...alive,
    signals: [probe('bad', true)],
    onset: NOW - 5000,
    neighbours: [neighbour({ dependsOn: true, verdict: 'hang' })],
  },
  correlated: {
    ...silent,
    votes: [{ name: 'host b', vote: 'down' }],
    onset: NOW - 4000,
    fleet: { total: 5, unwell: 4 },
    neighbours: ['web-2', 'web-3', 'web-4'].map((subject) => neighbour({ subject, since: NOW - 4000, verdict: 'hang' })),
  },
  flapping: {
    ...alive,
    signals: [probe('bad', true)],
    recentIncidents: [1, 2, 3, 4].map((ago) => ({ fault: 'unhealthy', closedAt: NOW - ago * 60_000 })),
  },
  'observer-fault': {
    ...silent,
    votes: [
      { name: 'n2', vote: 'up' },
      { name: 'n3', vote: 'up' },
    ],
    observerLateMs: 800,
  },
  'planned-stop': { ...dead, plannedStop: { until: NOW + 60_000, by: 'operator' } },
  unhealthy: { ...alive, signals: [logLine('FATAL out of memory')] },
};

export const canonicalFacts = (fault: FaultName): Facts => ({ ...bareFacts('n1', NOW), ...KNOWN[fault] });
