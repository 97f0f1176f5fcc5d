// One replicated group of this member: it feeds the protocol's replica, carries out the replica's effects in their order,
// applies what is decided and answers who waits. It does nothing by itself: the member calls `turn` when something arrived,
// collects all groups' log appends into one batch, and reports when that batch is durable.
import { type ByteReader, type ByteWriter, MalformedBytesError, type Millis } from '@reknit/base';
import type {
  Effects,
  HardState,
  Index,
  LogReader,
  NodeId,
  PeerProgress,
  Protocol,
  Replica,
  ReplicaStatus,
  SnapshotOffer,
  StoreEffect,
} from '@reknit/consensus';
import { noRound } from '@reknit/consensus';
import { type AppliedPosition, type KeySpace, WatchHub } from '@reknit/mvcc';
import type { Runtime } from '@reknit/runtime';
import type { GroupLog, LogAppend, LogIdentity } from '@reknit/wal';
import { EtcdErrors } from '../errors.js';
import type { KeyspaceName, MemberObserver } from '../options.js';
import { PartKind } from '../peers/frames.js';
import { Applier } from './applier.js';
import type { ApplyResult } from './apply.js';
import { DurableIndex } from './durable-index.js';
import type { Operation } from './envelope.js';
import { GroupParts, readPayloads, readSequences } from './group-parts.js';
import { type CompactionWaiter, Keeper, type KeeperOptions } from './keeper.js';
import { LeaderMonitor } from './leader-monitor.js';
import { GroupLeases } from './leases/leases.js';
import { Reads, type ReadWaiter } from './reads.js';
import { Snapshots } from './snapshots.js';
import { splitAppend } from './split-append.js';
import { Writes, type WriteWaiter } from './writes.js';

export interface GroupTimings {
  readonly electionTimeout: Millis;
  readonly heartbeatInterval: Millis;
  /** How long a request may wait for its outcome: etcd's 5 s + 2 election time-outs. */
  readonly requestTimeout: Millis;
}

/** What a group needs from the member that hosts it. */
export interface GroupMember {
  readonly runtime: Runtime;
  readonly self: NodeId;
  readonly origin: number;
  readonly voters: readonly NodeId[];
  readonly observer: MemberObserver | undefined;
  /** Where to put parts for a peer; undefined when they would be lost. */
  writer(peer: NodeId): ByteWriter | undefined;
  /** The log holds more segments than its groups' recent entries need. */
  logCrowded(): boolean;
  /** A flush of the state ended, after so many ms. */
  flushed(took: Millis): void;
  /** Something arrived: call `turn` soon. */
  wake(): void;
  moveBase(group: LogIdentity, index: number, round: number, durable: () => void): void;
  /** Durable when it returns; undefined when no install is under way any more. */
  noteInstall(keyspace: KeyspaceName, position: AppliedPosition | undefined): void;
}

export interface GroupOptions<Message> {
  readonly name: KeyspaceName;
  readonly identity: LogIdentity;
  readonly protocol: Protocol<Message>;
  readonly log: GroupLog;
  readonly space: KeySpace;
  readonly timings: GroupTimings;
  readonly keeper: KeeperOptions;
  /** Of entries that go into the log as one unit. */
  readonly appendBytesMax: number;
}

/** A store effect on its way to the disk: give it back to `onStored`. */
export interface Storing<Message> {
  readonly appends: readonly LogAppend[];
  readonly effect: StoreEffect<Message>;
}

/** To be given to `finishTurn`. */
export interface BegunTurn<Message> {
  readonly storing: Storing<Message> | undefined;
  readonly effects: Effects<Message>;
}

const UNREADY: ReplicaStatus = {
  role: 'follower',
  round: noRound,
  leader: undefined,
  commit: 0 as Index,
  last: 0 as Index,
  ready: false,
  phase: undefined,
  stopSign: undefined,
  progress: [],
};

