// The leader's process is killed, or stopped so that it hangs; how long until a write is accepted? Nobody but the members
// themselves heals anything: the harness starts the killed one again, or lets the hung one go on, only after the answer is
// known, and goes on when it has caught up.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, type Member } from '../cluster/cluster.js';
import type { System } from '../cluster/systems.js';
import { LoadProcess, spawnLoad } from '../load/spawn-load.js';
import type { BackgroundLoad, KillLoad, KillRound, OutageKind } from '../report/results.js';
import { Prober } from './prober.js';

export interface KillSettings {
  readonly kind: OutageKind;
  readonly systems: readonly System[];
  readonly loads: readonly KillLoad[];
  readonly rounds: number;
  /** Of the background load; undefined: half of what this system was measured to accept from all its members. */
  readonly perSecond: number | undefined;
  readonly directory: string;
  readonly report: (line: string) => void;
}

export interface KillOutcome {
  readonly rounds: readonly KillRound[];
  readonly background: readonly BackgroundLoad[];
}

/** Kills of one system in a row; then the next one's turn. */
const BLOCK_ROUNDS = 5;
const ANSWER_WITHIN_MS = 30_000;
const WARM_UP_REQUESTS = 20_000;
const CALIBRATION_REQUESTS = 40_000;
/** Before each kill: long enough to be quiet, and of random length, so that kills fall anywhere between two heartbeats. */
const SETTLE_MS_MIN = 500;
const SETTLE_MS_SPREAD = 500;
const PROBING_BEFORE_KILL_MS = 200;
/** Far from the keys of the background load. */
const PROBE_KEYS = 0x4000_0000;

export async function measureKills(settings: KillSettings): Promise<KillOutcome> {
  const rounds: KillRound[] = [];
  const background: BackgroundLoad[] = [];
  for (const load of settings.loads) {
    for (let done = 0; done < settings.rounds; done += BLOCK_ROUNDS) {
      for (const system of settings.systems) {
        const block = new Block(settings, system, load);
        const outcome = await block.run(Math.min(BLOCK_ROUNDS, settings.rounds - done));
        rounds.push(...outcome.rounds);
        background.push(...outcome.background);
      }
    }
  }
  return { rounds, background };
}

class Block {
  readonly #settings: KillSettings;
  readonly #system: System;
  readonly #load: KillLoad;
  #nextProbe = PROBE_KEYS;

  constructor(settings: KillSettings, system: System, load: KillLoad) {
    this.#settings = settings;
    this.#system = system;
    this.#load = load;
  }

  async run(count: number): Promise<KillOutcome> {
    const cluster = await Cluster.start(this.#system, join(this.#settings.directory, this.#system.name));
    try {
      const perSecond = await this.#calibrate(cluster);
      if (this.#load === 'idle') return { rounds: await this.#rounds(cluster, count), background: [] };
      const load = new LoadProcess('paced', {
        dialect: this.#system.dialect,
        ports: portsOf(cluster),
        perSecond,
        firstKey: WARM_UP_REQUESTS + CALIBRATION_REQUESTS,
      });
      const rounds = await this.#rounds(cluster, count);
      return { rounds, background: [{ system: this.#system.name, perSecond, ...(await load.stop()) }] };
    } finally {
      await cluster.stop();
    }
  }

  /** Warms up too, in both cases. @returns the rate of half load */
  async #calibrate(cluster: Cluster): Promise<number> {
    const job = {
      dialect: this.#system.dialect,
      kind: 'put',
      ports: portsOf(cluster),
      connections: 3 * cluster.members.length,
      pace: { inFlight: 99 },
    } as const;
    await spawnLoad('unary', { ...job, requests: WARM_UP_REQUESTS, keys: WARM_UP_REQUESTS, firstKey: 0 });
    if (this.#load === 'idle') return 0;
    if (this.#settings.perSecond !== undefined) return this.#settings.perSecond;
    const { requests, seconds } = await spawnLoad('unary', {
      ...job,
      keys: CALIBRATION_REQUESTS,
      requests: CALIBRATION_REQUESTS,
      firstKey: WARM_UP_REQUESTS,
    });
    return Math.round(requests / seconds / 2);
  }

  async #rounds(cluster: Cluster, count: number): Promise<readonly KillRound[]> {
    const rounds: KillRound[] = [];
    for (let round = 1; round <= count; round++) {
      const measured = await this.#round(cluster);
      rounds.push(measured);
      const outage = measured.outageMs === undefined ? 'no write accepted' : `${measured.outageMs.toFixed(1)} ms`;
      this.#settings.report(`${this.#system.name.padEnd(10)} ${this.#load.padEnd(4)} ${this.#settings.kind} ${round}: ${outage}`);
    }
    return rounds;
  }

  async #round(cluster: Cluster): Promise<KillRound> {
    const wholeTerm = await termOf(cluster, await cluster.whole());
    await sleep(SETTLE_MS_MIN + Math.random() * SETTLE_MS_SPREAD);
    const leader = await cluster.whole();
    const termBefore = await termOf(cluster, leader);
    const outageMs = await this.#strike(cluster, leader);
    const termAfter = await termOf(cluster, await cluster.whole());
    return {
      system: this.#system.name,
      load: this.#load,
      outageMs,
      extraTerms: this.#electionsBeyondOne(cluster, Number(termAfter - termBefore)),
      falseElections: Number(termBefore - wholeTerm),
    };
  }

  /** At least; where terms are as far apart as members, nobody can tell more from outside. */
  #electionsBeyondOne(cluster: Cluster, terms: number): number {
    const each = this.#system.termsAnElection === 'one' ? 1 : cluster.members.length;
    return Math.max(0, Math.ceil(terms / each) - 1);
  }

  /** The leader is whole again afterwards, or on its way. */
  async #strike(cluster: Cluster, leader: Member): Promise<number | undefined> {
    const survivors = cluster.members.filter((member) => member !== leader);
    const prober = new Prober(this.#system.dialect, survivors, this.#nextProbe);
    await sleep(PROBING_BEFORE_KILL_MS);
    if (prober.accepted === 0)
      throw new Error(`${this.#system.name} accepted no write of the prober before the ${this.#settings.kind}`);
    const struckAt = performance.now();
    if (this.#settings.kind === 'kill') cluster.kill(leader);
    else cluster.pause(leader);
    const acceptedAt = await prober.firstAcceptedSince(performance.now(), ANSWER_WITHIN_MS);
    this.#nextProbe = prober.nextKey;
    prober.stop();
    if (this.#settings.kind === 'hang') cluster.resume(leader);
    else {
      await cluster.ended(leader);
      cluster.start(leader);
    }
    return acceptedAt === undefined ? undefined : acceptedAt - struckAt;
  }
}

const portsOf = (cluster: Cluster): readonly number[] => cluster.members.map(({ place }) => place.clientPort);

const termOf = async (cluster: Cluster, leader: Member): Promise<bigint> => (await cluster.status(leader)).term;
