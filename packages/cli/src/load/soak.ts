// The soak: fault after fault under checked load: nodes killed, stopped (SIGSTOP), cut off from the others, killed all at once.
// Every incident must be resolved, and each history must be clean. Histories are judged in between and go on from what they
// left, so that memory stays bounded.
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Millis } from '@reknit/base';
import { throwFault } from '@reknit/host/member';
import { isClosed } from '@reknit/recovery';
import type { ProcessIdentity } from '@reknit/runtime';
import { CliError } from '../cli-error.js';
import { clientUrl, type Protocol, peerUrl, secretPath } from '../cluster/layout.js';
import type { LocalCluster } from '../cluster/local-cluster.js';
import { plural, spokenCount, spokenDuration } from '../output/words.js';
import { sleep } from '../sleep.js';
import { IncidentWatch } from './await-incident.js';
import { CheckedLoad, type LoadVerdict } from './checked-load.js';
import { leaderName, processOf } from './kill.js';
import { objectionsTo } from './objections.js';
import { openScratchCluster } from './scratch-cluster.js';

/** Of one node: SIGKILL, SIGSTOP for good, its links cut for a while; or SIGKILL of all. */
export type SoakFault = 'kill' | 'stop' | 'cut' | 'kill-all';

export interface SoakOptions {
  /** Default 'raft'. */
  readonly protocol?: Protocol;
  /** Who is struck when one is. Default 'any'. */
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
  readonly round: (fault: SoakFault) => Promise<SoakReport>;
  /** Judges what is not yet judged. */
  readonly conclude: () => Promise<SoakReport>;
  readonly close: () => Promise<void>;
}

