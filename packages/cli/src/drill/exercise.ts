// One cluster that faults are made in, round after round: load, fault, what the engine makes of it, judgement, and a whole cluster
// again before the next round.
import type { Millis } from '@reknit/base';
import { type EngineEvent, type Incident, isClosed, isFinal } from '@reknit/recovery';
import type { Processes } from '@reknit/runtime';
import type { Protocol } from '../cluster/layout.js';
import type { ClusterWatcher, LocalCluster } from '../cluster/local-cluster.js';
import { IncidentWatch } from '../load/await-incident.js';
import { CheckedLoad } from '../load/checked-load.js';
import { leaderName, processOf } from '../load/kill.js';
import { openScratchCluster } from '../load/scratch-cluster.js';
import { sleep } from '../sleep.js';
import { declareCompany } from './company.js';
import type { DrillFault, Victim } from './faults/drill-fault.js';
import { findingOf } from './finding.js';
import type { Round } from './plan.js';
import type { RoundResult } from './tally.js';

/** Short, so that a round is short: a node that dies again within it is a fault of the next round at the latest. */
const SOAK_MS = 1000;
const CLOSED_WITHIN_MS = 60_000;
/** How long silence must last to count: several times what the slowest class takes to be seen. */
const QUIET_MS = 4000;
/** Load over the healed cluster, so that what it answers is judged too. */
const AFTER_MS = 500;
const SERVES_WITHIN_MS = 10_000;
const WHOLE_WITHIN_MS = 60_000;
const POLL_MS = 50;

export interface Doing {
  readonly text: string;
  readonly since: number;
}

interface Struck {
  readonly fault: DrillFault;
  readonly victim: Victim;
  /** Wall clock. */
  readonly at: number;
  /** The same on the runtime's clock, as in the history. */
  readonly moment: Millis;
}

export class Exercise {
  readonly #cluster: LocalCluster;
  readonly #incidents: IncidentWatch;
  /** By id. */
  readonly #judged: Set<string> = new Set();
  #load: CheckedLoad;
  #isWhole = true;
  #doing: Doing = { text: 'starting three nodes', since: performance.now() };

  private constructor(cluster: LocalCluster, incidents: IncidentWatch) {
    this.#cluster = cluster;
    this.#incidents = incidents;
    this.#load = new CheckedLoad({ endpoints: cluster.endpoints, clock: cluster.runtime.clock });
  }

  static async open(
    dataDir: string,
    protocol: Protocol | undefined,
    watcher: Omit<ClusterWatcher, 'onEvent'>,
  ): Promise<Exercise> {
    const incidents = new IncidentWatch();
    const onEvent = (event: EngineEvent): void => incidents.note(event);
    const settings = { soakMs: SOAK_MS, faultSwitches: true, components: await declareCompany(dataDir) };
    const cluster = await openScratchCluster(dataDir, settings, { ...watcher, onEvent }, protocol);
    return new Exercise(cluster, incidents);
  }

  get processes(): Processes {
    return this.#cluster.runtime.processes;
  }

  /** Whether another round can be done. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** For people. */
  get doing(): Doing {
    return this.#doing;
  }

  ready(): Promise<void> {
    return this.#cluster.ready();
  }

