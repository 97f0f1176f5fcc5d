// Leases kept alive: what it costs the members in processor time, beside what they cost with nothing to do.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from '../cluster/cluster.js';
import { numberField } from '../cluster/protobuf.js';
import type { System } from '../cluster/systems.js';
import type { LeaseResult } from '../load/lease-load.js';
import { leaseIdAt } from '../load/requests.js';
import { spawnLoad } from '../load/spawn-load.js';
import type { LeaseSample } from '../report/results.js';

export interface LeaseSettings {
  readonly systems: readonly System[];
  readonly rounds: number;
  readonly leases: number;
  readonly directory: string;
  readonly report: (line: string) => void;
}

const TTL_SECONDS = 30;
/** A third of the time to live, as etcd's own client does it. */
const INTERVAL_SECONDS = 10;
const WARM_UP_SECONDS = 3;
const SECONDS = 10;
const IDLE_SECONDS = 3;
const CONNECTIONS = 9;
const GRANTS_IN_FLIGHT = 100;

export async function measureLeases(settings: LeaseSettings): Promise<readonly LeaseSample[]> {
  const samples: LeaseSample[] = [];
  for (let round = 1; round <= settings.rounds; round++) {
    for (const system of settings.systems) samples.push(await measureRound(settings, system, round));
  }
  return samples;
}

async function measureRound(settings: LeaseSettings, system: System, round: number): Promise<LeaseSample> {
  const cluster = await Cluster.start(system, join(settings.directory, system.name));
  try {
    const sample = { system: system.name, round, ...(await measureCluster(settings.leases, cluster)) };
    const figures = `${sample.cpu.toFixed(3)} processors, ${sample.cpuIdle.toFixed(3)} when idle`;
    settings.report(`round ${round}  ${system.name.padEnd(10)} ${sample.leases} leases: ${sample.fault ?? figures}`);
    return sample;
  } finally {
    await cluster.stop();
  }
}

async function measureCluster(leases: number, cluster: Cluster): Promise<Omit<LeaseSample, 'system' | 'round'>> {
  const leader = await cluster.whole();
  const granted = await spawnLoad('calls', {
    port: leader.place.clientPort,
    method: '/etcdserverpb.Lease/LeaseGrant',
    messages: Array.from({ length: leases }, (_, at) =>
      Buffer.concat([numberField(1, TTL_SECONDS), numberField(2, leaseIdAt(at))]).toString('base64'),
    ),
    inFlight: GRANTS_IN_FLIGHT,
  });
  const job = {
    ports: cluster.members.map(({ place }) => place.clientPort),
    connections: CONNECTIONS,
    leases,
    intervalSeconds: INTERVAL_SECONDS,
  };
  await spawnLoad('leases', { ...job, seconds: WARM_UP_SECONDS });
  const { cpu: cpuIdle } = await cpuDuring(cluster, () => sleep(IDLE_SECONDS * 1000));
  const { cpu, result } = await cpuDuring(cluster, () => spawnLoad('leases', { ...job, seconds: SECONDS }));
  const alive = await cluster.with(leader, (control) => control.leases());
  return {
    leases,
    renewalsPerSecond: leases / INTERVAL_SECONDS,
    cpuIdle,
    cpu,
    latency: result.latency,
    fault: leaseFaultOf(leases, { ...result, refusedGrants: granted.refused, alive }),
  };
}

async function cpuDuring<T>(cluster: Cluster, run: () => Promise<T>): Promise<{ readonly cpu: number; readonly result: T }> {
  const [startedAt, before] = [performance.now(), cluster.resources().cpuSeconds];
  const result = await run();
  return { cpu: ((cluster.resources().cpuSeconds - before) * 1000) / (performance.now() - startedAt), result };
}

export function leaseFaultOf(
  leases: number,
  found: Pick<LeaseResult, 'lost' | 'unanswered' | 'renewals'> & { readonly refusedGrants: number; readonly alive: number },
): string | undefined {
  if (found.refusedGrants > 0) return `${found.refusedGrants} of ${leases} leases were refused`;
  if (found.lost > 0) return `${found.lost} of ${found.renewals} renewals found no lease`;
  if (found.unanswered > 0) return `${found.unanswered} of ${found.renewals} renewals had no answer`;
  if (found.alive !== leases) return `${found.alive} of ${leases} leases are left`;
  return undefined;
}
