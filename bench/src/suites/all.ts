// What can be measured: for each suite its peers, how often, and how.
import { describeMissing, H2LOAD, isInstalled, type System } from '../cluster/systems.js';
import type { Options } from '../options.js';
import type { Body, Kind, ThroughputKind } from '../report/results.js';
import { measureKills } from './kill.js';
import { measureLeases } from './lease.js';
import { measureLoops } from './loop.js';
import { measureStarts } from './start.js';
import { measureThroughput } from './throughput.js';
import { measureWatches } from './watch.js';

export interface Common {
  readonly systems: readonly System[];
  readonly rounds: number;
  readonly directory: string;
  readonly report: (line: string) => void;
}

export interface Suite<K extends Kind> {
  /** Measured beside Reknit when none are named. */
  readonly peers: readonly string[];
  readonly rounds: number;
  readonly quickRounds: number;
  /** Whether it can ask only what etcd's API has. */
  readonly dialects: 'all' | 'etcd';
  readonly measure: (common: Common, options: Options) => Promise<Body<K>>;
}

/** Of every suite. */
export const QUICK_PEERS: readonly string[] = ['etcd', 'h2load'];
const KEYS = 1_000_000;
const QUICK_KEYS = 300_000;

export const SUITES: { readonly [K in Kind]: Suite<K> } = {
  put: {
    peers: ['etcd', 'zookeeper', 'h2load'],
    rounds: 5,
    quickRounds: 3,
    dialects: 'all',
    measure: (common, options) => throughput('put', common, options),
  },
  open: {
    peers: ['etcd', 'zookeeper'],
    rounds: 3,
    quickRounds: 1,
    dialects: 'all',
    measure: (common, options) => throughput('open', common, options),
  },
  range: {
    peers: ['etcd', 'zookeeper'],
    rounds: 5,
    quickRounds: 3,
    dialects: 'all',
    measure: (common, options) => throughput('range', common, options),
  },
  kill: {
    peers: ['etcd', 'etcd-tuned', 'zookeeper'],
    rounds: 30,
    quickRounds: 10,
    dialects: 'all',
    measure: (common, { loads, perSecond }) => measureKills({ ...common, kind: 'kill', loads, perSecond }),
  },
  hang: {
    peers: ['etcd', 'etcd-tuned', 'zookeeper'],
    rounds: 30,
    quickRounds: 10,
    dialects: 'all',
    measure: (common, { loads, perSecond }) => measureKills({ ...common, kind: 'hang', loads, perSecond }),
  },
  start: {
    peers: ['etcd', 'zookeeper'],
    rounds: 10,
    quickRounds: 5,
    dialects: 'all',
    measure: async (common) => ({ samples: await measureStarts(common) }),
  },
  watch: {
    peers: ['etcd'],
    rounds: 5,
    quickRounds: 3,
    dialects: 'etcd',
    measure: async (common) => ({ samples: await measureWatches(common) }),
  },
  lease: {
    peers: ['etcd'],
    rounds: 3,
    quickRounds: 2,
    dialects: 'etcd',
    measure: async (common, { leases }) => ({ samples: await measureLeases({ ...common, leases }) }),
  },
  loop: {
    peers: [],
    rounds: 1,
    quickRounds: 1,
    dialects: 'etcd',
    measure: async (common, { keys, quick }) => {
      const count = keys ?? (quick ? QUICK_KEYS : KEYS);
      return { keys: count, phases: await measureLoops({ ...common, keys: count }) };
    },
  },
};

const IN_FLIGHT = { put: [1, 100, 1000], range: [100, 1000] } as const;
const RATES = [2000, 5000, 8000];

async function throughput(kind: ThroughputKind, common: Common, options: Options): Promise<Body<'put'>> {
  const withH2load = kind === 'put' && (options.peers ?? SUITES.put.peers).includes('h2load') && hasH2load(common);
  const { requests, rates = RATES } = options;
  const paces =
    kind === 'open'
      ? rates.map((perSecond) => ({ perSecond }))
      : (options.inFlight ?? IN_FLIGHT[kind]).map((inFlight) => ({ inFlight }));
  const operation = kind === 'range' ? kind : 'put';
  return { samples: await measureThroughput({ ...common, kind: operation, paces, requests, withH2load }) };
}

function hasH2load({ report }: Common): boolean {
  const found = isInstalled(H2LOAD);
  if (!found) report(describeMissing(H2LOAD));
  return found;
}
