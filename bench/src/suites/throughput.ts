// Puts and linearizable reads: requests per second at the leader, latencies, and processor time per request. Each round
// measures every system once, one after the other, each alone on the machine and over an empty directory.
import { join } from 'node:path';
import { Cluster, type Member } from '../cluster/cluster.js';
import type { System } from '../cluster/systems.js';
import type { RequestKind } from '../load/requests.js';
import { spawnLoad } from '../load/spawn-load.js';
import type { Pace, UnaryJob, UnaryResult } from '../load/unary-load.js';
import { caseOf, type Operation, type Sample } from '../report/results.js';
import { runH2load } from './h2load.js';
import { countWrongKeys, faultOf } from './verify.js';

export interface ThroughputSettings {
  readonly kind: RequestKind;
  readonly systems: readonly System[];
  readonly rounds: number;
  readonly paces: readonly Pace[];
  /** Of one sample. One in flight makes a twentieth of it; a constant rate goes on for `OPEN_SECONDS`. */
  readonly requests: number;
  readonly directory: string;
  readonly withH2load: boolean;
  readonly report: (line: string) => void;
}

/** Until the servers' code is compiled and their buffers have grown. */
const WARM_UP_REQUESTS = 20_000;
const CONNECTIONS = 10;
const SINGLE_SHARE = 20;
const OPEN_SECONDS = 5;
const H2LOAD_IN_FLIGHT = 100;
/** Generators differ by the same in every round. */
const GENERATOR_ROUNDS = 2;

export async function measureThroughput(settings: ThroughputSettings): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (let round = 1; round <= settings.rounds; round++) {
    for (const system of inTurn(settings.systems, round)) samples.push(...(await new SystemRound(settings, system, round).run()));
  }
  return samples;
}

/** Each round begins with another: what comes first may find the machine otherwise than what comes last. */
const inTurn = <T>(all: readonly T[], round: number): readonly T[] => all.map((_, at) => all[(at + round - 1) % all.length]!);

interface Load {
  readonly operation: Operation;
  readonly kind: RequestKind;
  readonly pace: Pace;
  readonly requests: number;
  readonly keys: number;
  readonly firstKey: number;
}

interface Outcome {
  readonly perSecond: number;
  readonly result: UnaryResult | undefined;
}

class SystemRound {
  readonly #settings: ThroughputSettings;
  readonly #system: System;
  readonly #round: number;
  #nextKey = 0;

  constructor(settings: ThroughputSettings, system: System, round: number) {
    this.#settings = settings;
    this.#system = system;
    this.#round = round;
  }

