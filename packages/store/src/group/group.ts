// One replicated group of this member: it feeds the protocol's replica, carries out the replica's effects in their order,
// applies what is decided and answers who waits. It does nothing by itself: the member calls `turn` when something arrived,
// collects all groups' log appends into one batch, and reports when that batch is durable.
import type { ByteReader, Millis } from '@reknit/base';
import {
  type BeginEffect,
  decodeControl,
  decodeStage,
  type EngineMessage,
  type Entry,
  type Epoch,
  encodeControl,
  type Index,
  type NodeId,
  type Protocol,
  type Round,
  type SnapshotOffer,
  type Stage,
  type StopOutcome,
  type StoreEffect,
  type Succession,
  type SuccessionStatus,
} from '@reknit/consensus';
import { type AppliedPosition, type KeySpace, WatchHub } from '@reknit/mvcc';
import type { GroupLog, LogIdentity } from '@reknit/wal';
import { protocolNamed } from '../cluster/protocol.js';
import { groupRecordOf, type StageRecord, writeGroupRecord } from '../configuration/group-record.js';
import { EtcdErrors } from '../errors.js';
import type { Timed } from '../member-clock.js';
import type { KeyspaceName } from '../options.js';
import { PartKind } from '../peers/frames.js';
import { narrower } from './admission.js';
import { Alarms } from './alarms.js';
import { Applier } from './applier.js';
import type { ApplyResult } from './apply.js';
import { createReplica } from './create-replica.js';
import { DurableIndex } from './durable-index.js';
import type { Operation } from './envelope.js';
import { holds } from './fit-log.js';
import type { BegunTurn, GroupMember, GroupOptions, Storing } from './group-contract.js';
import { GroupParts, takeRequest } from './group-parts.js';
import { type CompactionWaiter, Keeper } from './keeper.js';
import { LeaderMonitor, logLeadership } from './leader-monitor.js';
import { GroupLeases } from './leases/leases.js';
import { heirOf } from './most-of-log.js';
import { Reads, type ReadWaiter } from './reads.js';
import { RotReport } from './rot-report.js';
import { isTransfer, Snapshots } from './snapshots.js';
import { splitAppend } from './split-append.js';
import { Writes, type WriteWaiter } from './writes.js';

export class Group implements Timed {
  readonly name: KeyspaceName;
  readonly space: KeySpace;
  readonly log: GroupLog;
  readonly leases: GroupLeases;
  readonly watches: WatchHub;
  readonly leaderMonitor: LeaderMonitor;
  readonly alarms: Alarms;
  readonly requestTimeout: Millis;
  readonly #member: GroupMember;
  readonly #options: GroupOptions;
  readonly #replica: Succession;
  readonly #parts: GroupParts;
  readonly #writes: Writes;
  readonly #reads: Reads;
  readonly #keeper: Keeper;
  readonly #snapshots: Snapshots;
  readonly #applier: Applier;
  readonly #rot: RotReport;
  #status: SuccessionStatus;
  /** As of the last entry applied. */
  #stage: StageRecord;
  #leaderLostAt: Millis = Number.NEGATIVE_INFINITY;
  #met: readonly NodeId[] | undefined;
  readonly #durable: DurableIndex;
  #installing: SnapshotOffer | undefined;

