// One machine's agent through all of its lives: the engine as it is, over the journal on the machine's disk. Its init system
// starts it again when it was killed, after a while or never.
import type { Millis } from '@reknit/base';
import { Engine, type EngineEvent, type EngineSettings, Journal } from '@reknit/recovery';
import type { ProcessIdentity } from '@reknit/runtime';
import type { Prng, World } from '@reknit/runtime/simulated';
import type { SimulatedMember } from '../cluster/simulated-member.js';
import { AgentLife } from './agent-life.js';
import { agentRuntime } from './agent-runtime.js';
import type { Deeds } from './deeds.js';
import { simulatedDriver } from './simulated-driver.js';
import { endpointOf, simulatedStore } from './simulated-store.js';

export interface SimulatedAgentOptions {
  readonly world: World;
  readonly prng: Prng;
  readonly patient: SimulatedMember;
  readonly members: readonly SimulatedMember[];
  readonly deeds: Deeds;
  readonly settings: Partial<EngineSettings>;
  readonly stir: () => void;
  readonly onEvent: (event: EngineEvent, agent: string) => void;
}

/** How a life ends, and whether another follows. */
export interface Doom {
  /** The effect that does not happen any more, counted from 1 over this life. */
  readonly atEffect: number;
  /** Undefined: never. */
  readonly againAfter: Millis | undefined;
}

const IMMORTAL: Doom = { atEffect: Number.POSITIVE_INFINITY, againAfter: undefined };

export class SimulatedAgent {
  readonly name: string;
  readonly #options: SimulatedAgentOptions;
  readonly #launched: Map<string, { readonly token: string; readonly process: ProcessIdentity }> = new Map();
  #life: AgentLife | undefined;
  #engine: Engine | undefined;
  #lives = 0;

  constructor(options: SimulatedAgentOptions) {
    this.#options = options;
    this.name = `agent of ${options.patient.name}`;
    options.world.program(this.name, (runtime) => this.#begin(runtime));
  }

  get alive(): boolean {
    return this.#life?.alive ?? false;
  }

  /** Undefined while it is dead. */
  get engine(): Engine | undefined {
    return this.alive ? this.#engine : undefined;
  }

  /** Its own member is in its care, and well. */
  get content(): boolean {
    return this.engine?.status().subjects.every(({ state }) => state === 'living') ?? false;
  }

  get lives(): number {
    return this.#lives;
  }

  get effects(): number {
    return this.#life?.effects ?? 0;
  }

  start(doom: Doom = IMMORTAL): void {
    const { patient, world } = this.#options;
    this.#lives++;
    this.#engine = undefined;
    const process = patient.machine.spawn(this.name, []);
    this.#life = new AgentLife(doom.atEffect, () => {
      process.end({ code: undefined, signal: 'SIGKILL' }, 'ended');
      if (doom.againAfter !== undefined) world.after(doom.againAfter, () => this.start());
    });
    process.onEnd(() => this.#life?.end());
  }

  kill(againAfter: Millis | undefined): void {
    if (this.#life?.alive !== true) return;
    this.#life.end();
    if (againAfter !== undefined) this.#options.world.after(againAfter, () => this.start());
  }

  #begin(ofProcess: Parameters<Parameters<World['program']>[1]>[0]): void {
    const { world, prng, patient, members, deeds, settings, stir, onEvent } = this.#options;
    const life = this.#life!;
    const runtime = agentRuntime(ofProcess, life, stir);
    stir();
    const engine = new Engine({
      runtime,
      driver: simulatedDriver({
        world,
        prng: prng.fork(`driver ${this.#lives}`),
        runtime,
        life,
        agent: this.name,
        patient,
        members,
        deeds,
        launched: this.#launched,
        stir,
      }),
      store: simulatedStore({ world, prng: prng.fork(`store ${this.#lives}`), members, life, stir }),
      journal: Journal.open(runtime, '/agent'),
      observer: this.name,
      otherEndpoints: members.filter((member) => member !== patient).map(({ name }) => endpointOf(name)),
      settings,
      onEvent: (event) => onEvent(event, this.name),
    });
    this.#engine = engine;
    void engine.start();
  }
}
