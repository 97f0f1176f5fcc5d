// Faults that a signal makes.
import type { ProcessIdentity } from '@reknit/runtime';
import { CliError } from '../../cli-error.js';
import type { LocalCluster } from '../../cluster/local-cluster.js';
import { sleep } from '../../sleep.js';
import { type DrillFault, nothingToUndo, type Victim } from './drill-fault.js';

/** As long as a large garbage collection: a detector that takes this for a hang restarts healthy nodes. */
const SHORT_PAUSE_MS = 150;

export const CRASH: DrillFault = {
  kind: 'crash',
  deed: 'SIGKILL',
  right: 'crash',
  response: 'heal',
  strike: async (cluster, victim) => send(cluster, victim, 'SIGKILL'),
  relent: nothingToUndo,
};

export const HANG: DrillFault = {
  kind: 'hang',
  deed: 'SIGSTOP, for good',
  right: 'hang',
  response: 'heal',
  strike: async (cluster, victim) => send(cluster, victim, 'SIGSTOP'),
  relent: async ({ runtime }, { process }) => void runtime.processes.signal(process, 'SIGCONT'),
};

/** Several at once: nobody is left who could serve meanwhile. */
export const CRASH_ALL: DrillFault = {
  kind: 'crash-all',
  deed: 'SIGKILL of all nodes at once',
  right: 'crash',
  response: 'heal',
  spreads: 'to others',
  strike: async (cluster) => {
    const { subjects } = await cluster.agentStatus();
    for (const { process } of subjects) if (process !== undefined) cluster.runtime.processes.signal(process, 'SIGKILL');
  },
  relent: nothingToUndo,
};

export const SHORT_PAUSE: DrillFault = {
  kind: 'short-pause',
  deed: `SIGSTOP, and SIGCONT after ${SHORT_PAUSE_MS} ms`,
  right: 'silence',
  response: 'nothing',
  strike: async (cluster, victim) => {
    send(cluster, victim, 'SIGSTOP');
    await sleep(SHORT_PAUSE_MS);
    send(cluster, victim, 'SIGCONT');
  },
  relent: nothingToUndo,
};

export const NOTHING: DrillFault = {
  kind: 'nothing',
  deed: 'nothing at all',
  right: 'silence',
  response: 'nothing',
  strike: nothingToUndo,
  relent: nothingToUndo,
};

function send({ runtime }: LocalCluster, { name, process }: Victim, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
  if (!runtime.processes.signal(process, signal)) throw goneTooEarly(name, process);
}

const goneTooEarly = (name: string, { pid }: ProcessIdentity): CliError =>
  new CliError(`${name} (pid ${pid}) was gone before the drill had done with it`, 'see its log, and the agent log beside it');
