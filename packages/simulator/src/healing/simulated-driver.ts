// How an agent reaches the member of its own machine: the process table, and answers to questions that take a moment and fail
// to come when nobody is there to give them. Starts, fences and stops are deeds, kept for the rules of healing.
import type { Millis } from '@reknit/base';
import type { Boot, Driver, FenceOutcome, Probe, ProcessEnd, StopOutcome } from '@reknit/recovery';
import type { ProcessExit, ProcessIdentity, Runtime } from '@reknit/runtime';
import type { Prng, World } from '@reknit/runtime/simulated';
import type { SimulatedMember } from '../cluster/simulated-member.js';
import type { AgentLife } from './agent-life.js';
import type { Deeds } from './deeds.js';
import { endpointOf } from './simulated-store.js';

export interface SimulatedDriverOptions {
  readonly world: World;
  readonly prng: Prng;
  /** Of the agent. */
  readonly runtime: Runtime;
  readonly life: AgentLife;
  readonly agent: string;
  /** The one in its care. */
  readonly patient: SimulatedMember;
  /** Everybody, for looks at those in the care of others. */
  readonly members: readonly SimulatedMember[];
  readonly deeds: Deeds;
  /** By member: the token of its last start. What marks a process survives the agent that marked it. */
  readonly launched: Map<string, { readonly token: string; readonly process: ProcessIdentity }>;
  readonly stir: () => void;
}

/** What a dead agent's start would have given, had it happened. */
const NO_PROCESS: ProcessIdentity = { pid: 0, startTime: 0 };
const GONE_AT_ONCE_EXIT = 1;

export function simulatedDriver(options: SimulatedDriverOptions): Driver {
  const { patient, runtime, life, stir } = options;
  const { processes } = runtime;
  const tell = (onEnd: (end: ProcessEnd) => void, exit: ProcessExit | undefined): void =>
    void runtime.clock.soon(() => {
      stir();
      onEnd({ exit: exit === undefined ? undefined : known(exit), source: 'kernel exit notice' });
    });
  const questions = new Questions(options);
  return {
    subjects: [patient.name],
    endpoint: endpointOf,
    state: (process) => processes.state(process),
    start: (subject, token, onEnd) => {
      if (!life.mayAct()) return NO_PROCESS;
      options.deeds.add(deed(options, { kind: 'start', subject, token }));
      if (patient.process !== undefined) return collide(options, token, (exit) => tell(onEnd, exit));
      patient.start();
      const process = patient.process ?? NO_PROCESS;
      options.launched.set(subject, { token, process });
      if (patient.process === undefined) tell(onEnd, { code: GONE_AT_ONCE_EXIT, signal: undefined });
      else patient.onceEnded((exit) => tell(onEnd, exit));
      return process;
    },
    watch: (_subject, process, onEnd) => processes.watch(process, () => tell(onEnd, undefined)),
    findLaunched: (subject, token) => {
      const last = options.launched.get(subject);
      return last?.token === token && processes.state(last.process) !== 'gone' ? last.process : undefined;
    },
    identify: (subject, timeoutMs) => questions.identify(subject, timeoutMs),
    identifyAt: (subject, _endpoint, timeoutMs) => questions.identify(subject, timeoutMs),
    probe: (subject, timeoutMs) => questions.probe(subject, timeoutMs),
    exitMark: () => undefined,
    retired: () => undefined,
    lastWords: () => undefined,
    effort: () => undefined,
    look: () => [],
    fence: (subject, process) =>
      ended(
        options,
        { kind: 'fence', subject },
        process,
        (): FenceOutcome => (processes.state(process) === 'gone' ? 'gone' : 'still-there'),
      ),
    stop: (subject, process) =>
      ended(
        options,
        { kind: 'stop', subject },
        process,
        (): StopOutcome => (processes.state(process) === 'gone' ? 'terminated' : 'still-there'),
      ),
    // All that it has: the actions of a real cluster's driver have tests with real processes.
    actions: () => new Set(),
  };
}

