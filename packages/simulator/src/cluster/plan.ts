// What goes wrong in a run, drawn anew by each seed (swarm testing, Groce et al. 2012): which kinds of fault it has at all,
// how often, for how long, and on what kind of cluster. A run with few kinds goes deep where a run with all of them would
// only thrash; half of the runs follow a theme, kinds that are dangerous together.
import type { Millis } from '@reknit/base';
import type { NetworkFaults, Prng } from '@reknit/runtime/simulated';

export const FAULT_KINDS = [
  'kill',
  'power-loss',
  'kill-all',
  'power-loss-all',
  'restart-storm',
  'outage',
  'pause',
  'pause-leader',
  'stall',
  'clock-jump',
  'clock-drift',
  'slow-disk',
  'slow-death',
  'full-disk',
  'failed-sync',
  'bit-rot',
  'lost-write',
  'wiped-disk',
  'partition',
  'partial-partition',
  'isolate-leader',
  'exile',
  'deaf-leader',
  'short-reigns',
  'figure-eight',
  'one-way-cut',
  'clog',
  'delay',
  'loss',
  'duplication',
  'reorder',
  'damage',
  'transfer',
  'protocol-switch',
  'member-replace',
  'torn-writes',
  'learner',
  'one-step-replace',
  'plan-cancelled',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** What goes wrong all the time, with a rate that the seed draws; the others strike at moments of their own. */
type AmbientKind = 'loss' | 'duplication' | 'reorder' | 'damage' | 'torn-writes' | 'clock-drift';

export type EventKind = Exclude<FaultKind, AmbientKind>;

export const AMBIENT_KINDS: ReadonlySet<string> = new Set<AmbientKind>([
  'loss',
  'duplication',
  'reorder',
  'damage',
  'torn-writes',
  'clock-drift',
]);

/** Of a comma-separated list, or 'none'. @returns the first name that is no fault, where there is one */
export function parseFaults(text: string): { readonly faults: readonly FaultKind[] } | { readonly unknown: string } {
  if (text === 'none') return { faults: [] };
  const parsed = parseKinds(text, FAULT_KINDS);
  return 'kinds' in parsed ? { faults: parsed.kinds } : parsed;
}

/** Of a comma-separated list, or 'none'. @returns the first name that is no workload, where there is one */
export function parseWorkloads(text: string): { readonly workloads: readonly WorkloadKind[] } | { readonly unknown: string } {
  if (text === 'none') return { workloads: [] };
  const parsed = parseKinds(text, WORKLOAD_KINDS);
  return 'kinds' in parsed ? { workloads: parsed.kinds } : parsed;
}

function parseKinds<Kind extends string>(
  text: string,
  kinds: readonly Kind[],
): { readonly kinds: readonly Kind[] } | { readonly unknown: string } {
  const isKind = (name: string): name is Kind => (kinds as readonly string[]).includes(name);
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !isKind(name));
  return unknown === undefined ? { kinds: names.filter(isKind) } : { unknown };
}

export interface FaultPlan {
  readonly kinds: readonly FaultKind[];
  /** Mean pause between two events. */
  readonly meanPauseMs: Millis;
  /** Chance that the next event comes within milliseconds instead. */
  readonly burst: number;
  readonly network: Partial<NetworkFaults>;
  /**
   * Chance that a crash keeps a sector that was not synced: the higher, the fewer holes has an unfinished write. Sectors
   * themselves are written whole or not at all: the log rests on that, and takes anything else for damage.
   */
  readonly keepSector: number;
  /** How far a monotonic clock may be off, as a share: hundred times what quartz does, so that it shows in seconds. */
  readonly clockDrift: number;
  readonly cluster: ClusterPlan;
  readonly load: LoadPlan;
}

/** What clients do beside reading and writing registers. */
export const WORKLOAD_KINDS = ['watches', 'leases', 'locks', 'compactions', 'lists', 'transactions'] as const;

export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

export interface LoadPlan {
  readonly kinds: readonly WorkloadKind[];
  readonly watchStreams: number;
  readonly leaseClients: number;
  readonly lockClients: number;
  /** Mean pause between two compactions; 0: none. */
  readonly compactEveryMs: Millis;
  readonly listClients: number;
  readonly transactionClients: number;
}

/** Small numbers make rare things common: elections, flushes, segments that go, followers that need a snapshot. */
export interface ClusterPlan {
  readonly electionTimeout: Millis;
  readonly heartbeatInterval: Millis;
  readonly snapshotCount: number;
  readonly catchupEntries: number;
  readonly segmentBytes: number;
  readonly watchProgressInterval: Millis;
  /** Also where watchers that allow it get fragments. */
  readonly requestBytesMax: number;
  /** Values are padded to a random length up to this. */
  readonly valueBytesMax: number;
}

const CLOCK_DRIFT_MAX = 0.05;