  async run(): Promise<readonly Sample[]> {
    const { kind, paces, requests, withH2load, directory } = this.#settings;
    const cluster = await Cluster.start(this.#system, join(directory, this.#system.name));
    const samples: Sample[] = [];
    try {
      const leader = await cluster.whole();
      await this.#warmUp(leader);
      for (const pace of paces) samples.push(await this.#sample(cluster, leader, this.#load(kind, pace)));
      if (withH2load && this.#round <= GENERATOR_ROUNDS && this.#system.dialect === 'etcd')
        samples.push(...(await this.#compareGenerators(cluster, leader, requests)));
    } finally {
      await cluster.stop();
    }
    return samples;
  }

  /** Writes the keys that are read later. */
  async #warmUp(leader: Member): Promise<void> {
    const { kind, requests } = this.#settings;
    const puts = kind === 'range' ? requests : Math.min(WARM_UP_REQUESTS, requests);
    await spawnLoad('unary', {
      ...this.#job(leader, { kind: 'put', pace: { inFlight: 100 }, requests: puts, keys: puts, firstKey: 0 }),
    });
    this.#nextKey = puts;
    if (kind === 'put') return;
    const reads = Math.min(WARM_UP_REQUESTS, requests);
    await spawnLoad(
      'unary',
      this.#job(leader, { kind: 'range', pace: { inFlight: 100 }, requests: reads, keys: puts, firstKey: 0 }),
    );
  }

  #load(kind: RequestKind, pace: Pace): Load {
    const all = this.#settings.requests;
    const requests = requestsAt(pace, all);
    if (kind === 'range') return { operation: kind, kind, pace, requests, keys: all, firstKey: 0 };
    const firstKey = this.#nextKey;
    this.#nextKey += requests;
    return { operation: kind, kind, pace, requests, keys: requests, firstKey };
  }

  #job(leader: Member, load: Omit<Load, 'operation'>): UnaryJob {
    const connections = 'inFlight' in load.pace ? Math.min(CONNECTIONS, load.pace.inFlight) : CONNECTIONS;
    return { ...load, dialect: this.#system.dialect, ports: [leader.place.clientPort], connections };
  }

  /** The same load from both: their difference is what the generators themselves cost. */
  async #compareGenerators(cluster: Cluster, leader: Member, requests: number): Promise<readonly Sample[]> {
    const load = { kind: 'put', pace: { inFlight: H2LOAD_IN_FLIGHT }, requests, keys: 1, firstKey: 0 } as const;
    const own = await this.#sample(cluster, leader, { ...load, operation: 'put (one key)' });
    return [own, await this.#sample(cluster, leader, { ...load, operation: 'put (h2load, one key)' })];
  }

  async #sample(cluster: Cluster, leader: Member, load: Load): Promise<Sample> {
    const before = {
      revision: await revisionOf(cluster, leader),
      term: await termOf(cluster, leader),
      cpuSeconds: cluster.resources().cpuSeconds,
    };
    const { perSecond, result } = await this.#drive(leader, load);
    const { cpuSeconds, residentMegabytes } = cluster.resources();
    const growth = Number((await revisionOf(cluster, leader)) - before.revision);
    const keys = await countWrongKeys(cluster, load.firstKey, load.keys);
    const micros = (seconds: number): number => (seconds * 1e6) / load.requests;
    const sample: Sample = {
      system: this.#system.name,
      round: this.#round,
      operation: load.operation,
      ...('inFlight' in load.pace ? { inFlight: load.pace.inFlight } : { asked: load.pace.perSecond }),
      requests: load.requests,
      perSecond,
      latency: result?.latency,
      cpuPerRequest: micros(cpuSeconds - before.cpuSeconds),
      generatorCpuPerRequest: result === undefined ? undefined : micros(result.generatorCpuSeconds),
      residentMegabytes,
      fault: faultOf({
        requests: load.requests,
        refused: result?.refused ?? 0,
        expectedGrowth: load.kind === 'put' ? load.requests : 0,
        growth,
        termsPassed: Number((await termOf(cluster, leader)) - before.term),
        sampledKeys: keys.sampled,
        wrongKeys: keys.wrong,
      }),
    };
    this.#report(sample);
    return sample;
  }

  async #drive(leader: Member, load: Load): Promise<Outcome> {
    if (load.operation !== 'put (h2load, one key)') {
      const result = await spawnLoad('unary', this.#job(leader, load));
      return { perSecond: result.requests / result.seconds, result };
    }
    const bodyFile = join(this.#settings.directory, 'h2load-body');
    const job = { port: leader.place.clientPort, requests: load.requests, inFlight: H2LOAD_IN_FLIGHT, bodyFile };
    return {
      perSecond: await runH2load({ ...job, connections: CONNECTIONS }),
      result: undefined,
    };
  }

  #report(sample: Sample): void {
    const what = `round ${sample.round}  ${sample.system.padEnd(10)} ${caseOf(sample)}`;
    const figures = `${Math.round(sample.perSecond)}/s, ${Math.round(sample.cpuPerRequest)} µs of CPU each`;
    this.#settings.report(`${what}: ${sample.fault === undefined ? figures : `DOES NOT COUNT: ${sample.fault}`}`);
  }
}

function requestsAt(pace: Pace, all: number): number {
  if ('perSecond' in pace) return pace.perSecond * OPEN_SECONDS;
  return pace.inFlight === 1 ? Math.ceil(all / SINGLE_SHARE) : all;
}

const revisionOf = (cluster: Cluster, leader: Member): Promise<bigint> => cluster.with(leader, (control) => control.revision());

const termOf = async (cluster: Cluster, leader: Member): Promise<bigint> => (await cluster.status(leader)).term;
