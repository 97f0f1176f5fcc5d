// Watches: how many events a second reach all watchers together, and how long one takes from its put. Every watcher watches all
// keys, on streams that are spread over all members; the puts go to the leader.
import { join } from 'node:path';
import { Cluster, type Member } from '../cluster/cluster.js';
import type { System } from '../cluster/systems.js';
import { spawnLoad } from '../load/spawn-load.js';
import type { WatchResult } from '../load/watch-load.js';
import type { WatchSample } from '../report/results.js';

export interface WatchSettings {
  readonly systems: readonly System[];
  readonly rounds: number;
  readonly directory: string;
  readonly report: (line: string) => void;
}

interface Load {
  readonly watchers: number;
  readonly puts: number;
  /** Undefined: as many as are accepted. */
  readonly perSecond: number | undefined;
}

const CONNECTIONS = 10;
const IN_FLIGHT = 100;
/** Steady rates are a small part of what any of the systems can deliver: latency, not queues. */
const LOADS: readonly Load[] = [
  { watchers: 100, puts: 20_000, perSecond: undefined },
  { watchers: 1000, puts: 3000, perSecond: undefined },
  { watchers: 100, puts: 500, perSecond: 100 },
  { watchers: 1000, puts: 50, perSecond: 10 },
];
const WARM_UP: Load = { watchers: 100, puts: 2000, perSecond: undefined };

export async function measureWatches(settings: WatchSettings): Promise<readonly WatchSample[]> {
  const samples: WatchSample[] = [];
  for (let round = 1; round <= settings.rounds; round++) {
    for (const system of settings.systems) samples.push(...(await new WatchRound(settings, system, round).run()));
  }
  return samples;
}

class WatchRound {
  readonly #settings: WatchSettings;
  readonly #system: System;
  readonly #round: number;
  #nextKey = 0;

  constructor(settings: WatchSettings, system: System, round: number) {
    this.#settings = settings;
    this.#system = system;
    this.#round = round;
  }

  async run(): Promise<readonly WatchSample[]> {
    const cluster = await Cluster.start(this.#system, join(this.#settings.directory, this.#system.name));
    const samples: WatchSample[] = [];
    try {
      const leader = await cluster.whole();
      await this.#drive(cluster, leader, WARM_UP);
      for (const load of LOADS) samples.push(await this.#sample(cluster, leader, load));
    } finally {
      await cluster.stop();
    }
    return samples;
  }

  #drive(cluster: Cluster, leader: Member, load: Load): Promise<WatchResult> {
    const firstKey = this.#nextKey;
    this.#nextKey += load.puts;
    const watchPorts = cluster.members.map(({ place }) => place.clientPort);
    const putPort = leader.place.clientPort;
    return spawnLoad('watch', { ...load, firstKey, watchPorts, connections: CONNECTIONS, putPort, inFlight: IN_FLIGHT });
  }

  async #sample(cluster: Cluster, leader: Member, load: Load): Promise<WatchSample> {
    const revision = (): Promise<bigint> => cluster.with(leader, (control) => control.revision());
    const [revisionBefore, cpuBefore] = [await revision(), cluster.resources().cpuSeconds];
    const result = await this.#drive(cluster, leader, load);
    const cpuSeconds = cluster.resources().cpuSeconds - cpuBefore;
    const micros = (seconds: number): number => (seconds * 1e6) / result.events;
    const sample: WatchSample = {
      system: this.#system.name,
      round: this.#round,
      watchers: load.watchers,
      putsPerSecond: load.perSecond,
      puts: load.puts,
      perSecond: result.events / result.seconds,
      latency: result.latency,
      cpuPerEvent: micros(cpuSeconds),
      generatorCpuPerEvent: micros(result.generatorCpuSeconds),
      fault: watchFaultOf(load, result, Number((await revision()) - revisionBefore)),
    };
    this.#report(sample);
    return sample;
  }

  #report({ system, round, watchers, putsPerSecond, perSecond, latency, fault }: WatchSample): void {
    const what = `round ${round}  ${system.padEnd(10)} ${watchers} watchers, ${putsPerSecond ?? 'all possible'} puts/s`;
    const figures = `${Math.round(perSecond)} events/s, p50 ${(latency.p50 / 1000).toFixed(2)} ms`;
    this.#settings.report(`${what}: ${fault === undefined ? figures : `DOES NOT COUNT: ${fault}`}`);
  }
}

export function watchFaultOf(
  load: { readonly watchers: number; readonly puts: number },
  result: Pick<WatchResult, 'events' | 'refusedPuts' | 'disordered'>,
  growth: number,
): string | undefined {
  const expected = load.puts * load.watchers;
  if (result.refusedPuts > 0) return `${result.refusedPuts} of ${load.puts} puts were refused`;
  if (growth !== load.puts) return `the revision grew by ${growth} instead of ${load.puts}`;
  if (result.disordered > 0) return `${result.disordered} events came twice or out of order`;
  if (result.events !== expected) return `${result.events} of ${expected} events were delivered`;
  return undefined;
}