  async round(number: number, { fault, victim: role, pick, calmMs }: Round): Promise<RoundResult> {
    this.#do(`round ${number}: load before the fault`);
    this.#load.start();
    await sleep(calmMs);
    const victim = await this.#choose(fault.subject ?? role, pick);
    this.#do(`round ${number}: ${fault.kind} of ${victim.name} (${fault.deed})`);
    await fault.strike(this.#cluster, victim);
    const struck: Struck = { fault, victim, at: Date.now(), moment: this.#cluster.runtime.clock.now() };
    await this.#awaitEnd(fault, victim);
    const mishaps = await this.#clearUp(fault, victim);
    this.#do(`round ${number}: judging what the clients saw`);
    return { kind: 'round', round: number, ...(await this.#judge(struck, mishaps)) };
  }

  async stop(): Promise<void> {
    await this.#cluster.stop('reknit drill');
  }

  /** The cluster is stopped already, or cannot be. */
  leave(): void {
    this.#cluster.close();
  }

  /** @param whom a role among the nodes, or the name of a component's instance */
  async #choose(whom: string, pick: number): Promise<Victim> {
    if (whom !== 'leader' && whom !== 'follower')
      return { name: whom, role: 'component', process: await processOf(this.#cluster, whom) };
    const leader = await leaderName(this.#cluster);
    const followers = this.#cluster.layout.nodes.map(({ name }) => name).filter((name) => name !== leader);
    const name = whom === 'leader' ? leader : followers[Math.floor(pick * followers.length)]!;
    return { name, role: whom, process: await processOf(this.#cluster, name) };
  }

  /** What the engine has opened since the last round was judged: what it sees between two rounds counts too. */
  #news(): readonly Incident[] {
    return this.#incidents.all.filter(({ id, request }) => !this.#judged.has(id) && request === undefined);
  }

  /** Whether it ended well is for the judgement to say: this only waits. */
  async #awaitEnd({ response }: DrillFault, { name }: Victim): Promise<void> {
    if (response === 'nothing') {
      await sleep(QUIET_MS);
      await this.#incidents.until(() => this.#news().every(isClosed), CLOSED_WITHIN_MS);
      return;
    }
    const ofVictim = (): readonly Incident[] => this.#news().filter(({ subject }) => subject === name);
    if (response === 'outlast') {
      await this.#incidents.until(() => ofVictim().length > 0 && this.#news().every(isFinal), CLOSED_WITHIN_MS);
      return;
    }
    const isOver = ({ phase }: Incident): boolean =>
      phase.kind === 'escalated' || (phase.kind === 'resolved' && response === 'heal');
    await this.#incidents.until(() => ofVictim().some(isOver) && this.#news().every(isClosed), CLOSED_WITHIN_MS);
  }

  /** @returns what went wrong with it */
  async #clearUp(fault: DrillFault, victim: Victim): Promise<readonly string[]> {
    const stalled = fault.response === 'escalate' ? await this.#goesOn() : [];
    await fault.relent(this.#cluster, victim);
    await sleep(AFTER_MS);
    return [...stalled, ...(await this.#whole(victim.name))];
  }

  async #judge({ fault, victim, at, moment }: Struck, mishaps: readonly string[]): Promise<Omit<RoundResult, 'kind' | 'round'>> {
    const load = this.#load;
    const isOutage = victim.role === 'leader' && fault.response !== 'nothing';
    const firstAcceptedWriteMs = isOutage ? load.firstAcknowledgedWriteAfter(moment) : undefined;
    await load.finish();
    this.#load = load.successor();
    const incidents = this.#news();
    for (const { id } of incidents) this.#judged.add(id);
    const { name, role, process } = victim;
    const witnessed = { fault, victim: name, struckAt: at, incidents, firstAcceptedWriteMs, load: load.judge(), mishaps };
    const finding = findingOf(witnessed);
    const passed = finding.objections.length === 0;
    return { fault: fault.kind, victim: { name, pid: process.pid, role }, at, passed, ...finding };
  }

  /** A node is left down: do the others serve? */
  async #goesOn(): Promise<readonly string[]> {
    const since = this.#cluster.runtime.clock.now();
    const deadline = performance.now() + SERVES_WITHIN_MS;
    while (this.#load.firstAcknowledgedWriteAfter(since) === undefined) {
      if (performance.now() > deadline) return [`no write was accepted for ${SERVES_WITHIN_MS / 1000} s with one node down`];
      await sleep(POLL_MS);
    }
    return [];
  }

  /** Every node lives again and nothing is open: what the engine has given up is started as an operator would. */
  async #whole(victim: string): Promise<readonly string[]> {
    this.#do(`waiting for ${victim} to be whole again`);
    const deadline = performance.now() + WHOLE_WITHIN_MS;
    let restarted = false;
    for (;;) {
      const { subjects, open } = await this.#cluster.agentStatus();
      if (open.length === 0 && subjects.every(({ state }) => state === 'living')) break;
      if (!restarted && subjects.some(({ subject, state }) => subject === victim && state === 'halted')) {
        restarted = true;
        await this.#cluster.restart(victim, 'the drill');
      }
      if (performance.now() > deadline) return this.#notWhole(victim);
      await sleep(POLL_MS);
    }
    await this.#cluster.ready();
    return [];
  }

  #notWhole(victim: string): readonly string[] {
    this.#isWhole = false;
    return [`${victim} was not whole again after ${WHOLE_WITHIN_MS / 1000} s`];
  }

  #do(text: string): void {
    this.#doing = { text, since: performance.now() };
  }
}
