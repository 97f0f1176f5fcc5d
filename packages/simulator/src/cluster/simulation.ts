// One seed, one run: a cluster of real members on simulated machines, a checked workload, and a nemesis; then everything is
// healed, the cluster must converge within a bound, and the history is judged. The same seed gives the same run to the byte.
import type { Millis } from '@reknit/base';
import { createWorld, type Machine, type Prng, type World } from '@reknit/runtime/simulated';
import type { InitialMember, KeyspaceName } from '@reknit/store';
import type { LogEntry } from '@reknit/wal';
import { type Judgement, judgeHistory } from '../checkers/judge.js';
import { createProtocolInvariants, type ProtocolInvariants } from '../checkers/protocol-invariants.js';
import { Nemesis } from '../faults/nemesis.js';
import { History } from '../history/history.js';
import { type FinalState, type RegisterWorkload, registerWorkload } from '../workloads/register-workload.js';
import { checkBounds } from './bounds.js';
import { CancelledPlans } from './cancelled-plans.js';
import { type Coverage, newCoverage } from './coverage.js';
import { DecidedRequests } from './decided-requests.js';
import { compareStates, describeMember, haveAppliedTheSame, haveConverged } from './final-state.js';
import { createInvariantObserver } from './invariant-observer.js';
import { countRemovedSegments } from './log-files.js';
import type { SimulationOptions, SimulationReport } from './options.js';
import { drawPlan, type FaultPlan } from './plan.js';
import { ServiceWorkloads } from './service-workloads.js';
import { SimulatedClient } from './simulated-client.js';
import { SimulatedMember } from './simulated-member.js';
import type { Violation } from './violation.js';

const CLIENTS = 16;
/** That may join a run: each costs as much as another member. */
const NEWCOMERS_MAX = 2;
/** Time to elect the first leaders before the workload and the faults begin. */
const WARM_UP: Millis = 2000;
/** A healed cluster must serve again, and be of one mind, within this: far above what elections and catching up need. */
const CONVERGE_WITHIN: Millis = 30_000;
/** Beside it, what leases need that are left to themselves: a new leader gives each its whole time anew. */
const SETTLE_WITHIN: Millis = 30_000;
const DRAIN_PATIENCE: Millis = 10_000;
const STEP: Millis = 50;
const BOUNDS_EVERY: Millis = 500;
const KEY_PREFIX = 'key-';