  constructor(member: GroupMember, options: GroupOptions) {
    const { name, at, log, space, timings } = options;
    this.name = name;
    this.space = space;
    this.log = log;
    this.#member = member;
    this.requestTimeout = timings.requestTimeout;
    this.#options = options;
    this.#durable = new DurableIndex(log);
    this.#rot = new RotReport(name, member.runtime.log);
    this.alarms = new Alarms(space);
    this.#stage = at.applied;
    this.#applier = new Applier(space, at.applied.stage.epoch, member.runtime.log, {
      begins: (entry) => member.observer?.applied(name, entry),
      results: (origin, sequence) => (this.#writes.awaits(origin, sequence) ? 'read' : 'unread'),
      applied: (origin, sequence, result) => this.#onApplied(origin, sequence, result),
      stopped: (entry) => this.#onStopSign(entry),
    });
    this.watches = new WatchHub(space, () => member.wake());
    this.leaderMonitor = new LeaderMonitor(member.runtime.clock, timings.electionTimeout, () => this.hasLeader);
    this.#parts = new GroupParts(
      () => this.identity,
      (peer) => member.writer(peer),
    );
    member.observer?.started(name, space.flushed.index);
    this.#replica = createReplica(member, options);
    this.#status = this.#replica.status();
    this.#writes = new Writes(member.self, member.origin, {
      epoch: () => this.#replica.epoch,
      admits: (wanted) => narrower(this.alarms.admits, this.#replica.status().role === 'leader' ? member.admits(wanted) : 'all'),
      propose: (payloads) => this.#replica.propose(payloads),
      forward: (leader, payloads) => this.#parts.forward(leader, payloads),
      refuse: (origin, sequences) => this.#parts.refuse(origin, sequences),
    });
    this.#reads = new Reads((token) => this.#replica.step({ kind: 'read', token }));
    this.leases = new GroupLeases(space, {
      self: member.self,
      origin: member.origin,
      requestTimeout: timings.requestTimeout,
      now: () => member.runtime.clock.now(),
      status: () => this.#status,
      read: (waiter) => this.read(waiter),
      propose: (payloads) => this.#replica.propose(payloads),
      send: (to, kind, write) => this.#parts.send(to, kind, write),
      wake: () => member.wake(),
    });
    this.#keeper = new Keeper(space, member.runtime.clock, options.keeper, {
      durableIndex: () => this.#durable.value,
      base: () => this.log.base.index,
      baseMax: () => this.#snapshots.keptFrom,
      logCrowded: () => member.logCrowded(),
      moveBase: (index) => this.#moveBase(index),
      flushed: (took) => {
        member.flushed(took);
        member.wake();
      },
      failed: (error) => member.runtime.fatal(`cannot flush the state of keyspace ${name}`, error),
    });
    this.#snapshots = new Snapshots(space, {
      freshen: () => this.#keeper.flushSoon(),
      request: (to, transfer, piece) =>
        this.#parts.send(to, PartKind.snapshotRequest, (writer) => writer.u32(transfer).u32(piece)),
      piece: (to, write) => this.#parts.send(to, PartKind.snapshotPiece, write),
      acknowledge: (to, transfer, piece) =>
        this.#parts.send(to, PartKind.snapshotAck, (writer) => writer.u32(transfer).u32(piece)),
      beforeInstall: (position) => member.noteInstall(position),
      installed: (position) => this.#onInstalled(position),
      failed: (cause) => this.#onInstallFailed(cause),
    });
  }

  /** Of the stage that this member acts in. */
  get identity(): LogIdentity {
    const { group, branch } = this.log.identity;
    return { group, branch, epoch: this.#replica.epoch };
  }

  /** What its clients and operators are told of it. */
  get protocol(): Pick<Protocol<EngineMessage>, 'name' | 'roundName'> {
    return protocolNamed(this.#status.protocol);
  }

  /** As of the last entry applied. */
  get stage(): Stage {
    return this.#stage.stage;
  }

  /** As of the last turn. */
  get status(): SuccessionStatus {
    return this.#status;
  }

  get hasLeader(): boolean {
    return this.#status.leader !== undefined;
  }

  /**
   * There is no leader, and not just since a moment ago. The end of a leader's link is known at once here, after a time-out in
   * etcd; clients that give up without a leader would give up at each hand-over otherwise.
   */
  get lacksLeader(): boolean {
    return !this.hasLeader && this.#member.runtime.clock.now() - this.#leaderLostAt >= this.#options.timings.electionTimeout;
  }

  /** Requests whose outcome is open. */
  get waitingWrites(): number {
    return this.#writes.waiting;
  }

  write(operation: Operation, request: Uint8Array, waiter: WriteWaiter): void {
    const refused = this.alarms.writeRefusal(operation, request);
    if (refused !== undefined) return waiter.failed(refused);
    const deadline = this.#member.runtime.clock.now() + this.requestTimeout;
    this.#writes.submit(operation, request, deadline, waiter);
    this.#member.wake();
  }

  /** The waiter is called once everything acknowledged before now is applied here. @param within as any request, if not given */
  read(waiter: ReadWaiter, within: Millis = this.requestTimeout): void {
    this.#reads.submit(this.#member.runtime.clock.now() + within, waiter);
    this.#member.wake();
  }

  readonly compactPhysically = (waiter: CompactionWaiter): void => this.#keeper.startCompaction(waiter);

  /** Seldom: an applied entry that the log has been found to hold no longer is left behind. */
  readonly pass = (index: number): void => this.#keeper.pass(index);

  onPart(from: NodeId, kind: number, epoch: number, reader: ByteReader, fresh: boolean): void {
    if (kind === PartKind.message) this.#onMessage(from, epoch as Epoch, reader);
    else if (kind === PartKind.control) this.#replica.step({ kind: 'control', from, message: decodeControl(reader) });
    // Snapshots are of no stage.
    else if (fresh && isTransfer(kind)) this.#snapshots.onPart(from, kind, reader, this.#member.runtime.clock.now());
    // What was said in another stage is not answered in this one: who said it will find out, and ask again.
    else if (fresh && epoch === this.#replica.epoch) takeRequest(this.#writes, this.leases, { from, kind, reader });
    this.#member.wake();
  }

  onPeerUp(peer: NodeId): void {
    this.#replica.step({ kind: 'peer-connected', peer });
    this.#snapshots.onPeerUp(peer, this.#member.runtime.clock.now());
    this.#member.wake();
  }

  onPeerLost(peer: NodeId): void {
    this.#replica.step({ kind: 'peer-lost', peer });
    this.#writes.failSentTo(peer, EtcdErrors.timeoutConnectionLost);
    this.leases.onPeerLost(peer);
    this.#member.wake();
  }

  onPeerSuspected(peer: NodeId): void {
    this.#replica.step({ kind: 'peer-suspected', peer });
    this.#member.wake();
  }

  onPeerTrusted(peer: NodeId): void {
    this.#replica.step({ kind: 'peer-trusted', peer });
    this.#member.wake();
  }

  /** Nothing that it said, or says, counts. */
  distrust(peer: NodeId): void {
    this.#replica.step({ kind: 'peer-distrusted', peer });
    this.#member.wake();
  }

  /** If this member leads: to that voter. It takes no writes until the other leads, or an election time-out has passed. */
  transfer(to: NodeId): void {
    this.#replica.step({ kind: 'transfer', to });
    this.#member.wake();
  }

  /** Who belongs to the cluster and has been met: those without a vote learn, in this stage and in the next ones. */
  setMembers(met: readonly NodeId[]): void {
    this.#met = met;
    const { voters } = this.#replica.status().stage;
    this.#replica.step({ kind: 'learners', learners: met.filter((id) => !voters.includes(id)) });
    this.#member.wake();
  }

  /** If this member leads: whether that stage could live is found out, again and again, and shown in the status. */
  prepare(stage: Stage): void {
    this.#replica.prepare(stage);
    this.#member.wake();
  }

  readonly cancelPrepare = (): void => this.#replica.cancelPrepare();

  /** If this member leads: that stage is to be the next. */
  stop(stage: Stage): StopOutcome {
    this.#member.wake();
    return this.#replica.stop(stage);
  }

  /** If this member leads: to whoever of them holds most of the log. */
  handOver(heirs: ReadonlySet<NodeId>): void {
    const heir = heirOf(this.#replica.status(), heirs);
    if (heir === undefined) return;
    this.#member.runtime.log.log('warn', 'this member is too slow to lead', { keyspace: this.name, successor: heir });
    this.transfer(heir);
  }

  /**
   * @param own this member's own time: its stalls must not make others seem silent to the replica
   * @returns whether it needs a turn
   */
  tick(now: Millis, own: Millis): 'stirred' | 'at rest' {
    this.#replica.step({ kind: 'tick', now: own });
    this.#writes.tick();
    this.leases.tick(now);
    this.#keeper.tick(now);
    this.#snapshots.tick(now);
    return this.#isAtRest ? 'at rest' : 'stirred';
  }

  readonly advance = (own: Millis): void => this.#replica.advance(own);

  /** Of this member's own time: when a tick has something to do, if nothing comes in. What is not listed here is not pressing. */
  get dueAt(): Millis {
    const restless = this.#writes.restless || this.#reads.waiting || this.leases.restless || this.#replica.restless;
    return restless ? Number.NEGATIVE_INFINITY : this.#replica.dueAt;
  }

  get #isAtRest(): boolean {
    if (this.#writes.queued || this.#reads.waiting || this.leases.waiting || this.#applier.midEntry) return false;
    return this.#replica.atRest && this.space.applied.index === this.#status.commit;
  }

  /** Seldom: what waits too long is answered. */
  expire(now: Millis): void {
    this.#writes.expire(now);
    this.#reads.expire(now);
    this.leases.expire(now);
  }

  /**
   * First half of a turn: what must leave, and what must be made durable and then given to `onStored`. Both are on their way
   * before the second half, `finishTurn`, spends time on applying and answering.
   */
  beginTurn(): BegunTurn {
    if (this.#writes.dispatch() === 'more') this.#member.wake();
    this.leases.dispatch();
    this.#reads.dispatch(this.#member.runtime.clock.now(), this.hasLeader);
    const protocol = this.#replica.protocolOf(this.#replica.epoch);
    const effects = this.#replica.effects();
    this.#parts.messages(effects.send, effects.epoch, protocol);
    for (const { to, message } of effects.control)
      this.#parts.send(to, PartKind.control, (writer) => encodeControl(message, writer));
    return { storing: effects.store === undefined ? undefined : this.#storing(effects.store, effects.epoch), effects };
  }

  finishTurn({ effects }: BegunTurn): void {
    if (effects.prepare !== undefined) this.#onPrepare(effects.prepare);
    // Before there is news: who is up to date must not take the room of a stream from those who are behind.
    if (this.watches.catchUp() === 'more') this.#member.wake();
    for (const entry of effects.commit) {
      this.#applier.add(entry);
      this.#member.observer?.decided(this.name, entry);
    }
    this.#applyDecided();
    for (const outcome of effects.reads) this.#reads.onOutcome(outcome);
    this.#reads.release(this.space.applied.index as Index);
    if (effects.install !== undefined) this.#install(effects.install);
    this.#rot.observe(effects.unreadable);
    this.#observeLeadership();
  }

  /** The member takes a turn right after it. */
  onStored({ effect, epoch }: Storing): void {
    const { sequence, unlocks } = effect;
    this.#durable.stored(effect);
    this.#replica.step({ kind: 'stored', sequence });
    // Who knows that its stage has ended confirms nothing in it any more: no protocol speaks for it then.
    if (epoch === this.#replica.epoch) this.#parts.messages(unlocks, epoch, this.#replica.protocolOf(epoch));
  }

  /** The stage's beginning is durable. The member takes a turn right after it. */
  onBegun({ index, stage }: BeginEffect): void {
    this.#durable.begun(index);
    this.#replica.step({ kind: 'begun', epoch: stage.epoch });
  }

  close(): void {
    this.#writes.failAll(EtcdErrors.stopped);
    this.leases.close();
    this.#reads.failAll(EtcdErrors.stopped);
    this.#keeper.close();
    this.#snapshots.close();
    this.watches.close();
    this.#applier.close();
    this.space.close();
  }

  #applyDecided(): void {
    if (this.#snapshots.replacing || (this.#keeper.flushing && this.space.overlayFull)) return;
    const through = this.#keeper.flushWanted ? this.#durable.value : Number.POSITIVE_INFINITY;
    let applied = this.#applier.applyThrough(through);
    const keep = applied !== undefined;
    while (applied !== undefined) {
      const { index, round } = applied.last;
      this.space.end({ branch: this.log.identity.branch, epoch: applied.epoch, index, round });
      // Before housekeeping begins: nothing that is published may be compacted away first.
      this.watches.publish();
      this.#replica.step({ kind: 'applied', index });
      applied = applied.last.kind === 'stop-sign' ? this.#applier.applyThrough(through) : undefined;
    }
    if (this.#applier.midEntry) this.#member.wake();
    if (keep) this.#keeper.tick(this.#member.runtime.clock.now());
  }

  /** What was accepted in the stage that ends and has not been applied is void: it may be proposed again. */
  #onStopSign(entry: Entry): void {
    const stage = decodeStage(entry.payload);
    this.#stage = { stage, start: entry.index, previous: { stage: this.#stage.stage, start: this.#stage.start } };
    writeGroupRecord(this.space, { ...groupRecordOf(this.space), stage: this.#stage });
    this.#writes.onStageEnded(stage.epoch - 1);
    this.#member.staged();
  }

  #onApplied(origin: number, sequence: number, result: ApplyResult): void {
    if (result.kind === 'lease') this.leases.onApplied(result);
    if (result.kind === 'alarm') this.alarms.reload();
    if (result.kind === 'configuration' && result.taken !== undefined) this.#member.configured(result.taken);
    if (result.kind === 'compact' && result.outcome.ok) this.#keeper.startCompaction();
    this.#writes.onApplied(origin, sequence, result);
  }

  #observeLeadership(): void {
    const before = this.#status;
    const now = this.#replica.status();
    this.#status = now;
    this.leases.observe(now);
    const sameStage = before.epoch === now.epoch;
    if (!sameStage && this.#met !== undefined) this.setMembers(this.#met);
    if (sameStage && before.leader === now.leader && before.round === now.round) return;
    // What an earlier leader carried may or may not be decided: nobody here can tell yet, unless its stage has ended, which
    // the stop-sign settles. What is on its way to the new one left in this very turn.
    if (sameStage && before.leader !== undefined && now.handOver.kind !== 'ended')
      this.#writes.failSentElsewhereThan(before.leader === now.leader ? undefined : now.leader, EtcdErrors.leaderChanged);
    if (now.leader !== undefined) this.#member.wake();
    else if (before.leader !== undefined) this.#leaderLostAt = this.#member.runtime.clock.now();
    if (now.role === 'leader') this.#member.observer?.leads(this.name, now.round, this.log, now.epoch);
    logLeadership(this.#member.runtime.log, this.name, now);
  }

  #storing(effect: StoreEffect<EngineMessage>, epoch: Epoch): Storing {
    const first = effect.entries[0];
    if (first !== undefined) this.#member.observer?.stores(this.name, effect.entries, this.log.roundAt(first.index - 1), epoch);
    this.#durable.handedOut(effect);
    const appends = splitAppend({ ...this.identity, epoch }, effect, this.#options.appendBytesMax, this.log.hardState);
    return { appends, effect, epoch };
  }

  #install(offer: SnapshotOffer): void {
    this.#installing = offer;
    this.#member.runtime.log.log('info', 'fetching a snapshot', { keyspace: this.name, from: offer.from, index: offer.index });
    this.#snapshots.fetch(offer.from, offer.index, this.#member.runtime.clock.now());
  }

  #onInstalled(position: AppliedPosition): void {
    const { index, round } = position;
    const replaced = !holds(this.log, position);
    const record = groupRecordOf(this.space);
    this.alarms.reload();
    this.#stage = record.stage ?? this.#options.at.first;
    this.#applier.dropThrough(index, this.#stage.stage.epoch);
    this.#installing = undefined;
    // The state may hold what was sent and has not come: the end of its stage would take it for absent.
    this.#writes.failSentElsewhereThan(undefined, EtcdErrors.timeout);
    this.watches.onReplaced();
    this.#member.standAt(position, this.#stage, () => {
      this.#durable.installed(index, replaced ? 'replaced' : 'kept');
      this.#member.noteInstall(undefined);
    });
    // Not once that is durable: the note stands for it until then, and the replica must not miss that its log has changed.
    const { stage, start } = this.#stage;
    this.#replica.step({ kind: 'installed', index: index as Index, round: round as Round, stage, start: start as Index });
    this.#member.observer?.started(this.name, index);
    this.#member.runtime.log.log('info', 'snapshot installed', { keyspace: this.name, index, epoch: stage.epoch });
    this.#member.staged();
    if (record.configuration !== undefined) this.#member.configured(record.configuration);
    this.#member.wake();
  }

  #onInstallFailed(cause: string): void {
    const offer = this.#installing;
    this.#installing = undefined;
    this.#member.wake();
    if (offer === undefined) return;
    this.#member.runtime.log.log('warn', 'a snapshot could not be fetched', { keyspace: this.name, cause });
    this.#member.noteInstall(undefined);
    this.#replica.step({ kind: 'install-failed', index: offer.index });
  }

  #moveBase(index: number): void {
    const round = this.log.roundAt(index);
    if (round === undefined) return;
    this.#member.moveBase({ ...this.log.identity, index, round }, () => undefined);
  }

  #onPrepare(stage: Stage): void {
    const refusal = this.#member.prepare(stage);
    this.#replica.step({ kind: 'prepared', plan: stage.plan, refusal });
    this.#member.wake();
  }

  #onMessage(from: NodeId, epoch: Epoch, reader: ByteReader): void {
    const protocol = this.#replica.protocolOf(epoch);
    // The last room in the log is for votes: what brings entries is lost, as on a bad link, until there is more.
    if (!this.#member.takes(reader.remaining)) return;
    if (protocol !== undefined) this.#replica.step({ kind: 'message', from, epoch, message: protocol.decode(reader) });
    else this.#replica.step({ kind: 'foreign', from, epoch, bytes: new Uint8Array(reader.rawView(reader.remaining)) });
  }
}