const known = ({ code, signal }: ProcessExit): { readonly code?: number; readonly signal?: string } => ({
  ...(code === undefined ? {} : { code }),
  ...(signal === undefined ? {} : { signal }),
});

const deed = (
  { world, agent }: SimulatedDriverOptions,
  part: { readonly kind: 'start' | 'fence' | 'stop'; readonly subject: string; readonly token?: string },
): Parameters<Deeds['add']>[0] => ({ at: world.now, agent, ...part });

/** The second of one name finds the data directory locked, and ends. */
function collide(options: SimulatedDriverOptions, token: string, end: (exit: ProcessExit) => void): ProcessIdentity {
  const { deeds, patient } = options;
  deeds.collision(deed(options, { kind: 'start', subject: patient.name, token }));
  end({ code: GONE_AT_ONCE_EXIT, signal: undefined });
  return NO_PROCESS;
}

function ended<Outcome>(
  options: SimulatedDriverOptions,
  part: { readonly kind: 'fence' | 'stop'; readonly subject: string },
  process: ProcessIdentity,
  outcome: () => Outcome,
): Promise<Outcome> {
  const { life, runtime, stir } = options;
  return new Promise((resolve) => {
    if (!life.mayAct()) return;
    options.deeds.add(deed(options, part));
    runtime.processes.signal(process, 'SIGKILL');
    runtime.clock.soon(() => {
      stir();
      resolve(outcome());
    });
  });
}

/** What is asked over the network of a machine: a stopped process lets it wait, a dead one refuses. */
class Questions {
  readonly #options: SimulatedDriverOptions;

  constructor(options: SimulatedDriverOptions) {
    this.#options = options;
  }

  identify(subject: string, timeoutMs: Millis): Promise<Boot | undefined> {
    return this.#ask<Boot | undefined>(subject, timeoutMs, { silent: undefined, refused: undefined }, (member) => bootOf(member));
  }

  probe(subject: string, timeoutMs: Millis): Promise<Probe> {
    const silent: Probe = { connect: 'accepted', health: 'silent' };
    return this.#ask<Probe>(subject, timeoutMs, { silent, refused: { connect: 'refused', health: 'silent' } }, ({ member }) => {
      if (member === undefined) return { connect: 'accepted', health: 'bad' };
      const { loopDelay, logSync, suspected } = member.vitals;
      const names = new Map(member.cluster.members.map(({ nodeId, name }) => [nodeId, name]));
      const suspectedPeers = suspected.map((peer) => names.get(peer) ?? String(peer));
      return { connect: 'accepted', health: 'good', vitals: { loopDelayMs: loopDelay, logSyncMs: logSync, suspectedPeers } };
    });
  }

  #ask<Result>(
    subject: string,
    timeoutMs: Millis,
    otherwise: { readonly silent: Result; readonly refused: Result },
    question: (member: SimulatedMember) => Result,
  ): Promise<Result> {
    const { world, prng, life, members, stir } = this.#options;
    const member = members.find(({ name }) => name === subject)!;
    return new Promise((resolve) => {
      const hear = life.hears((result: Result) => {
        stir();
        resolve(result);
      });
      let open = true;
      const settle = (result: Result): void => {
        if (open) world.after(0.05 + prng.tail(0.1), () => hear(result));
        open = false;
      };
      world.after(timeoutMs, () => settle(otherwise.silent));
      world.after(0.05 + prng.tail(0.1), () => {
        if (member.process === undefined) settle(otherwise.refused);
        else member.machine.arrive(() => settle(question(member)));
      });
    });
  }
}

const bootOf = ({ name, process }: SimulatedMember): Boot | undefined =>
  process === undefined ? undefined : { process, bootId: `${name}/${process.startTime}`, incarnation: `data of ${name}` };
