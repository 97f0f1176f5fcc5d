// One seed, one run: a cluster of real members on simulated machines, a checked workload, and a nemesis; then everything is
// healed, the cluster must converge within a bound, and the history is judged. The same seed gives the same run to the byte.
import type { Millis } from '@reknit/base';
import type { Logger } from '@reknit/runtime';
import { createWorld, type Machine, type Prng, type TraceListener, type World } from '@reknit/runtime/simulated';
import type { InitialMember, KeyspaceName } from '@reknit/store';
import type { LogEntry } from '@reknit/wal';
import { type Judgement, judgeHistory } from '../checkers/judge.js';
import { createRaftInvariants, type RaftInvariants } from '../checkers/raft-invariants.js';
import { History } from '../history/history.js';
import { type FinalState, type RegisterWorkload, registerWorkload } from '../workloads/register-workload.js';
import { type Coverage, newCoverage } from './coverage.js';
import { DecidedRequests } from './decided-requests.js';
import { createInvariantObserver } from './invariant-observer.js';
import { compareWithModel } from './model-comparison.js';
import { Nemesis } from './nemesis.js';
import { drawPlan, FAULT_KINDS, type FaultKind, type FaultPlan, type WorkloadKind } from './plan.js';
import { ServiceWorkloads } from './service-workloads.js';
import { SimulatedClient } from './simulated-client.js';
import { SimulatedMember } from './simulated-member.js';
import type { Violation } from './violation.js';

export interface SimulationOptions {
  readonly seed: number;
  /** Default 3. */
  readonly members?: number;
  /** Default 16: enough that writers contend at every member. */
  readonly clients?: number;
  /** Default 12. */
  readonly keys?: number;
  /** Virtual time under faults. Default 15 s. */
  readonly duration?: Millis;
  /** Mean pause between a client's operations. Default 150 ms: 16 clients make some 100 operations a second. */
  readonly thinkTime?: Millis;
  /** The kinds that the seed draws from. Default: all. */
  readonly faults?: readonly FaultKind[];
  /** Exactly these beside the registers, instead of what the seed draws. */
  readonly workloads?: readonly WorkloadKind[];
  readonly trace?: TraceListener;
  /** Log lines of all members. */
  readonly log?: (member: string) => Logger;
}

export interface SimulationReport {
  readonly seed: number;
  /** Empty when nothing was violated. */
  readonly violations: readonly Violation[];
  readonly plan: FaultPlan;
  /** Events of each kind. */
  readonly fired: Readonly<Record<string, number>>;
  readonly coverage: Readonly<Coverage>;
  readonly operations: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly virtualMs: Millis;
  /** Equal for two runs exactly if the same happened in both. */
  readonly digest: string;
  readonly judgement: Judgement | undefined;
}

/** Time to elect the first leaders before the workload and the faults begin. */
const WARM_UP: Millis = 2000;
/** A healed cluster must serve again, and be of one mind, within this: far above what elections and catching up need. */
const CONVERGE_WITHIN: Millis = 30_000;
/** Beside it, what leases need that are left to themselves: a new leader gives each its whole time anew. */
const SETTLE_WITHIN: Millis = 30_000;
const DRAIN_PATIENCE: Millis = 10_000;
const STEP: Millis = 50;
const KEY_PREFIX = 'key-';

