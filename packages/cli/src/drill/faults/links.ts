// Faults of the links between nodes, while every node itself is well.
import { type DrillFault, nothingToUndo } from './drill-fault.js';
import { namesBeside, peerAddresses, throwSwitch } from './throw-switch.js';

/** Long enough to be seen for what it is by everybody, and short enough for a round. */
const CUT_MS = 10_000;
const SLOW_MS = 6000;
/** A bad road to another town: no reason to do anything. */
const DELAY_MS = 40;

export const ISOLATION: DrillFault = {
  kind: 'isolation',
  deed: `all its links cut both ways, for ${CUT_MS / 1000} s`,
  right: 'full-partition',
  response: 'outlast',
  strike: async (cluster, { name }) => {
    const others = namesBeside(cluster, name);
    for (const other of others)
      await throwSwitch(cluster, other, { kind: 'cut-links', peers: peerAddresses(cluster, [name]), ms: CUT_MS });
    await throwSwitch(cluster, name, { kind: 'cut-links', peers: '', ms: CUT_MS });
  },
  relent: nothingToUndo,
};

export const ONE_LINK: DrillFault = {
  kind: 'one-link',
  deed: `its link with one other node cut both ways, for ${CUT_MS / 1000} s`,
  right: 'partial-partition',
  response: 'outlast',
  spreads: 'to others',
  strike: async (cluster, { name }) => {
    const [other] = namesBeside(cluster, name);
    await throwSwitch(cluster, other!, { kind: 'cut-links', peers: peerAddresses(cluster, [name]), ms: CUT_MS });
    await throwSwitch(cluster, name, { kind: 'cut-links', peers: peerAddresses(cluster, [other!]), ms: CUT_MS });
  },
  relent: nothingToUndo,
};

export const ONE_WAY: DrillFault = {
  kind: 'one-way',
  deed: `one other node does not hear it any more, for ${CUT_MS / 1000} s`,
  right: 'partial-partition',
  response: 'outlast',
  spreads: 'to others',
  strike: async (cluster, { name }) => {
    const [other] = namesBeside(cluster, name);
    await throwSwitch(cluster, name, { kind: 'cut-links', peers: peerAddresses(cluster, [other!]), ms: CUT_MS });
  },
  relent: nothingToUndo,
};

export const SLOW_LINKS: DrillFault = {
  kind: 'slow-links',
  deed: `all that it sends arrives ${DELAY_MS} ms later, for ${SLOW_MS / 1000} s`,
  right: 'silence',
  response: 'nothing',
  strike: (cluster, { name }) => throwSwitch(cluster, name, { kind: 'delay-links', peers: '', delayMs: DELAY_MS, ms: SLOW_MS }),
  relent: nothingToUndo,
};
