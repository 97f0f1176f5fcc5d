// Whole machines in virtual time: members, and on each machine an agent that heals its own, with the members' store as its memory.
// Faults strike members, and agents are killed at any effect of theirs; in the end everything must be mended, every incident
// finished, and nothing done twice.
//
// Surprising: the engine waits by promises, the world knows none. After each event that reached an agent its promises go on,
// a fixed number of turns far beyond what a chain of them needs; so the run stays a function of the seed.
import type { Millis } from '@reknit/base';
import type { ProtocolName } from '@reknit/consensus';
import { type EngineSettings, type Incident, isClosed } from '@reknit/recovery';
import { createWorld, type World } from '@reknit/runtime/simulated';
import type { InitialMember } from '@reknit/store';
import { judgeHistory } from '../checkers/judge.js';
import { createProtocolInvariants } from '../checkers/protocol-invariants.js';
import { newCoverage } from '../cluster/coverage.js';
import { createInvariantObserver } from '../cluster/invariant-observer.js';
import { drawPlan } from '../cluster/plan.js';
import { SimulatedClient } from '../cluster/simulated-client.js';
import { SimulatedMember } from '../cluster/simulated-member.js';
import { History } from '../history/history.js';
import { type FinalState, type RegisterWorkload, registerWorkload } from '../workloads/register-workload.js';
import { AgentLife } from './agent-life.js';
import { Deeds } from './deeds.js';
import { IncidentsInStore } from './incidents-in-store.js';
import { type Doom, SimulatedAgent } from './simulated-agent.js';
import { simulatedStore } from './simulated-store.js';

export type HealingFault = 'crash' | 'hang' | 'power-loss' | 'crash-all';

export interface HealingOptions {
  readonly seed: number;
  /** Default 'raft'. */
  readonly protocol?: ProtocolName;
  /** Strike one after another, each once the one before is mended; 'controller': the member on the machine of the elected agent. */
  readonly faults: readonly { readonly kind: HealingFault; readonly whom: 'controller' | 'other' }[];
  /** Without faults: how long nothing is to happen. Default none. */
  readonly quietFor?: Millis;
  /** Of the life of the patient's agent that begins with the first fault. */
  readonly doom?: Doom;
  readonly onEvent?: (at: Millis, agent: string, text: string) => void;
  /** Default 10 a second from two clients. */
  readonly operationsPerSecond?: number;
}

export interface HealingReport {
  readonly seed: number;
  /** Empty when all is well. */
  readonly violations: readonly string[];
  /** Of the patient's agent, from the first fault until everything was mended: where it could have been killed. */
  readonly effects: number;
  readonly incidents: readonly Incident[];
  readonly deeds: Deeds['all'];
  readonly operations: number;
  readonly virtualMs: Millis;
  readonly digest: string;
}

const MEMBERS = 3;
const CLIENTS = 2;
const READY_WITHIN: Millis = 30_000;
/** Back-off, verification and its soak, with room for the death of an agent and of its session in the store. */
const MENDED_WITHIN: Millis = 180_000;
const PROMISE_TURNS = 48;
const SETTINGS: Partial<EngineSettings> = { verification: { soakMs: 1000, timeoutMs: 60_000, retryMs: 50 } };

export const runHealing = (options: HealingOptions): Promise<HealingReport> => new HealingRun(options).run();

class HealingRun {
  readonly #options: HealingOptions;
  readonly #world: World;
  readonly #members: readonly SimulatedMember[];
  readonly #agents: readonly SimulatedAgent[];
  readonly #deeds = new Deeds();
  readonly #history = new History();
  readonly #workload: RegisterWorkload;
  readonly #inStore: IncidentsInStore;
  readonly #violations: string[] = [];
  /** The furthest that any agent told of each. */
  readonly #incidents: Map<string, Incident> = new Map();
  readonly #invariants = createProtocolInvariants(({ invariant, reason }) => this.#violations.push(`${invariant}: ${reason}`));
  #stirred = false;
  #effects = 0;

  constructor(options: HealingOptions) {
    this.#options = options;
    this.#world = createWorld({ seed: options.seed });
    this.#members = Array.from({ length: MEMBERS }, (_, at) => this.#newMember(`n${at + 1}`));
    this.#agents = this.#members.map((patient) => this.#newAgent(patient));
    this.#workload = this.#newWorkload();
    this.#inStore = this.#newLookAtStore();
  }