export function runSimulation(options: SimulationOptions): SimulationReport {
  return new Simulation(options).run();
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #world: World;
  readonly #plan: FaultPlan;
  /** Those that join later come to it. */
  readonly #members: SimulatedMember[];
  readonly #nemesis: Nemesis;
  readonly #history = new History();
  readonly #workload: RegisterWorkload;
  readonly #services: ServiceWorkloads;
  readonly #decided = new DecidedRequests();
  readonly #invariants: ProtocolInvariants = createProtocolInvariants(({ invariant, reason }) => {
    this.#options.observer?.violation(this.#world.now, { rule: invariant, detail: reason });
  });
  readonly #plans = new CancelledPlans((detail) => this.#violate('cancelled change', detail));
  readonly #coverage: Coverage = newCoverage();
  readonly #violations: Violation[] = [];
  #boundsAt: Millis = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    const { observer } = options;
    // The plan is part of the seed, but the world wants its disks' faults before it exists.
    const draft = createWorld({ seed: options.seed });
    this.#plan = drawPlan(draft.prng('plan'), options.faults, options.workloads);
    this.#world = createWorld({
      seed: options.seed,
      disk: { keepSector: this.#plan.keepSector },
      ...(options.trace === undefined ? {} : { trace: options.trace }),
      ...(observer === undefined
        ? {}
        : { frames: (from, to, sentAt, at, bytes) => observer.message({ from, to, sentAt, at, bytes }) }),
    });
    const { members = 3 } = options;
    this.#members = Array.from({ length: members }, (_, at) => this.#createMember(`n${at + 1}`, 'new', members));
    this.#nemesis = new Nemesis({
      world: this.#world,
      prng: this.#world.prng('nemesis'),
      members: this.#members,
      plan: this.#plan,
      without: new Set(options.without),
      onFault: (event) => observer?.fault(event),
      recruit: () => this.#recruit(),
      onChanged: (what) => void this.#coverage[what]++,
      onCancelled: (plan) => this.#plans.onCancelled(plan),
    });
    this.#workload = this.#createWorkload(this.#world.prng('workload'));
    this.#services = this.#createServices(this.#world.prng('services'));
  }

  run(): SimulationReport {
    const judgement = this.#live();
    return this.#report(judgement);
  }

  #live(): Judgement | undefined {
    try {
      this.#runUnderFaults();
      this.#nemesis.stop();
      this.#await(CONVERGE_WITHIN, () => haveConverged(this.#core));
      if (!this.#violated && !haveConverged(this.#core))
        this.#violate('convergence', `none within ${CONVERGE_WITHIN} ms of the last fault`);
      return this.#violated ? undefined : this.#judge(this.#drain());
    } catch (error) {
      // In production it would end the process of the member that threw.
      this.#violate('exception', error instanceof Error ? placeOf(error) : String(error));
      return undefined;
    }
  }

  #runUnderFaults(): void {
    const { duration = 15_000 } = this.#options;
    this.#options.observer?.begins(this.#members.map(({ name }) => name));
    for (const member of this.#members) member.start();
    this.#world.run(WARM_UP);
    this.#workload.start();
    this.#services.start();
    this.#nemesis.start();
    this.#await(duration, () => false);
  }

  /** A member that is about to join: announced by whoever asks for it, and not started. Undefined where the run has had its share. */
  #recruit(): SimulatedMember | undefined {
    const { members: initial = 3 } = this.#options;
    if (this.#members.length >= initial + NEWCOMERS_MAX) return undefined;
    const count = this.#members.length + 1;
    const newcomer = this.#createMember(`n${count}`, 'existing', count);
    this.#members.push(newcomer);
    return newcomer;
  }

  #createMember(node: string, state: 'new' | 'existing', count: number): SimulatedMember {
    const { log, protocol = 'raft', observer } = this.#options;
    const names = Array.from({ length: count }, (_, at) => `n${at + 1}`);
    const cluster: InitialMember[] = names.map((name) => ({ name, peerUrls: [`http://${name}:2380`] }));
    const [invariants, coverage] = [this.#invariants, this.#coverage];
    const onLeader = (name: string, keyspace: KeyspaceName, round: number): void => {
      observer?.leads(this.#world.now, name, keyspace, round);
      this.#nemesis.onLeader(name, keyspace);
    };
    const onDecided = (keyspace: KeyspaceName, entry: LogEntry): void => {
      if (keyspace === 'default') this.#decided.take(entry, this.#world.now);
      this.#plans.onDecided(entry);
    };
    return new SimulatedMember({
      machine: this.#machine(node),
      cluster,
      state,
      plan: this.#plan.cluster,
      protocol,
      prng: this.#world.prng(`member ${node}`),
      observer: createInvariantObserver({ node, invariants, coverage, onLeader, onDecided }),
      coverage,
      onLife: (life) => observer?.life(this.#world.now, node, life),
      onFatal: ({ rule, detail }) => this.#violate(rule, detail),
      log: log?.(node),
    });
  }

  #machine(name: string): Machine {
    const machine = this.#world.machine(name);
    const { clockDrift } = this.#plan;
    if (clockDrift > 0) machine.clockRate = 1 + clockDrift * (2 * this.#world.prng(`clock ${name}`).next() - 1);
    return machine;
  }

  #createServices(prng: Prng): ServiceWorkloads {
    return new ServiceWorkloads({
      world: this.#world,
      prng,
      members: this.#members,
      model: this.#decided.model,
      load: this.#plan.load,
      keys: this.#keys(),
      prefix: KEY_PREFIX,
      fastestClock: 1 + this.#plan.clockDrift,
      violate: (rule, detail) => this.#violate(rule, detail),
    });
  }

  #keys(): readonly string[] {
    return Array.from({ length: this.#options.keys ?? 12 }, (_, at) => `${KEY_PREFIX}${at}`);
  }

  #createWorkload(prng: Prng): RegisterWorkload {
    const { clients = CLIENTS, thinkTime = 150 } = this.#options;
    const shared = { world: this.#world, members: this.#members, keyspace: 'default', coverage: this.#coverage };
    return registerWorkload({
      clients: Array.from(
        { length: clients },
        (_, first) => new SimulatedClient({ ...shared, prng: prng.fork(`client ${first}`), first }),
      ),
      keys: this.#keys(),
      history: this.#history,
      clock: {
        now: () => this.#world.now,
        after: (delay, callback) => {
          let live = true;
          this.#world.after(delay, () => live && callback());
          return { cancel: () => void (live = false) };
        },
      },
      random: () => prng.next(),
      thinkTime,
      valueBytesMax: this.#plan.cluster.valueBytesMax,
    });
  }

  get #violated(): boolean {
    return this.#violations.length > 0 || this.#invariants.violations.length > 0;
  }

  #violate(rule: Violation['rule'], detail: string): void {
    const violation = { rule, detail };
    this.#violations.push(violation);
    this.#options.observer?.violation(this.#world.now, violation);
  }

  /** Those whose disks kept what they were given, and who are in the cluster: a newcomer may be let in later, or never. */
  get #core(): readonly SimulatedMember[] {
    return this.#members.filter(({ lost, state }) => !lost && state !== 'joining');
  }

  #drain(): FinalState {
    let drained = false;
    this.#services.stop();
    this.#workload.stop(DRAIN_PATIENCE, () => {
      drained = true;
    });
    this.#await(2 * DRAIN_PATIENCE, () => drained);
    let final: FinalState | undefined;
    if (drained) {
      this.#workload.readBack(CONVERGE_WITHIN, (state) => {
        final = state;
      });
    }
    this.#await(2 * CONVERGE_WITHIN, () => final !== undefined);
    return final ?? { reads: new Map(), unread: [] };
  }

  #judge(final: FinalState): Judgement | undefined {
    this.#await(SETTLE_WITHIN, () => this.#services.settled);
    if (this.#violated) return undefined;
    this.#services.judge(this.#coverage);
    const judgement = judgeHistory(this.#history.operations, final.reads);
    const { linearizability, revisions, writes } = judgement;
    if (linearizability.kind === 'violation') this.#violate('linearizability', linearizability.reason);
    if (revisions.kind !== 'ordered') this.#violate('revision order', JSON.stringify(revisions));
    if (writes.lost > 0) this.#violate('lost write', `${writes.lost} acknowledged writes are gone`);
    if (writes.stale > 0) this.#violate('stale read', `${writes.stale} reads are older than what was acknowledged`);
    if (writes.unread.length > 0) this.#violate('convergence', `cannot be read in the end: ${writes.unread.join()}`);
    this.#compareStates();
    return judgement;
  }

  #compareStates(): void {
    this.#await(CONVERGE_WITHIN, () => haveAppliedTheSame(this.#core));
    if (!haveAppliedTheSame(this.#core)) {
      return this.#violate('convergence', `different applied indexes: ${this.#core.map(describeMember).join('; ')}`);
    }
    for (const { rule, detail } of compareStates(this.#core, this.#decided.model)) this.#violate(rule, detail);
  }

  /** Until it is so, or time is up, or something is violated. */
  #await(patience: Millis, done: () => boolean): void {
    const deadline = this.#world.now + patience;
    while (this.#world.now < deadline && !this.#violated && !done()) {
      this.#world.run(Math.min(deadline, this.#world.now + STEP));
      if (this.#world.now < this.#boundsAt) continue;
      this.#boundsAt = this.#world.now + BOUNDS_EVERY;
      const beyond = checkBounds(this.#world, this.#members, this.#options.clients ?? CLIENTS);
      if (beyond !== undefined) this.#violate('bounded memory', beyond);
    }
  }

  #fired(): Readonly<Record<string, number>> {
    const counts = this.#world.traceCounts();
    const ambient = {
      loss: counts['frame-lost'],
      duplication: counts['frame-duplicated'],
      reorder: counts['frame-reordered'],
      damage: counts['frame-damaged'],
      'torn-writes': this.#coverage.tornTails,
      'clock-drift': this.#plan.clockDrift > 0 ? this.#members.length : 0,
    };
    const happened = Object.entries(ambient).filter(([, times]) => times > 0);
    return Object.fromEntries([...this.#nemesis.fired(), ...happened]);
  }

  #report(judgement: Judgement | undefined): SimulationReport {
    const counts = this.#history.counts();
    this.#options.observer?.ends(this.#world.now, this.#history.operations);
    for (const member of this.#members) this.#coverage.segmentsRemoved += countRemovedSegments(member.machine);
    return {
      seed: this.#options.seed,
      protocol: this.#options.protocol ?? 'raft',
      violations: [
        ...this.#invariants.violations.map(({ invariant, reason }) => ({ rule: invariant, detail: reason })),
        ...this.#violations,
      ],
      plan: this.#plan,
      fired: this.#fired(),
      faults: this.#nemesis.events,
      coverage: this.#coverage,
      operations: this.#history.operations.length,
      acknowledged: counts.acknowledged,
      unknown: counts.unknown,
      virtualMs: this.#world.now,
      digest: this.#world.traceDigest(),
      judgement,
    };
  }
}

/** The message, and the innermost places of our own code without their folders, which differ from machine to machine. */
function placeOf(error: Error): string {
  const places = (error.stack ?? '')
    .split('\n')
    .flatMap((line) => /at (\S+) .*?([\w-]+\.[jt]s:\d+)/.exec(line)?.slice(1, 3).join(' ') ?? []);
  return `${error.name}: ${error.message} (${places.slice(0, 4).join(' < ')})`;
}
