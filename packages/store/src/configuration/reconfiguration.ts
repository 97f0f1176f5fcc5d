// Changes of the cluster's members and protocol, on this member: what it is asked becomes an entry of `_system`; what
// `_system` says is carried out in the groups that this member leads. Nobody sends commands: every member compares, again and
// again, what is with what is to be. So whoever takes over goes on where its predecessor died, and every step may be done twice.
import type { ByteReader, ByteWriter, Millis } from '@reknit/base';
import type { Epoch, NodeId, Stage } from '@reknit/consensus';
import type { Failure } from '@reknit/grpc';
import { FIRST_LEVEL, LEVEL, levelOf } from '../cluster/level.js';
import type { Group } from '../group/group.js';
import { mostOfLog } from '../group/most-of-log.js';
import { KEYSPACES, type KeyspaceName } from '../options.js';
import { Asked, type ChangeWaiter } from './asked.js';
import { closed, type Request, stopping } from './changes.js';
import { groupRecordOf } from './group-record.js';
import { newcomer } from './plans.js';
import { Progress } from './progress.js';
import type { Configuration, Plan } from './record.js';
import { learnersOf, metMembers } from './stage-at-start.js';

/** Stop-signs in this order: whoever must act on a plan reads it in the stage that made it, and `_system` is what it reads. */
const ORDER: readonly KeyspaceName[] = ['default', '_system'];

export interface ReconfigurationMember {
  readonly self: NodeId;
  group(keyspace: KeyspaceName): Group | undefined;
  /** The newest that this member knows; undefined before the genesis. */
  known(): Configuration | undefined;
  /** Linked now; itself, too. */
  reaches(node: NodeId): boolean;
  /** Of formats and meanings, as it says itself; undefined while it is not linked. */
  levelOf(node: NodeId): number | undefined;
  writer(peer: NodeId): ByteWriter | undefined;
  upPeers(): Iterable<NodeId>;
  now(): Millis;
}

export class Reconfiguration {
  readonly #member: ReconfigurationMember;
  readonly #asked: Asked;
  readonly #progress: Progress;
  /** A step of the plan is on its way into the log. */
  #proposing = false;
  /** Groups whose next stage has answered a read: a majority has begun it and has decided an entry in it (rule 9). */
  readonly #proven = new Set<string>();