  async run(): Promise<HealingReport> {
    for (const agent of this.#agents) agent.start();
    await this.#until(READY_WITHIN, 'all members are up', () => this.#allWell());
    this.#workload.start();
    this.#inStore.begin();
    if (this.#options.quietFor !== undefined) await this.#quiet(this.#options.quietFor);
    for (const fault of this.#options.faults) await this.#strike(fault);
    await this.#judge();
    return {
      seed: this.#options.seed,
      violations: [...this.#violations, ...this.#deeds.wrongs, ...this.#deeds.repeated],
      effects: this.#effects,
      incidents: [...this.#incidents.values()],
      deeds: this.#deeds.all,
      operations: this.#history.operations.length,
      virtualMs: this.#world.now,
      digest: this.#world.traceDigest(),
    };
  }

  /** Nothing is wrong, so nothing may be done, and nothing suspected for long. */
  async #quiet(duration: Millis): Promise<void> {
    const before = this.#deeds.all.length;
    await this.#advance(this.#world.now + duration);
    for (const { kind, subject, at } of this.#deeds.all.slice(before))
      this.#violations.push(`false action: ${kind} of ${subject} at ${at} ms`);
  }

  async #strike({ kind, whom }: HealingOptions['faults'][number]): Promise<void> {
    const patient = this.#patientOf(whom);
    const agent = this.#agents[this.#members.indexOf(patient)]!;
    const { doom } = this.#options;
    // A new life, whose effects count from here; its start must find everything well and do nothing.
    if (doom !== undefined) await this.#rebirth(agent, doom);
    const before = agent.effects;
    const { lives } = agent;
    const known = this.#incidents.size;
    this.#inflict(kind, patient);
    // A loss of power may take the journal's last lines: then there is nothing to tell, only something to start.
    const noticed = (): boolean => this.#incidents.size > known || (kind === 'power-loss' && this.#allWell());
    await this.#until(MENDED_WITHIN, `${kind} of ${patient.name} noticed`, noticed);
    const struckAt = this.#world.now;
    const mended = (): boolean => this.#allWell() && this.#allFinished(struckAt);
    await this.#until(MENDED_WITHIN, `mended after ${kind} of ${patient.name}`, mended);
    if (agent.lives === lives) this.#effects = agent.effects - before;
  }

  async #rebirth(agent: SimulatedAgent, doom: Doom): Promise<void> {
    agent.kill(undefined);
    agent.start(doom);
    await this.#until(READY_WITHIN, `${agent.name} is back`, () => !agent.alive || agent.content);
  }

  #inflict(kind: HealingFault, patient: SimulatedMember): void {
    switch (kind) {
      case 'crash':
        return patient.kill();
      case 'hang':
        return void patient.machine.find(patient.process!)?.stop();
      case 'power-loss': {
        const agent = this.#agents[this.#members.indexOf(patient)]!;
        patient.crash('silent');
        // The machine comes back, and its init system starts the agent, whatever else had been planned for it.
        return agent.start();
      }
      case 'crash-all':
        for (const member of this.#members) member.kill();
    }
  }

  #patientOf(whom: 'controller' | 'other'): SimulatedMember {
    const at = this.#agents.findIndex(({ engine }) => engine?.status().controller?.mine === true);
    const controller = Math.max(0, at);
    return this.#members[whom === 'controller' ? controller : (controller + 1) % MEMBERS]!;
  }

  /** Members serve, and every agent that lives is content. */
  #allWell(): boolean {
    const serve = this.#members.every(({ member }) => member?.group('default')?.hasLeader === true);
    return serve && this.#agents.every((agent) => !agent.alive || agent.content);
  }

  /** In the view of every agent that lives, and in the store for those of agents that never came back. */
  #allFinished(since: Millis): boolean {
    const isFree = ({ engine }: SimulatedAgent): boolean => engine?.incidents().every(isClosed) ?? true;
    return this.#agents.every(isFree) && this.#inStore.areClosedSince(since);
  }

