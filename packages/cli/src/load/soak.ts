// The soak: kill after kill under checked load, one node at a time and then all at once. Every incident must be resolved, and
// each history must be clean. Histories are judged in between and go on from what they left, so that memory stays bounded.
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalCluster } from '../cluster/local-cluster.js';
import { EXIT } from '../exit-codes.js';
import { plural, spokenCount, spokenDuration } from '../output/words.js';
import { sleep } from '../sleep.js';
import { IncidentWatch } from './await-incident.js';
import { CheckedLoad, type LoadVerdict } from './checked-load.js';
import { kill, leaderName, processOf } from './kill.js';
import { objectionsTo } from './objections.js';
import { openScratchCluster } from './scratch-cluster.js';

export interface SoakOptions {
  /** Kills of one node each. */
  readonly rounds: number;
  /** Of these kills. Default 'any'. */
  readonly victim?: 'any' | 'leader';
  /** Kills of all nodes at once. */
  readonly allAtOnce: number;
  /** How long a healed node must hold in each incident. Default 500 ms. */
  readonly soakMs?: number;
  /** Uniform in [0, 1). Default Math.random. */
  readonly random?: () => number;
}

const ROUNDS_A_HISTORY = 5;
const SOAK_MS_DEFAULT = 500;
const RESOLVED_WITHIN_MS = 60_000;
/** Load between two kills, so that there is something to lose. */
const BETWEEN_MS_MIN = 500;
const BETWEEN_MS_SPREAD = 1500;

/** @returns the exit code: 0 only if everything was healed and nothing lost or stale */
export async function runSoak(options: SoakOptions): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), 'reknit-soak-'));
  const soak = await Soak.open(dataDir, options);
  try {
    return (await soak.run()) ? EXIT.ok : EXIT.failed;
  } finally {
    await soak.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

class Soak {
  readonly #options: SoakOptions;
  readonly #random: () => number;
  readonly #cluster: LocalCluster;
  readonly #incidents: IncidentWatch;
  readonly #objections: string[] = [];
  readonly #served: number[] = [];
  #load: CheckedLoad;

  private constructor(options: SoakOptions, cluster: LocalCluster, incidents: IncidentWatch) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#cluster = cluster;
    this.#incidents = incidents;
    this.#load = new CheckedLoad({ endpoints: cluster.endpoints, clock: cluster.runtime.clock });
  }

  static async open(dataDir: string, options: SoakOptions): Promise<Soak> {
    const incidents = new IncidentWatch();
    const cluster = await openScratchCluster(
      dataDir,
      { soakMs: options.soakMs ?? SOAK_MS_DEFAULT },
      {
        onEvent: (event) => incidents.note(event),
        onNote: (text) => console.log(text),
        onStoppedElsewhere: () => console.log('the cluster was stopped by another command'),
        onFailed: (error) => console.error(error.message),
      },
    );
    return new Soak(options, cluster, incidents);
  }

  async run(): Promise<boolean> {
    const { rounds, allAtOnce } = this.#options;
    await this.#cluster.ready();
    this.#load.start();
    for (let round = 1; round <= rounds + allAtOnce; round++) {
      await sleep(BETWEEN_MS_MIN + this.#random() * BETWEEN_MS_SPREAD);
      const victims = round <= rounds ? [await this.#victim()] : this.#cluster.layout.nodes.map(({ name }) => name);
      await this.#round(`${round}/${rounds + allAtOnce}`, victims);
      if (round % ROUNDS_A_HISTORY === 0 && round < rounds + allAtOnce) await this.#turnHistory();
    }
    await this.#endHistory();
    return this.#conclude();
  }

  async close(): Promise<void> {
    await this.#cluster.stop('the soak');
  }

  async #victim(): Promise<string> {
    if (this.#options.victim === 'leader') return await leaderName(this.#cluster);
    const { nodes } = this.#cluster.layout;
    return nodes[Math.floor(this.#random() * nodes.length)]!.name;
  }

  async #round(title: string, victims: readonly string[]): Promise<void> {
    const members = await this.#cluster.members();
    const leads = members.filter(({ role, name }) => role === 'leader' && victims.includes(name)).length > 0;
    const processes = await Promise.all(victims.map((name) => processOf(this.#cluster, name)));
    const killed = victims.map((name, at) => kill(this.#cluster, name, processes[at]!));
    const incidents = await Promise.all(processes.map((process) => this.#incidents.closed(process, RESOLVED_WITHIN_MS)));
    const served = this.#load.firstAcknowledgedWriteAfter(killed[0]!.moment);
    if (leads && victims.length === 1 && served !== undefined) this.#served.push(served);
    const mttr = incidents.map((incident) => spokenTime(incident?.times.mttr)).join(', ');
    console.log(
      `${title}  kill -9 ${victims.join(', ')}${leads ? ' (leads)' : ''}  first write ${spokenTime(served)}  MTTR ${mttr}`,
    );
    for (const [at, incident] of incidents.entries()) {
      if (incident?.phase.kind === 'resolved') continue;
      this.#objections.push(`round ${title}: ${victims[at]} is not healed: ${incident?.phase.kind ?? 'no incident'}`);
    }
  }

  async #turnHistory(): Promise<void> {
    await this.#endHistory();
    this.#load = this.#load.successor();
    this.#load.start();
  }

  async #endHistory(): Promise<void> {
    await this.#load.finish();
    const verdict = this.#load.judge();
    console.log(spokenVerdict(verdict));
    this.#objections.push(...objectionsTo(verdict));
  }

  #conclude(): boolean {
    const sorted = this.#served.toSorted((left, right) => left - right);
    const median = sorted[Math.floor(sorted.length / 2)];
    console.log(
      `leader killed → first accepted write: median ${spokenTime(median)}, worst ${spokenTime(sorted.at(-1))}, ${plural(sorted.length, 'kill')}`,
    );
    for (const objection of this.#objections) console.error(`✗ ${objection}`);
    console.log(this.#objections.length === 0 ? '✔ everything was healed; nothing lost, nothing stale' : '✗ the soak failed');
    return this.#objections.length === 0;
  }
}

const spokenTime = (ms: number | undefined): string => (ms === undefined ? '–' : spokenDuration(ms));

const spokenVerdict = ({ operations, writes, linearizability }: LoadVerdict): string =>
  `  judged ${plural(operations, 'operation')}: ${spokenCount(writes.acknowledged)} acknowledged, ${writes.lost} lost, ${writes.stale} stale, ${spokenCount(writes.unknown)} unknown, ${linearizability.kind}`;