const THEMES: readonly (readonly FaultKind[])[] = [
  // Promises that were given before they were kept.
  ['short-reigns', 'slow-disk', 'power-loss'],
  ['power-loss-all', 'slow-disk', 'torn-writes'],
  // Leaders that do not know that they are none any more.
  ['deaf-leader', 'isolate-leader'],
  ['short-reigns', 'partition'],
  ['figure-eight'],
  // Members that come back far behind.
  ['exile', 'transfer'],
  ['slow-death', 'power-loss'],
  ['outage', 'kill'],
  ['outage', 'slow-disk', 'power-loss'],
  // Those who wake up and do not know how late it is.
  ['pause-leader', 'stall'],
  ['pause-leader', 'clock-drift', 'clock-jump', 'isolate-leader'],
  // Leaders that go because they are asked to, in the middle of everything.
  ['transfer', 'delay', 'kill'],
  // Stages that end while leaders do, and while nobody reaches everybody.
  ['protocol-switch', 'isolate-leader', 'kill'],
  ['protocol-switch', 'power-loss-all', 'partial-partition'],
  ['member-replace', 'kill', 'partition', 'learner', 'one-step-replace'],
  ['member-replace', 'protocol-switch', 'wiped-disk', 'plan-cancelled'],
  // Who reaches whom is not the same for all.
  ['partial-partition', 'one-way-cut', 'clog'],
  // Disks that do not keep, or do not take, what they are given.
  ['bit-rot', 'lost-write', 'power-loss'],
  ['full-disk', 'failed-sync', 'kill'],
  // Logs that end in the middle of a write.
  ['power-loss', 'power-loss-all', 'restart-storm', 'torn-writes', 'slow-disk'],
];

/**
 * Each kind draws from a generator of its own: naming fewer of them changes nothing about the rest.
 * @param kinds exactly these, instead of what the seed draws
 * @param workloads likewise
 */
export function drawPlan(prng: Prng, kinds?: readonly FaultKind[], workloads?: readonly WorkloadKind[]): FaultPlan {
  const drawn = kinds ?? drawKinds(prng.fork('kinds'));
  const rate = (kind: FaultKind, max: number): number => (drawn.includes(kind) ? prng.fork(kind).next() * max : 0);
  const rhythm = prng.fork('rhythm');
  return {
    kinds: drawn,
    meanPauseMs: 300 + rhythm.next() * 2500,
    burst: rhythm.chance(0.5) ? rhythm.next() * 0.6 : 0,
    network: {
      loss: rate('loss', 0.05),
      duplication: rate('duplication', 0.05),
      reorder: rate('reorder', 0.1),
      reorderMsMax: 5 + rhythm.next() * 40,
      damage: rate('damage', 0.003),
    },
    keepSector: 0.5 + rate('torn-writes', 0.45),
    clockDrift: rate('clock-drift', CLOCK_DRIFT_MAX),
    cluster: drawCluster(prng.fork('cluster')),
    load: drawLoad(prng.fork('load'), workloads),
  };
}

function drawKinds(prng: Prng): readonly FaultKind[] {
  const theme = prng.chance(0.5) ? THEMES[prng.below(THEMES.length)]! : [];
  const others = theme.length > 0 ? 0.12 : 0.3;
  return FAULT_KINDS.filter((kind) => prng.chance(theme.includes(kind) ? 1 : others));
}

function drawCluster(prng: Prng): ClusterPlan {
  const electionTimeout = prng.chance(0.6) ? 1000 : 200 + prng.below(400);
  const [snapshotCount, catchupEntries] = prng.chance(0.5) ? [400, 50] : [60, 10];
  return {
    electionTimeout,
    heartbeatInterval: electionTimeout / 10,
    snapshotCount,
    catchupEntries,
    segmentBytes: prng.chance(0.5) ? 256 * 1024 : 64 * 1024,
    watchProgressInterval: 700,
    requestBytesMax: prng.chance(0.5) ? 1024 * 1024 : 8 * 1024,
    valueBytesMax: prng.chance(0.5) ? 0 : 2048,
  };
}

function drawLoad(prng: Prng, workloads: readonly WorkloadKind[] | undefined): LoadPlan {
  const drawn = WORKLOAD_KINDS.filter((kind) => prng.fork(kind).chance(SHARES[kind]));
  const has = (kind: WorkloadKind): boolean => (workloads ?? drawn).includes(kind);
  const between = (kind: WorkloadKind, least: number, range: number): number =>
    has(kind) ? least + prng.fork(`size of ${kind}`).below(range) : 0;
  return {
    kinds: WORKLOAD_KINDS.filter(has),
    watchStreams: between('watches', 2, 4),
    leaseClients: between('leases', 3, 5),
    lockClients: between('locks', 3, 3),
    compactEveryMs: between('compactions', 1000, 3000),
    listClients: between('lists', 2, 4),
    transactionClients: between('transactions', 2, 4),
  };
}

/** How many of the seeds have it. */
const SHARES: Readonly<Record<WorkloadKind, number>> = {
  watches: 0.7,
  leases: 0.6,
  locks: 0.5,
  compactions: 0.4,
  lists: 0.4,
  transactions: 0.4,
};