const ROUNDS_A_HISTORY = 5;
const SOAK_MS_DEFAULT = 500;
const RESOLVED_WITHIN_MS = 60_000;
/** From half an election time-out to several: some cuts depose a leader, others only delay. */
const CUT_MS_MIN = 500;
const CUT_MS_SPREAD = 3000;
const WHOLE_WITHIN_MS = 60_000;
const POLL_MS = 50;
/** Load between two faults, so that there is something to lose. */
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
  /** Leader struck → first accepted write, by fault. */
  readonly #served: Map<SoakFault, number[]> = new Map();
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
      { soakMs: options.soakMs ?? SOAK_MS_DEFAULT, faultSwitches: true },
      {
        onEvent: (event) => incidents.note(event),
        onNote: (text) => console.log(text),
        onStoppedElsewhere: () => console.log('the cluster was stopped by another command'),
        onFailed: (error) => console.error(error.message),
      },
      options.protocol,
    );
    const soak = new CheckedSoak(dataDir, options, cluster, incidents);
    await cluster.ready();
    soak.#load.start();
    return soak;
  }

  async round(fault: SoakFault): Promise<SoakReport> {
    const judged = this.#rounds++ % ROUNDS_A_HISTORY === 0 && this.#rounds > 1 ? await this.#turnHistory() : { objections: [] };
    await sleep(BETWEEN_MS_MIN + this.#random() * BETWEEN_MS_SPREAD);
    const struck = await this.#strike(fault);
    return {
      ...judged,
      ...struck,
      objections: [...judged.objections, ...struck.objections],
      figures: { ...judged.figures, ...struck.figures },
    };
  }

  async conclude(): Promise<SoakReport> {
    const { lines = [], ...judged } = await this.#judge();
    return { ...judged, lines: [...lines, ...[...this.#served].map(spokenOutages)] };
  }

  async close(): Promise<void> {
    await this.#cluster.stop('the soak');
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  async #strike(fault: SoakFault): Promise<SoakReport> {
    if (fault === 'kill-all') return this.#signal(fault, this.#names());
    const members = await this.#cluster.members();
    const leader = members.find(({ role }) => role === 'leader')?.name;
    const victim = await this.#victim();
    const report = fault === 'cut' ? await this.#cut(victim) : await this.#signal(fault, [victim]);
    if (victim !== leader) return report;
    if (report.served !== undefined) this.#served.set(fault, [...(this.#served.get(fault) ?? []), report.served]);
    return { ...report, line: `${report.line} (leads)` };
  }

  async #victim(): Promise<string> {
    if (this.#options.victim === 'leader') return await leaderName(this.#cluster);
    const names = this.#names();
    return names[Math.floor(this.#random() * names.length)]!;
  }

  #names(): readonly string[] {
    return this.#cluster.layout.nodes.map(({ name }) => name);
  }

  async #signal(fault: Exclude<SoakFault, 'cut'>, victims: readonly string[]): Promise<StrikeReport> {
    const processes = await Promise.all(victims.map((name) => processOf(this.#cluster, name)));
    const { past } = this.#incidents;
    const at = this.#cluster.runtime.clock.now();
    victims.forEach((name, n) => {
      this.#send(fault === 'stop' ? 'SIGSTOP' : 'SIGKILL', name, processes[n]!);
    });
    const incidents = await Promise.all(processes.map((process) => this.#incidents.closed(process, RESOLVED_WITHIN_MS, past)));
    const served = this.#load.firstAcknowledgedWriteAfter(at);
    const mttr = incidents.map((incident) => spokenTime(incident?.times.mttr)).join(', ');
    return {
      served,
      line: `${DEEDS[fault]} ${victims.join(', ')}  first write ${spokenTime(served)}  MTTR ${mttr}`,
      objections: incidents.flatMap((incident, n) =>
        incident?.phase.kind === 'resolved' ? [] : [`${victims[n]} is not healed: ${incident?.phase.kind ?? 'no incident'}`],
      ),
      figures: { [FIGURES[fault]]: victims.length },
    };
  }

  #send(signal: 'SIGKILL' | 'SIGSTOP', name: string, process: ProcessIdentity): void {
    if (!this.#cluster.runtime.processes.signal(process, signal)) {
      throw new CliError(`${name} (pid ${process.pid}) was gone before the soak struck it`, `see  reknit why ${name}`);
    }
  }

  /** Its links to and from the others, at the same moment or nearly so. */
  async #cut(victim: string): Promise<StrikeReport> {
    const { clock } = this.#cluster.runtime;
    const ms = Math.round(CUT_MS_MIN + this.#random() * CUT_MS_SPREAD);
    const secret = readFileSync(secretPath(this.#cluster.dataDir));
    const { nodes } = this.#cluster.layout;
    const address = new URL(peerUrl(nodes.find(({ name }) => name === victim)!)).host;
    await Promise.all(
      nodes.map((node) => {
        const peers = node.name === victim ? '' : address;
        return throwFault(clientUrl(node), secret, { kind: 'cut-links', peers, ms });
      }),
    );
    const at = clock.now();
    await sleep(ms);
    const objections = await this.#whole();
    const served = this.#load.firstAcknowledgedWriteAfter(at);
    return {
      served,
      line: `${DEEDS.cut} ${victim} for ${spokenDuration(ms)}  first write ${spokenTime(served)}`,
      objections,
      figures: { [FIGURES.cut]: 1 },
    };
  }

  /** Nothing was to be healed but by the members themselves; whatever the engine did all the same must be over too. */
  async #whole(): Promise<readonly string[]> {
    const deadline = performance.now() + WHOLE_WITHIN_MS;
    for (;;) {
      const members = await this.#cluster.members();
      const leaders = new Set(members.map(({ leaderId }) => leaderId));
      const agree = leaders.size === 1 && members.every(({ role }) => role === 'leader' || role === 'follower');
      if (agree && this.#incidents.all.every(isClosed)) return [];
      if (performance.now() > deadline) return [`the members were not one cluster again after ${WHOLE_WITHIN_MS / 1000} s`];
      await sleep(POLL_MS);
    }
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

interface StrikeReport extends SoakReport {
  readonly served: Millis | undefined;
}

const DEEDS: Readonly<Record<SoakFault, string>> = {
  kill: 'kill -9',
  stop: 'kill -STOP',
  cut: 'links cut of',
  'kill-all': 'kill -9',
};
const FIGURES: Readonly<Record<SoakFault, string>> = { kill: 'kills', stop: 'stops', cut: 'cuts', 'kill-all': 'kills' };

function spokenOutages([fault, times]: readonly [SoakFault, readonly number[]]): string {
  const sorted = times.toSorted((left, right) => left - right);
  const median = spokenTime(sorted[Math.floor(sorted.length / 2)]);
  return `leader: ${fault} → first accepted write: median ${median}, worst ${spokenTime(sorted.at(-1))}, ${plural(sorted.length, 'time')}`;
}

const spokenTime = (ms: number | undefined): string => (ms === undefined ? '–' : spokenDuration(ms));

const spokenVerdict = ({ operations, writes, linearizability }: LoadVerdict): string =>
  `  judged ${plural(operations, 'operation')}: ${spokenCount(writes.acknowledged)} acknowledged, ${writes.lost} lost, ${writes.stale} stale, ${spokenCount(writes.unknown)} unknown, ${linearizability.kind}`;