export class Group<Message = unknown> {
  readonly name: KeyspaceName;
  readonly identity: LogIdentity;
  /** What its clients and operators are told of it. */
  readonly protocol: Pick<Protocol<Message>, 'name' | 'roundName'>;
  readonly space: KeySpace;
  readonly log: GroupLog;
  readonly leases: GroupLeases;
  readonly watches: WatchHub;
  readonly leaderMonitor: LeaderMonitor;
  readonly #member: GroupMember;
  readonly #options: GroupOptions<Message>;
  readonly #replica: Replica<Message>;
  readonly #parts: GroupParts<Message>;
  readonly #writes: Writes;
  readonly #reads: Reads;
  readonly #keeper: Keeper;
  readonly #snapshots: Snapshots;
  readonly #applier: Applier;
  #status: ReplicaStatus = UNREADY;
  #leaderLostAt: Millis = Number.NEGATIVE_INFINITY;
  readonly #durable: DurableIndex;
  #installing: SnapshotOffer | undefined;

  constructor(member: GroupMember, options: GroupOptions<Message>) {
    const { name, identity, protocol, log, space, timings } = options;
    this.name = name;
    this.identity = identity;
    this.protocol = protocol;
    this.space = space;
    this.log = log;
    this.#member = member;
    this.#options = options;
    this.#durable = new DurableIndex(log);
    this.#applier = new Applier(space, identity.epoch, member.runtime.log, {
      begins: (entry) => member.observer?.applied(name, entry),
      results: (origin, sequence) => (this.#writes.awaits(origin, sequence) ? 'read' : 'unread'),
      applied: (origin, sequence, result) => this.#onApplied(origin, sequence, result),
    });
    this.watches = new WatchHub(space, () => member.wake());
    this.leaderMonitor = new LeaderMonitor(member.runtime.clock, timings.electionTimeout, () => this.hasLeader);
    this.#parts = new GroupParts(identity, protocol, (peer) => member.writer(peer));
    member.observer?.started(name, space.flushed.index);
    this.#replica = protocol.create({
      self: member.self,
      configuration: { epoch: identity.epoch as never, voters: member.voters, learners: [] },
      // The log's entries have the protocol's shape; only the brands of their numbers differ.
      log: log.view() as unknown as LogReader,
      hardState: (log.hardState ?? { round: 0, vote: undefined, history: 0, commit: 0 }) as HardState,
      applied: space.flushed.index as Index,
      electionTimeout: timings.electionTimeout,
      heartbeatInterval: timings.heartbeatInterval,
      random: () => member.runtime.random.next(),
    });
    this.#writes = new Writes(member.self, member.origin, {
      propose: (payloads) => this.#replica.propose(payloads),
      forward: (leader, payloads) => this.#parts.forward(leader, payloads),
      refuse: (origin, sequences) => this.#parts.refuse(origin, sequences),
    });
    this.#reads = new Reads((token) => this.#replica.step({ kind: 'read', token }));
    this.leases = new GroupLeases(space, {
      self: member.self,
      origin: member.origin,
      epoch: identity.epoch,
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
      request: (to, transfer, piece) =>
        this.#parts.send(to, PartKind.snapshotRequest, (writer) => writer.u32(transfer).u32(piece)),
      piece: (to, write) => this.#parts.send(to, PartKind.snapshotPiece, write),
      acknowledge: (to, transfer, piece) =>
        this.#parts.send(to, PartKind.snapshotAck, (writer) => writer.u32(transfer).u32(piece)),
      beforeInstall: (position) => member.noteInstall(name, position),
      installed: (position) => this.#onInstalled(position),
      failed: (cause) => this.#onInstallFailed(cause),
    });
  }

  /** As of the last turn. */
  get status(): ReplicaStatus {
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

  get requestTimeout(): Millis {
    return this.#options.timings.requestTimeout;
  }

  /** Requests whose outcome is open. */
  get waitingWrites(): number {
    return this.#writes.waiting;
  }

  write(operation: Operation, request: Uint8Array, waiter: WriteWaiter): void {
    const deadline = this.#member.runtime.clock.now() + this.#options.timings.requestTimeout;
    this.#writes.submit(operation, request, deadline, waiter);
    this.#member.wake();
  }

  /** The waiter is called once everything acknowledged before now is applied here. @param within as any request, if not given */
  read(waiter: ReadWaiter, within: Millis = this.#options.timings.requestTimeout): void {
    this.#reads.submit(this.#member.runtime.clock.now() + within, waiter);
    this.#member.wake();
  }

  compactPhysically(waiter: CompactionWaiter): void {
    this.#keeper.startCompaction(waiter);
  }

  onPart(from: NodeId, kind: number, reader: ByteReader, fresh: boolean): void {
    if (kind === PartKind.message) this.#replica.step({ kind: 'message', from, message: this.#options.protocol.decode(reader) });
    else if (fresh) this.#onFreshPart(from, kind, reader);
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

  /** If this member leads: to that voter. It takes no writes until the other leads, or an election time-out has passed. */
  transfer(to: NodeId): void {
    this.#replica.step({ kind: 'transfer', to });
    this.#member.wake();
  }

  /** If this member leads: to whoever of them holds most of the log. */
  handOver(heirs: ReadonlySet<NodeId>): void {
    const able = this.#replica.status().progress.filter(({ id, state }) => heirs.has(id) && state === 'replicate');
    const heir = able.reduce<PeerProgress | undefined>(
      (best, peer) => (best && best.match >= peer.match ? best : peer),
      undefined,
    );
    if (heir === undefined) return;
    this.#member.runtime.log.log('warn', 'this member is too slow to lead', { keyspace: this.name, successor: heir.id });
    this.transfer(heir.id);
  }

  /** @param own this member's own time: its stalls must not make others seem silent to the replica */
  tick(now: Millis, own: Millis): void {
    this.#replica.step({ kind: 'tick', now: own });
    this.#writes.tick();
    this.leases.tick(now);
    this.#keeper.tick(now);
    this.#snapshots.tick(now);
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
  beginTurn(): BegunTurn<Message> {
    if (this.#writes.dispatch() === 'more') this.#member.wake();
    this.leases.dispatch();
    this.#reads.dispatch(this.#member.runtime.clock.now(), this.hasLeader);
    const effects = this.#replica.effects();
    for (const { to, message } of effects.send) this.#parts.message(to, message);
    return { storing: effects.store === undefined ? undefined : this.#storing(effects.store), effects };
  }

  finishTurn({ effects }: BegunTurn<Message>): void {
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
    this.#observeLeadership();
  }

  /** The member takes a turn right after it. */
  onStored(storing: Storing<Message>): void {
    const { sequence, unlocks } = storing.effect;
    this.#durable.stored(storing.effect);
    this.#replica.step({ kind: 'stored', sequence });
    for (const { to, message } of unlocks) this.#parts.message(to, message);
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
    if (this.#keeper.flushing && this.space.overlayFull) return;
    const last = this.#applier.applyThrough(this.#keeper.flushWanted ? this.#durable.value : Number.POSITIVE_INFINITY);
    if (this.#applier.midEntry) this.#member.wake();
    if (last === undefined) return;
    const { branch, epoch } = this.identity;
    const { index, round } = last;
    this.space.end({ branch, epoch, index, round });
    // Before housekeeping begins: nothing that is published may be compacted away first.
    this.watches.publish();
    this.#replica.step({ kind: 'applied', index });
    this.#keeper.tick(this.#member.runtime.clock.now());
  }

  #onApplied(origin: number, sequence: number, result: ApplyResult): void {
    if (result.kind === 'lease') this.leases.onApplied(result);
    if (result.kind === 'compact' && result.outcome.ok) this.#keeper.startCompaction();
    this.#writes.onApplied(origin, sequence, result);
  }

  #observeLeadership(): void {
    const before = this.#status;
    const now = this.#replica.status();
    this.#status = now;
    this.leases.observe(now);
    if (before.leader === now.leader && before.round === now.round) return;
    // What an earlier leader carried may or may not be decided: nobody here can tell yet.
    // What is on its way to the new one left in this very turn.
    if (before.leader !== undefined)
      this.#writes.failSentElsewhereThan(before.leader === now.leader ? undefined : now.leader, EtcdErrors.leaderChanged);
    if (now.leader !== undefined) this.#member.wake();
    else if (before.leader !== undefined) this.#leaderLostAt = this.#member.runtime.clock.now();
    if (now.role === 'leader') this.#member.observer?.leads(this.name, now.round, this.log);
    this.#member.runtime.log.log('info', 'leadership changed', {
      keyspace: this.name,
      role: now.role,
      leader: now.leader ?? 'none',
      round: now.round,
    });
  }

  #storing(effect: StoreEffect<Message>): Storing<Message> {
    const first = effect.entries[0];
    if (first !== undefined) this.#member.observer?.stores(this.name, effect.entries, this.log.roundAt(first.index - 1));
    this.#durable.handedOut(effect);
    return { appends: splitAppend(this.identity, effect, this.#options.appendBytesMax, this.log.hardState), effect };
  }

  #install(offer: SnapshotOffer): void {
    this.#installing = offer;
    this.#member.runtime.log.log('info', 'fetching a snapshot', { keyspace: this.name, from: offer.from, index: offer.index });
    this.#snapshots.fetch(offer.from, this.#member.runtime.clock.now());
  }

  #onInstalled(position: AppliedPosition): void {
    const { index, round } = position;
    const replaced = this.log.roundAt(index) !== round;
    this.#applier.dropThrough(index);
    this.#installing = undefined;
    this.watches.onReplaced();
    this.#member.moveBase(this.identity, index, round, () => {
      this.#durable.installed(index, replaced ? 'replaced' : 'kept');
      this.#member.noteInstall(this.name, undefined);
    });
    // Not once that is durable: the note stands for it until then, and the replica must not miss that its log has changed.
    this.#replica.step({ kind: 'installed', index: index as Index, round: round as never });
    this.#member.observer?.started(this.name, index);
    this.#member.runtime.log.log('info', 'snapshot installed', { keyspace: this.name, index });
    this.#member.wake();
  }

  #onInstallFailed(cause: string): void {
    const offer = this.#installing;
    this.#installing = undefined;
    if (offer === undefined) return;
    this.#member.runtime.log.log('warn', 'a snapshot could not be fetched', { keyspace: this.name, cause });
    this.#member.noteInstall(this.name, undefined);
    this.#replica.step({ kind: 'install-failed', index: offer.index });
    this.#member.wake();
  }

  #moveBase(index: number): void {
    const round = this.log.roundAt(index);
    if (round === undefined) return;
    this.#member.moveBase(this.identity, index, round, () => undefined);
  }

  #onFreshPart(from: NodeId, kind: number, reader: ByteReader): void {
    const now = this.#member.runtime.clock.now();
    switch (kind) {
      case PartKind.forward:
        return this.#writes.addForeign(from, readPayloads(reader));
      case PartKind.refused:
        return this.#writes.onRefused(from, readSequences(reader));
      case PartKind.snapshotRequest:
        return this.#snapshots.onRequest(from, reader.u32(), reader.u32(), now);
      case PartKind.snapshotPiece:
        return this.#snapshots.onPiece(from, reader, now);
      case PartKind.leaseQuestions:
        return this.leases.onAsked(from, reader);
      case PartKind.leaseAnswers:
        return this.leases.onAnswers(from, reader);
      case PartKind.snapshotAck:
        return this.#snapshots.onAcknowledged(from, reader.u32(), reader.u32(), now);
      default:
        throw new MalformedBytesError(`a part of unknown kind ${kind}`);
    }
  }
}
