// How long until members that are started serve: each must have accepted a write, not merely listen.
import { join } from 'node:path';
import { Cluster } from '../cluster/cluster.js';
import type { System } from '../cluster/systems.js';
import type { StartSample } from '../report/results.js';

export interface StartSettings {
  readonly systems: readonly System[];
  readonly rounds: number;
  readonly directory: string;
  readonly report: (line: string) => void;
}

const SIZES = [1, 3];

export async function measureStarts({ systems, rounds, directory, report }: StartSettings): Promise<readonly StartSample[]> {
  const samples: StartSample[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const members of SIZES) {
      for (const system of systems) {
        const readyMs = await measureStart(await Cluster.prepare(system, join(directory, system.name), members));
        samples.push({ system: system.name, round, members, readyMs });
        report(`round ${round}  ${system.name.padEnd(10)} ${members} at once: ${Math.round(readyMs)} ms`);
      }
    }
  }
  return samples;
}

async function measureStart(cluster: Cluster): Promise<number> {
  try {
    const startedAt = performance.now();
    for (const member of cluster.members) cluster.start(member);
    await Promise.all(cluster.members.map((member) => cluster.serves(member)));
    return performance.now() - startedAt;
  } finally {
    await cluster.stop();
  }
}
