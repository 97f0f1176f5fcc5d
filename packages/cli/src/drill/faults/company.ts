// Faults of declared components, beside the nodes.
import { writeFileSync } from 'node:fs';
import { processOf } from '../../load/kill.js';
import { BROKEN_MENU, MENU, menuPath } from '../company.js';
import { type DrillFault, nothingToUndo } from './drill-fault.js';
import { CRASH } from './signals.js';

/** What stands on another falls ill with it, and is left alone: only the other is mended. */
export const DEPENDENCY_DOWN: DrillFault = {
  kind: 'dependency-down',
  deed: 'SIGSTOP of the database that it needs',
  right: 'dependency-down',
  alsoRight: ['hang', 'unhealthy'],
  response: 'outlast',
  spreads: 'to others',
  subject: 'front-1',
  strike: async (cluster) => {
    cluster.runtime.processes.signal(await processOf(cluster, 'db-1'), 'SIGSTOP');
  },
  relent: nothingToUndo,
};

/** It ran until somebody changed a file; no start helps until that is undone. */
export const CONFIG_ERROR: DrillFault = {
  kind: 'config-error',
  deed: 'a file that it reads is broken, then SIGKILL',
  right: 'config-error',
  response: 'escalate',
  subject: 'front-1',
  strike: async (cluster, victim) => {
    writeFileSync(menuPath(cluster.dataDir), BROKEN_MENU);
    await CRASH.strike(cluster, victim);
  },
  relent: async ({ dataDir }) => writeFileSync(menuPath(dataDir), MENU),
};

/** Different faults of different subjects at the same moment, each with its own name. */
export const TWO_AT_ONCE: DrillFault = {
  kind: 'two-at-once',
  deed: 'SIGKILL, and SIGSTOP of the database beside it',
  right: 'crash',
  alsoRight: ['hang', 'unhealthy', 'dependency-down'],
  response: 'heal',
  spreads: 'to others',
  strike: async (cluster, victim) => {
    await CRASH.strike(cluster, victim);
    cluster.runtime.processes.signal(await processOf(cluster, 'db-1'), 'SIGSTOP');
  },
  relent: nothingToUndo,
};
