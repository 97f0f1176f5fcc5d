// Faults that a node makes in itself: through switches that only the nodes of a drill have, and only for who knows the secret.
import { disarmExits } from '@reknit/host/member';
import { nodeDirectory } from '../../cluster/layout.js';
import { sleep } from '../../sleep.js';
import { type DrillFault, nothingToUndo } from './drill-fault.js';
import { CRASH } from './signals.js';
import { throwSwitch } from './throw-switch.js';

/** Several times what an engine should wait for a loop to turn again; one that never sees it does not hold up the drill. */
const BLOCKED_MS = 30_000;
/** The node lets its answer leave first, and may accept writes until then. */
const BLOCK_BEGINS_MS = 25;
/** More starts than an engine that does not give up would make in a round. */
const EXITS = 1000;
const EXIT_CODE = 37;

export const CRASH_LOOP: DrillFault = {
  kind: 'crash-loop',
  deed: `SIGKILL, and exit code ${EXIT_CODE} at each start`,
  right: 'crash-loop',
  response: 'escalate',
  strike: async (cluster, victim) => {
    await throwSwitch(cluster, victim.name, { kind: 'exit-at-start', times: EXITS, code: EXIT_CODE });
    await CRASH.strike(cluster, victim);
  },
  relent: async ({ dataDir }, { name }) => disarmExits(nodeDirectory(dataDir, name)),
};

export const BLOCKED_LOOP: DrillFault = {
  kind: 'blocked-loop',
  deed: `its event loop computes for ${BLOCKED_MS / 1000} s`,
  right: 'blocked-loop',
  response: 'heal',
  strike: async (cluster, victim) => {
    await throwSwitch(cluster, victim.name, { kind: 'block-loop', ms: BLOCKED_MS });
    await sleep(BLOCK_BEGINS_MS);
  },
  relent: nothingToUndo,
};
