// One seed, one run: a cluster of real members on simulated machines, a checked workload, and a nemesis; then everything is
// healed, the cluster must converge within a bound, and the history is judged. The same seed gives the same run to the byte.
import { assert, crc32c, type Millis } from '@reknit/base';
import type { Logger } from '@reknit/runtime';
import { createWorld, type Prng, type TraceListener, type World } from '@reknit/runtime/simulated';
import type { InitialMember, MemberObserver } from '@reknit/store';
import type { LogEntry } from '@reknit/wal';
import { type Judgement, judgeHistory } from '../checkers/judge.js';
import { createRaftInvariants, type RaftInvariants } from '../checkers/raft-invariants.js';
import { History } from '../history/history.js';
import { type FinalState, type RegisterWorkload, registerWorkload } from '../workloads/register-workload.js';
import { drawPlan, FAULT_KINDS, type FaultKind, type FaultPlan, Nemesis } from './nemesis.js';
import { SimulatedClient } from './simulated-client.js';
import { SimulatedMember } from './simulated-member.js';

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
  /** Mean pause between a client's operations; 16 clients at 100 ms give some 150 operations a second. */
  readonly thinkTime?: Millis;
  /** The kinds that the seed draws from. Default: all. */
  readonly faults?: readonly FaultKind[];
  readonly trace?: TraceListener;
  /** Log lines of all members. */
  readonly log?: (member: string) => Logger;
}

export interface SimulationReport {
  readonly seed: number;
  /** Empty when nothing was violated. */
  readonly violations: readonly string[];
  readonly plan: FaultPlan;
  readonly fired: Readonly<Record<string, number>>;
  readonly operations: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly virtualMs: Millis;
  /** Equal for two runs exactly if the same happened in both. */
  readonly digest: string;
  readonly judgement: Judgement | undefined;
}