  async #judge(): Promise<void> {
    let final: FinalState | undefined;
    this.#workload.stop(5000, () => this.#workload.readBack(READY_WITHIN, (state) => void (final = state)));
    await this.#until(2 * READY_WITHIN, 'every key is read back', () => final !== undefined);
    const { writes, linearizability } = judgeHistory(this.#history.operations, final?.reads ?? new Map());
    if (linearizability.kind === 'violation') this.#violations.push(`linearizability: ${linearizability.reason}`);
    if (writes.lost > 0) this.#violations.push(`${writes.lost} acknowledged writes are lost`);
    if (writes.stale > 0) this.#violations.push(`${writes.stale} reads are stale`);
    for (const { id, phase } of this.#incidents.values())
      if (phase.kind === 'escalated') this.#violations.push(`incident ${id} was left to a human: ${phase.reason}`);
  }

  async #until(patience: Millis, what: string, done: () => boolean): Promise<void> {
    const deadline = this.#world.now + patience;
    while (!done()) {
      if (this.#world.now >= deadline)
        return void this.#violations.push(`not within ${patience} ms: ${what}; ${this.#describe()}`);
      await this.#advance(this.#world.now + 20);
    }
  }

  #describe(): string {
    const subjects = this.#agents.map(
      ({ name, engine }) =>
        `${name}: ${
          engine
            ?.status()
            .subjects.map(({ state }) => state)
            .join() ?? 'dead'
        }`,
    );
    return [...subjects, ...this.#inStore.open.map(({ id, phase }) => `${id} ${phase.kind}`)].join('; ');
  }

  async #advance(until: Millis): Promise<void> {
    const world = this.#world;
    let reached = false;
    world.after(until - world.now, () => void (reached = true));
    while (!reached) {
      world.step();
      if (!this.#stirred) continue;
      this.#stirred = false;
      for (let turn = 0; turn < PROMISE_TURNS; turn++) await undefined;
    }
  }

  readonly #stir = (): void => {
    this.#stirred = true;
  };

  #newMember(name: string): SimulatedMember {
    const coverage = newCoverage();
    const ignored = (): void => undefined;
    const names = Array.from({ length: MEMBERS }, (_, at) => `n${at + 1}`);
    return new SimulatedMember({
      machine: this.#world.machine(name),
      cluster: names.map((each): InitialMember => ({ name: each, peerUrls: [`http://${each}:2380`] })),
      state: 'new',
      plan: drawPlan(this.#world.prng('plan'), [], []).cluster,
      protocol: this.#options.protocol ?? 'raft',
      prng: this.#world.prng(`member ${name}`),
      observer: createInvariantObserver({
        node: name,
        invariants: this.#invariants,
        coverage,
        onLeader: ignored,
        onDecided: ignored,
      }),
      coverage,
      onFatal: ({ rule, detail }) => this.#violations.push(`${rule}: ${detail}`),
      log: undefined,
    });
  }

  #newAgent(patient: SimulatedMember): SimulatedAgent {
    return new SimulatedAgent({
      world: this.#world,
      prng: this.#world.prng(`agent ${patient.name}`),
      patient,
      members: this.#members,
      deeds: this.#deeds,
      settings: SETTINGS,
      stir: this.#stir,
      onEvent: ({ about, text }, agent) => {
        this.#options.onEvent?.(this.#world.now, agent, text);
        if ('incident' in about) this.#noteIncident(about.incident);
      },
    });
  }

  /** By somebody who never dies. */
  #newLookAtStore(): IncidentsInStore {
    const life = new AgentLife(Number.POSITIVE_INFINITY, () => undefined);
    const prng = this.#world.prng('looks at the store');
    return new IncidentsInStore(
      this.#world,
      simulatedStore({ world: this.#world, prng, members: this.#members, life, stir: this.#stir }),
    );
  }

  #noteIncident(incident: Incident): void {
    const known = this.#incidents.get(incident.id);
    if (known === undefined || known.change < incident.change) this.#incidents.set(incident.id, incident);
  }

  #newWorkload(): RegisterWorkload {
    const { operationsPerSecond = 10 } = this.#options;
    const world = this.#world;
    const prng = world.prng('workload');
    const shared = { world, members: this.#members, keyspace: 'default', coverage: newCoverage() };
    return registerWorkload({
      clients: Array.from(
        { length: CLIENTS },
        (_, first) => new SimulatedClient({ ...shared, prng: prng.fork(`client ${first}`), first }),
      ),
      keys: ['a', 'b', 'c', 'd'],
      history: this.#history,
      clock: {
        now: () => world.now,
        after: (delay, callback) => {
          let live = true;
          world.after(delay, () => live && callback());
          return { cancel: () => void (live = false) };
        },
      },
      random: () => prng.next(),
      thinkTime: (1000 * CLIENTS) / operationsPerSecond,
    });
  }
}