  constructor(member: ReconfigurationMember) {
    this.#member = member;
    this.#progress = new Progress(member);
    this.#asked = new Asked({
      system: () => member.group('_system'),
      applied: () => this.applied,
      reaches: (node) => member.reaches(node),
      inSync: (node) => this.#progress.inSync(node),
      now: () => member.now(),
    });
  }

  /** As of the last entry of `_system` that was applied here. */
  get applied(): Configuration | undefined {
    const system = this.#member.group('_system');
    const known = this.#member.known();
    return system === undefined ? known : (groupRecordOf(system.space).configuration ?? known);
  }

  /** @param within ms: the change itself is not given up after that */
  request(request: Request, within: Millis, waiter: ChangeWaiter): void {
    this.#asked.request(request, within, waiter);
  }

  /** Proposes what `change` makes of the configuration, again if it is overtaken. @param change undefined: nothing to do */
  propose(change: (now: Configuration) => Configuration | undefined, done: (failure: Failure | undefined) => void): void {
    this.#asked.propose(change, done);
  }

  onProgress(from: NodeId, reader: ByteReader): void {
    this.#progress.onReport(from, reader);
  }

  /** The configuration or the stage of a group has changed. */
  onChange(): void {
    this.#asked.onChange();
    this.#drive();
  }

  /** Seldom. */
  tick(now: Millis): void {
    this.#asked.expire(now);
    this.#progress.tick();
    this.#drive();
    this.#raiseLevel();
  }

  close(): void {
    this.#asked.close();
  }

  #drive(): void {
    const configuration = this.applied;
    const plan = configuration?.plan;
    if (configuration === undefined || plan === undefined) return this.#rest();
    let turn = plan.phase === 'stopping';
    for (const keyspace of ORDER) {
      const group = this.#member.group(keyspace);
      if (group === undefined) return;
      this.#move(configuration, plan, group, turn);
      turn &&= this.#moved(configuration, group);
    }
    const system = this.#member.group('_system');
    if (system?.status.role === 'leader') this.#advance(configuration, plan);
  }

  /** To what all members speak that have ever been met: who joins later is told, and must. */
  #raiseLevel(): void {
    const now = this.applied;
    if (this.#proposing || now === undefined || now.plan !== undefined) return;
    if (this.#member.group('_system')?.status.role !== 'leader' || levelOf(now) >= LEVEL) return;
    const level = Math.min(...metMembers(now).map((node) => this.#member.levelOf(node) ?? FIRST_LEVEL));
    if (level <= levelOf(now)) return;
    this.#proposing = true;
    this.#asked.propose(
      (current) => (current.version === now.version ? { ...now, version: now.version + 1, level } : undefined),
      () => {
        this.#proposing = false;
      },
    );
  }

  #rest(): void {
    this.#proven.clear();
    for (const keyspace of ORDER) {
      const group = this.#member.group(keyspace);
      if (group?.status.preflight !== undefined) group.cancelPrepare();
    }
  }

  /** Prepares the group's next stage and, in its turn, ends the present one. */
  #move(configuration: Configuration, plan: Plan, group: Group, turn: boolean): void {
    if (group.status.role !== 'leader' || group.status.epoch !== configuration.epoch) return;
    const stage = this.#nextStage(configuration, plan, group);
    group.prepare(stage);
    if (turn) group.stop(stage);
  }

  /** Only forward: from catching up to stopping, and from there to the plan's end. */
  #advance(configuration: Configuration, plan: Plan): void {
    if (plan.phase === 'catching-up') {
      if (this.#mayStop(configuration, plan)) this.#step(plan, stopping);
    } else if (KEYSPACES.every(({ name }) => this.#isProven(configuration, plan, name))) this.#step(plan, closed);
  }

  /**
   * By the preflight of `_system`: the voters are the same in every group, and each group's leader makes sure for its own. Who
   * takes a new vote must have caught up in all of them: it counts in their quorums from then on, whatever it lacks.
   */
  #mayStop({ members }: Configuration, plan: Plan): boolean {
    const preflight = this.#member.group('_system')?.status.preflight;
    const voter = newcomer(plan);
    if (preflight?.stage.plan !== plan.id || !preflight.ready) return false;
    if (voter === undefined) return true;
    const met = members.some(({ id, incarnation }) => id === voter && incarnation !== undefined);
    return met && this.#progress.inSync(voter) && !preflight.missing.some(({ id }) => id === voter);
  }

  #moved({ epoch }: Configuration, { status, stage }: Group): boolean {
    return stage.epoch === epoch + 1 && status.epoch === epoch + 1 && status.leader !== undefined;
  }

  /** A leader serves no read before it has decided an entry of its own stage. */
  #isProven({ epoch }: Configuration, plan: Plan, keyspace: KeyspaceName): boolean {
    const mark = `${plan.id} ${keyspace}`;
    const group = this.#member.group(keyspace);
    if (group === undefined || group.status.epoch !== epoch + 1 || this.#proven.has(mark)) return this.#proven.has(mark);
    group.read({
      ready: () => {
        if (group.status.epoch !== epoch + 1) return;
        this.#proven.add(mark);
        this.#drive();
      },
      failed: () => undefined,
    });
    return false;
  }

  #step(plan: Plan, make: (now: Configuration, plan: Plan) => Configuration): void {
    if (this.#proposing) return;
    this.#proposing = true;
    this.#asked.propose(
      (now) => (now.plan?.id === plan.id && now.plan.phase === plan.phase ? make(now, plan) : undefined),
      () => {
        this.#proposing = false;
      },
    );
  }

  #nextStage(configuration: Configuration, plan: Plan, group: Group): Stage {
    const stage = { epoch: (configuration.epoch + 1) as Epoch, protocol: plan.protocol, voters: plan.voters, plan: plan.id };
    const preferred = this.#preferred(plan, group);
    const next: Stage = { ...stage, learners: [], preferred };
    return { ...next, learners: learnersOf(configuration, next) };
  }

  /** Goes on to lead, or else who has most of the log. */
  #preferred({ voters }: Plan, { status }: Group): NodeId | undefined {
    if (voters.includes(this.#member.self)) return this.#member.self;
    return mostOfLog(status.progress.filter(({ id }) => voters.includes(id) && this.#member.reaches(id)));
  }
}
