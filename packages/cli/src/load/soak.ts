// The soak: kill after kill under checked load, one node at a time and then all at once. Every incident must be resolved, and
// each history must be clean. Histories are judged in between and go on from what they left, so that memory stays bounded.
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalCluster } from '../cluster/local-cluster.js';
import { plural, spokenCount, spokenDuration } from '../output/words.js';
import { sleep } from '../sleep.js';
import { IncidentWatch } from './await-incident.js';
import { CheckedLoad, type LoadVerdict } from './checked-load.js';
import { kill, leaderName, processOf } from './kill.js';
import { objectionsTo } from './objections.js';
import { openScratchCluster } from './scratch-cluster.js';

export interface SoakOptions {
  /** Who is killed when one is. Default 'any'. */
  readonly victim?: 'any' | 'leader';
  /** How long a healed node must hold in each incident. Default 500 ms. */
  readonly soakMs?: number;
  /** Uniform in [0, 1). Default Math.random. */
  readonly random?: () => number;
}

export interface SoakReport {
  readonly line?: string;
  readonly lines?: readonly string[];
  /** What was not healed, lost or stale. */
  readonly objections: readonly string[];
  /** To be summed over rounds. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** A cluster of its own under load, until it is closed. */
export interface Soak {
  readonly round: (kill: 'one' | 'all') => Promise<SoakReport>;
  /** Judges what is not yet judged. */
  readonly conclude: () => Promise<SoakReport>;
  readonly close: () => Promise<void>;
}

const ROUNDS_A_HISTORY = 5;
const SOAK_MS_DEFAULT = 500;
const RESOLVED_WITHIN_MS = 60_000;
/** Load between two kills, so that there is something to lose. */
const BETWEEN_MS_MIN = 500;
const BETWEEN_MS_SPREAD = 1500;

export async function openSoak(options: SoakOptions = {}): Promise<Soak> {
  return CheckedSoak.open(await mkdtemp(join(tmpdir(), 'reknit-soak-')), options);
}

class CheckedSoak implements Soak {
  readonly #dataDir: string;
  readonly #options: SoakOptions;
  readonly #random: () => number;
  readonly #cluster: LocalCluster;
  readonly #incidents: IncidentWatch;
  readonly #served: number[] = [];
  #load: CheckedLoad;
  #rounds = 0;

  private constructor(dataDir: string, options: SoakOptions, cluster: LocalCluster, incidents: IncidentWatch) {
    this.#dataDir = dataDir;
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#cluster = cluster;
    this.#incidents = incidents;
    this.#load = new CheckedLoad({ endpoints: cluster.endpoints, clock: cluster.runtime.clock });
  }

  static async open(dataDir: string, options: SoakOptions): Promise<CheckedSoak> {
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
    const soak = new CheckedSoak(dataDir, options, cluster, incidents);
    await cluster.ready();
    soak.#load.start();
    return soak;
  }

  async round(kill: 'one' | 'all'): Promise<SoakReport> {
    const judged = this.#rounds++ % ROUNDS_A_HISTORY === 0 && this.#rounds > 1 ? await this.#turnHistory() : { objections: [] };
    await sleep(BETWEEN_MS_MIN + this.#random() * BETWEEN_MS_SPREAD);
    const victims = kill === 'one' ? [await this.#victim()] : this.#cluster.layout.nodes.map(({ name }) => name);
    const killed = await this.#kill(victims);
    return {
      ...judged,
      ...killed,
      objections: [...judged.objections, ...killed.objections],
      figures: { ...judged.figures, ...killed.figures },
    };
  }

  async conclude(): Promise<SoakReport> {
    const sorted = this.#served.toSorted((left, right) => left - right);
    const median = sorted[Math.floor(sorted.length / 2)];
    const killed = `leader killed → first accepted write: median ${spokenTime(median)}, worst ${spokenTime(sorted.at(-1))}, ${plural(sorted.length, 'kill')}`;
    const { lines = [], ...judged } = await this.#judge();
    return { ...judged, lines: [...lines, killed] };
  }

  async close(): Promise<void> {
    await this.#cluster.stop('the soak');
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  async #victim(): Promise<string> {
    if (this.#options.victim === 'leader') return await leaderName(this.#cluster);
    const { nodes } = this.#cluster.layout;
    return nodes[Math.floor(this.#random() * nodes.length)]!.name;
  }

  async #kill(victims: readonly string[]): Promise<SoakReport> {
    const members = await this.#cluster.members();
    const leads = members.filter(({ role, name }) => role === 'leader' && victims.includes(name)).length > 0;
    const processes = await Promise.all(victims.map((name) => processOf(this.#cluster, name)));
    const killed = victims.map((name, at) => kill(this.#cluster, name, processes[at]!));
    const incidents = await Promise.all(processes.map((process) => this.#incidents.closed(process, RESOLVED_WITHIN_MS)));
    const served = this.#load.firstAcknowledgedWriteAfter(killed[0]!.moment);
    if (leads && victims.length === 1 && served !== undefined) this.#served.push(served);
    const mttr = incidents.map((incident) => spokenTime(incident?.times.mttr)).join(', ');
    return {
      line: `kill -9 ${victims.join(', ')}${leads ? ' (leads)' : ''}  first write ${spokenTime(served)}  MTTR ${mttr}`,
      objections: incidents.flatMap((incident, at) =>
        incident?.phase.kind === 'resolved' ? [] : [`${victims[at]} is not healed: ${incident?.phase.kind ?? 'no incident'}`],
      ),
      figures: { kills: victims.length },
    };
  }

  async #turnHistory(): Promise<SoakReport> {
    const judged = await this.#judge();
    this.#load = this.#load.successor();
    this.#load.start();
    return judged;
  }

  async #judge(): Promise<SoakReport> {
    await this.#load.finish();
    const verdict = this.#load.judge();
    const { acknowledged, lost, stale, unknown } = verdict.writes;
    return {
      lines: [spokenVerdict(verdict)],
      objections: objectionsTo(verdict),
      figures: { operations: verdict.operations, acknowledged, lost, stale, unknown },
    };
  }
}

const spokenTime = (ms: number | undefined): string => (ms === undefined ? '–' : spokenDuration(ms));

const spokenVerdict = ({ operations, writes, linearizability }: LoadVerdict): string =>
  `  judged ${plural(operations, 'operation')}: ${spokenCount(writes.acknowledged)} acknowledged, ${writes.lost} lost, ${writes.stale} stale, ${spokenCount(writes.unknown)} unknown, ${linearizability.kind}`;
