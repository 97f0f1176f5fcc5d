// Kills a node as `kill -9` does: exactly the process that the agent knows, never a later holder of its pid.
import type { Millis } from '@reknit/base';
import type { ProcessIdentity } from '@reknit/runtime';
import { CliError } from '../cli-error.js';
import type { LocalCluster } from '../cluster/local-cluster.js';
import { sleep } from '../sleep.js';

export interface Killed {
  readonly name: string;
  readonly process: ProcessIdentity;
  /** Wall clock, just before the signal. */
  readonly at: number;
  /** The same on the runtime's clock, as in the history. */
  readonly moment: Millis;
}

const LEADER_WITHIN_MS = 10_000;
const POLL_MS = 50;

/** The leader of the clients' keyspace. */
export async function leaderName(cluster: LocalCluster): Promise<string> {
  const deadline = performance.now() + LEADER_WITHIN_MS;
  for (;;) {
    const leader = (await cluster.members()).find(({ role }) => role === 'leader');
    if (leader !== undefined) return leader.name;
    if (performance.now() > deadline) throw new CliError('the cluster has no leader', `see the logs in ${cluster.dataDir}`);
    await sleep(POLL_MS);
  }
}

export async function processOf(cluster: LocalCluster, name: string): Promise<ProcessIdentity> {
  const { subjects } = await cluster.agentStatus();
  const process = subjects.find(({ subject }) => subject === name)?.process;
  if (process === undefined) throw new CliError(`${name} has no process`, `see  reknit why ${name}`);
  return process;
}

export function kill(cluster: LocalCluster, name: string, process: ProcessIdentity): Killed {
  const { clock, processes } = cluster.runtime;
  const killed = { name, process, at: Date.now(), moment: clock.now() };
  if (processes.signal(process, 'SIGKILL')) return killed;
  throw new CliError(`${name} (pid ${process.pid}) was gone before it could be killed`, `see  reknit why ${name}`);
}