/** A healed cluster must serve again, and be of one mind, within this: far above what elections and catching up need. */
const CONVERGE_WITHIN: Millis = 30_000;
const DRAIN_PATIENCE: Millis = 10_000;

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
  readonly #invariants: RaftInvariants = createRaftInvariants();
  readonly #violations: string[] = [];

  constructor(options: SimulationOptions) {
    this.#options = options;
    // The plan is part of the seed, but the world wants its disks' faults before it exists.
    const draft = createWorld({ seed: options.seed });
    this.#plan = drawPlan(draft.prng('plan'), options.faults ?? FAULT_KINDS);
    this.#world = createWorld({
      seed: options.seed,
      disk: { tornSector: this.#plan.tornSector },
      ...(options.trace === undefined ? {} : { trace: options.trace }),
    });
    this.#members = this.#createMembers();
    this.#nemesis = new Nemesis(this.#world, this.#world.prng('nemesis'), this.#members, this.#plan);
    this.#workload = this.#createWorkload(this.#world.prng('workload'));
  }

  run(): SimulationReport {
    const { duration = 15_000 } = this.#options;
    for (const member of this.#members) member.start();
    this.#world.run(2000);
    this.#workload.start();
    this.#nemesis.start();
    this.#runUntil(this.#world.now + duration, () => this.#violated());
    this.#nemesis.stop();
    if (!this.#violated()) this.#converge();
    const final = this.#violated() ? undefined : this.#drain();
    const judgement = final === undefined ? undefined : this.#judge(final);
    return this.#report(judgement);
  }

  #createMembers(): readonly SimulatedMember[] {
    const { members: count = 3, log } = this.#options;
    const names = Array.from({ length: count }, (_, at) => `n${at + 1}`);
    const cluster: InitialMember[] = names.map((name) => ({ name, peerUrls: [`http://${name}:2380`] }));
    const reports = { fatal: (node: string, reason: string) => void this.#violations.push(`${node}: ${reason}`) };
    return names.map(
      (name) =>
        new SimulatedMember(
          this.#world.machine(name),
          cluster,
          this.#world.prng(`member ${name}`),
          this.#observer(name),
          reports,
          log?.(name),
        ),
    );
  }

  #createWorkload(prng: Prng): RegisterWorkload {
    const { clients = 16, keys = 12, thinkTime = 100 } = this.#options;
    return registerWorkload({
      clients: Array.from(
        { length: clients },
        (_, at) => new SimulatedClient(this.#world, prng.fork(`client ${at}`), this.#members, at, 'default'),
      ),
      keys: Array.from({ length: keys }, (_, at) => `key-${at}`),
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
    });
  }

  #observer(node: string): MemberObserver {
    const invariants = this.#invariants;
    const event = (group: string, { index, round }: LogEntry, hash: number) => ({ node, group, index, round, hash });
    return {
      started: (group, applied) => invariants.onStarted({ node, group, applied }),
      leads: (group, term, log) => invariants.onLeader({ node, group, term, log }),
      stores: (group, entries, previousRound) => {
        let previous = previousRound;
        for (const entry of entries) {
          invariants.onStored({ ...event(group, entry, hashOf(entry)), previousRound: previous });
          previous = entry.round;
        }
      },
      decided: (group, entry) => invariants.onCommitted(event(group, entry, hashOf(entry))),
      applied: (group, entry) => invariants.onApplied(event(group, entry, hashOf(entry))),
    };
  }

  #violated(): boolean {
    return this.#violations.length > 0 || this.#invariants.violations.length > 0;
  }

  /** All members have one leader, have applied the same, and a state of the same hash. */
  #converge(): void {
    const deadline = this.#world.now + CONVERGE_WITHIN;
    this.#runUntil(deadline, () => this.#violated() || this.#converged());
    if (!this.#violated() && !this.#converged())
      this.#violations.push(`no convergence within ${CONVERGE_WITHIN} ms after all faults ended`);
  }

  #converged(): boolean {
    return this.#members.every(({ member }) => {
      const group = member?.group('default');
      return group?.hasLeader === true && group.status.commit === group.space.applied.index;
    });
  }

  #drain(): FinalState | undefined {
    let drained = false;
    this.#workload.stop(DRAIN_PATIENCE, () => {
      drained = true;
    });
    this.#runUntil(this.#world.now + 2 * DRAIN_PATIENCE, () => drained);
    assert(drained, 'a workload drains within its patience');
    let final: FinalState | undefined;
    this.#workload.readBack(CONVERGE_WITHIN, (state) => {
      final = state;
    });
    this.#runUntil(this.#world.now + 2 * CONVERGE_WITHIN, () => final !== undefined);
    return final;
  }

  #judge(final: FinalState): Judgement {
    const judgement = judgeHistory(this.#history.operations, final.reads);
    const { linearizability, revisions, writes } = judgement;
    if (linearizability.kind === 'violation') this.#violations.push(`not linearizable: ${linearizability.reason}`);
    if (revisions.kind !== 'ordered') this.#violations.push(`revisions: ${JSON.stringify(revisions)}`);
    if (writes.verdict !== 'clean')
      this.#violations.push(`writes: lost ${writes.lost}, stale ${writes.stale}, unread ${writes.unread.join()}`);
    this.#compareHashes();
    return judgement;
  }

  #compareHashes(): void {
    this.#runUntil(this.#world.now + CONVERGE_WITHIN, () => this.#sameIndex());
    if (!this.#sameIndex()) {
      this.#violations.push(`members do not reach the same applied index: ${this.#members.map(describeMember).join('; ')}`);
      return;
    }
    for (const keyspace of ['_system', 'default'] as const) {
      const hashes = this.#members.map(({ name, member }) => `${name} ${stateHash(member!.group(keyspace)!.space)}`);
      if (new Set(hashes.map((text) => text.split(' ')[1])).size > 1)
        this.#violations.push(`${keyspace}: states differ: ${hashes.join(', ')}`);
    }
  }

  #sameIndex(): boolean {
    const indexes = this.#members.map(({ member }) =>
      ['_system', 'default'].map((name) => member?.group(name)?.space.applied.index).join(),
    );
    return new Set(indexes).size === 1;
  }

  #runUntil(time: Millis, stop: () => boolean): void {
    while (this.#world.now < time && !stop()) this.#world.run(Math.min(time, this.#world.now + 50));
  }

  #report(judgement: Judgement | undefined): SimulationReport {
    const counts = this.#history.counts();
    return {
      seed: this.#options.seed,
      violations: [...this.#violations, ...this.#invariants.violations.map(({ invariant, reason }) => `${invariant}: ${reason}`)],
      plan: this.#plan,
      fired: Object.fromEntries(this.#nemesis.fired),
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

const hashOf = ({ kind, payload }: LogEntry): number => crc32c(payload, kind === 'normal' ? 1 : 2);