export function runSimulation(options: SimulationOptions): SimulationReport {
  return new Simulation(options).run();
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #world: World;
  readonly #plan: FaultPlan;
  readonly #members: readonly SimulatedMember[];
  readonly #nemesis: Nemesis;
  readonly #history = new History();
  readonly #workload: RegisterWorkload;
  readonly #services: ServiceWorkloads;
  readonly #decided = new DecidedRequests();
  readonly #invariants: RaftInvariants = createRaftInvariants();
  readonly #coverage: Coverage = newCoverage();
  readonly #violations: Violation[] = [];

  constructor(options: SimulationOptions) {
    this.#options = options;
    // The plan is part of the seed, but the world wants its disks' faults before it exists.
    const draft = createWorld({ seed: options.seed });
    this.#plan = drawPlan(draft.prng('plan'), options.faults ?? FAULT_KINDS, options.workloads);
    this.#world = createWorld({
      seed: options.seed,
      disk: { keepSector: this.#plan.keepSector },
      ...(options.trace === undefined ? {} : { trace: options.trace }),
    });
    this.#members = this.#createMembers();
    this.#nemesis = new Nemesis(this.#world, this.#world.prng('nemesis'), this.#members, this.#plan);
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
      this.#await(CONVERGE_WITHIN, () => this.#converged());
      if (!this.#violated && !this.#converged())
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
    for (const member of this.#members) member.start();
    this.#world.run(WARM_UP);
    this.#workload.start();
    this.#services.start();
    this.#nemesis.start();
    this.#await(duration, () => false);
  }

  #createMembers(): readonly SimulatedMember[] {
    const { members: count = 3, log } = this.#options;
    const names = Array.from({ length: count }, (_, at) => `n${at + 1}`);
    const cluster: InitialMember[] = names.map((name) => ({ name, peerUrls: [`http://${name}:2380`] }));
    const [invariants, coverage] = [this.#invariants, this.#coverage];
    const onLeader = (node: string, keyspace: KeyspaceName): void => this.#nemesis.onLeader(node, keyspace);
    const onDecided = (keyspace: KeyspaceName, entry: LogEntry): void => {
      if (keyspace === 'default') this.#decided.take(entry, this.#world.now);
    };
    return names.map(
      (node) =>
        new SimulatedMember({
          machine: this.#machine(node),
          cluster,
          plan: this.#plan.cluster,
          prng: this.#world.prng(`member ${node}`),
          observer: createInvariantObserver({ node, invariants, coverage, onLeader, onDecided }),
          coverage,
          onFatal: (violation) => void this.#violations.push(violation),
          log: log?.(node),
        }),
    );
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
    const { clients = 16, thinkTime = 150 } = this.#options;
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
    this.#violations.push({ rule, detail });
  }

  /** All members have one leader and have applied what they know to be decided. */
  #converged(): boolean {
    return this.#members.every(({ member }) => {
      const group = member?.group('default');
      return group?.hasLeader === true && group.status.commit === group.space.applied.index;
    });
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
    this.#await(CONVERGE_WITHIN, () => this.#sameIndex());
    if (!this.#sameIndex()) {
      return this.#violate('convergence', `different applied indexes: ${this.#members.map(describeMember).join('; ')}`);
    }
    for (const keyspace of ['_system', 'default'] as const) {
      const hashes = this.#members.map(({ member }) => stateHash(member!.group(keyspace)!.space));
      if (new Set(hashes).size > 1) this.#violate('equal states', `${keyspace}: ${hashes.join(', ')}`);
    }
    for (const { name, member } of this.#members) {
      const difference = compareWithModel(member!.group('default')!.space, this.#decided.model);
      if (difference !== undefined) this.#violate('meaning', `${name}: ${difference}`);
    }
  }

  #sameIndex(): boolean {
    const indexes = this.#members.map(({ member }) =>
      ['_system', 'default'].map((name) => member?.group(name)?.space.applied.index).join(),
    );
    return new Set(indexes).size === 1;
  }

  /** Until it is so, or time is up, or something is violated. */
  #await(patience: Millis, done: () => boolean): void {
    const deadline = this.#world.now + patience;
    while (this.#world.now < deadline && !this.#violated && !done()) this.#world.run(Math.min(deadline, this.#world.now + STEP));
  }

  #report(judgement: Judgement | undefined): SimulationReport {
    const counts = this.#history.counts();
    for (const member of this.#members) this.#coverage.segmentsRemoved += member.segmentsRemoved;
    return {
      seed: this.#options.seed,
      violations: [
        ...this.#invariants.violations.map(({ invariant, reason }) => ({ rule: invariant, detail: reason })),
        ...this.#violations,
      ],
      plan: this.#plan,
      fired: Object.fromEntries(this.#nemesis.fired),
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

function describeMember({ name, member }: SimulatedMember): string {
  if (member === undefined) return `${name} is down`;
  const groups = [...member.groups].map(({ name: keyspace, status, space }) => {
    const progress = status.progress.map(({ id, match, state, inFlight }) => `${id.slice(0, 4)} ${state} ${match} (${inFlight})`);
    return `${keyspace} ${status.role} of round ${status.round}, commit ${status.commit}, applied ${space.applied.index} [${progress.join(', ')}]`;
  });
  return `${name}: ${groups.join(' | ')}`;
}

function stateHash(space: { hashJob(revision: number): { step(): unknown } }): string {
  const job = space.hashJob(0);
  for (;;) {
    const result = job.step();
    if (result !== undefined) return JSON.stringify(result);
  }
}

/** The message, and the innermost places of our own code without their folders, which differ from machine to machine. */
function placeOf(error: Error): string {
  const places = (error.stack ?? '')
    .split('\n')
    .flatMap((line) => /at (\S+) .*?([\w-]+\.[jt]s:\d+)/.exec(line)?.slice(1, 3).join(' ') ?? []);
  return `${error.name}: ${error.message} (${places.slice(0, 4).join(' < ')})`;
}
