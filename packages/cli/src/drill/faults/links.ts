// Faults of the links between nodes, while every node itself is well.
import type { LocalCluster } from '../../cluster/local-cluster.js';
import { type DrillFault, nothingToUndo } from './drill-fault.js';
import { namesBeside, peerAddresses, throwSwitch } from './throw-switch.js';

/** Long enough to be seen for what it is by everybody, and short enough for a round. */
const CUT_MS = 10_000;
const SLOW_MS = 6000;
/** A bad road to another town: no reason to do anything. */
const DELAY_MS = 40;

/** What one node sends to others does not arrive for a while; all others when none is named. */
const cut = (cluster: LocalCluster, from: string, to: readonly string[]): Promise<void> =>
  throwSwitch(cluster, from, { kind: 'cut-links', peers: peerAddresses(cluster, to), ms: CUT_MS });

export const ISOLATION: DrillFault = {
  kind: 'isolation',
  deed: `all its links cut both ways, for ${CUT_MS / 1000} s`,
  right: 'full-partition',
  response: 'outlast',
  strike: async (cluster, { name }) => {
    for (const other of namesBeside(cluster, name)) await cut(cluster, other, [name]);
    await cut(cluster, name, []);
  },
  relent: nothingToUndo,
};

/** Of a link both ends are struck. */
const OF_A_LINK = {
  right: 'partial-partition',
  response: 'outlast',
  spreads: 'to others',
  relent: nothingToUndo,
} as const;

export const ONE_LINK: DrillFault = {
  ...OF_A_LINK,
  kind: 'one-link',
  deed: `its link with one other node cut both ways, for ${CUT_MS / 1000} s`,
  strike: async (cluster, { name }) => {
    const [other = name] = namesBeside(cluster, name);
    await cut(cluster, other, [name]);
    await cut(cluster, name, [other]);
  },
};

export const ONE_WAY: DrillFault = {
  ...OF_A_LINK,
  kind: 'one-way',
  deed: `one other node does not hear it any more, for ${CUT_MS / 1000} s`,
  strike: async (cluster, { name }) => cut(cluster, name, namesBeside(cluster, name).slice(0, 1)),
};

export const SLOW_LINKS: DrillFault = {
  kind: 'slow-links',
  deed: `all that it sends arrives ${DELAY_MS} ms later, for ${SLOW_MS / 1000} s`,
  right: 'silence',
  response: 'nothing',
  strike: (cluster, { name }) => throwSwitch(cluster, name, { kind: 'delay-links', peers: '', delayMs: DELAY_MS, ms: SLOW_MS }),
  relent: nothingToUndo,
};
