// A replica of any protocol behind the common interface: inputs by kind, messages by round, turns and status. This file only
// dispatches; what a protocol does in its own way stands in its `Engine`, all else in the files beside this one. The engine is
// no field, so that a replica is nothing but its state: tests copy and compare it.
import { type Millis, unreachable } from '@reknit/base';
import { following } from '../arithmetic.js';
import type { Outbox } from '../outbox.js';
import type { Progress } from '../progress.js';
import type { Effects, Input, Proposed, Replica, ReplicaStatus } from '../replica.js';
import type { EntryKind, HardState, Index, NodeId, Round } from '../types.js';
import { admit, noteUndecided, refuse } from './admission.js';
import { type Core, followed, isMember, type Sending } from './core.js';
import { isStopped, onMended, takeDecided } from './delivery.js';
import {
  followerDueAt,
  onCampaign,
  onPeerConnected,
  onPeerLost,
  onPeerSuspected,
  onPeerTrusted,
  tickFollower,
} from './elections.js';
import { abdicateIfUnreadable, beginTransfer, leaderDueAt, onLearners, peersOf, tickLeader } from './leadership.js';
import type { Outdated, PreVoteAnswer, Probe, ReadAnswer, ReadRequest, TimeoutNow } from './messages.js';
import { type ElectionRules, onPreVote, onPreVoteGranted } from './pre-vote.js';
import * as reads from './reads.js';
import type { Leading } from './roles.js';
import { type Occasion, occasionOf } from './sending.js';
import { onInstallFailed, takeInstall } from './snapshots.js';
import { acknowledgeStored, mustStore, takeStore } from './storing.js';
import { armTimers, leaderSeemsAlive, retire } from './trust.js';

export interface EngineState<Message, Asked extends Probe> extends Core {
  readonly outbox: Outbox<Message> & Sending & { send(to: NodeId, message: Asked): void };
  readonly refused: Map<NodeId, Asked>;
}

/** What means the same, and is answered in the same way, in every protocol. */
type CommonMessage = PreVoteAnswer | Outdated | TimeoutNow | ReadRequest | ReadAnswer;

/** A protocol's own part of a replica. */
export interface Engine<State, Leader extends Leading, Message, Asked extends Probe> {
  readonly elections: ElectionRules<State, Asked>;
  hardStateOf(state: State): HardState;
  /** This leader knows all that was ever decided. */
  isReady(state: State, leader: Leader): boolean;
  phaseOf(state: State): string | undefined;

  /** Of a request that begins a round, why its sender campaigns; undefined of all else. */
  causeOf(message: Message): 'time-out' | 'transfer' | undefined;
  /** Whoever sent this from the past waits for an answer, and is told of the present. Nobody answers an answer. */
  awaitsAnswer(message: Message): boolean;
  /** Whatever this replica was, it begins that round as a follower. */
  enterRound(state: State, round: Round): void;
  /** Of the current round, and from another member. */
  receive(state: State, from: NodeId, message: Exclude<Message, Asked | CommonMessage>): void;

  /** The own promise may count now. */
  onStored(state: State): void;
  /** The leader's own copies may count now. */
  commitByCounting(state: State, leader: Leader): void;
  onInstalled(state: State, index: Index, round: Round): void;
  onPeerLost(state: State, leader: Leader, peer: NodeId): void;
  onPeerConnected(state: State, leader: Leader, peer: NodeId): void;
  /** Beyond its progress. */
  forgetPeer(leader: Leader, peer: NodeId): void;
  onLearners(state: State, leader: Leader): void;

  /** To the leader's own log; followers get it at the end of the turn. */
  append(state: State, payloads: readonly Uint8Array[], kind: EntryKind): void;
  /** At the end of a leader's turn: whatever is new to this peer. */
  sendTo(state: State, leader: Leader, progress: Progress, occasion: Occasion): void;
  /** At the end of a follower's turn. @param storing whether it makes a store effect, on which a promise can ride */
  answerLeader(state: State, leader: NodeId, storing: 'storing' | 'not-storing'): void;
}

interface Numbered {
  readonly kind: string;
  readonly round: Round;
}

export abstract class EngineReplica<
  State extends EngineState<Message, Asked>,
  Leader extends Leading,
  Message extends Numbered,
  Asked extends Probe,
> implements Replica<Message>
{
  protected readonly state: State;

  constructor(state: State) {
    this.state = state;
  }

  protected abstract get engine(): Engine<State, Leader, Message, Asked>;

  step(input: Input<Message>): void {
    const { state, engine } = this;
    switch (input.kind) {
      case 'tick':
        return this.tick(input.now);
      case 'message':
        return this.receive(input.from, input.message);
      case 'stored':
        return this.onStored(input.sequence);
      case 'applied':
        return;
      case 'peer-lost':
        return this.loseLink(input.peer);
      case 'peer-connected':
        return this.connect(input.peer);
      case 'peer-suspected':
        return onPeerSuspected(state, input.peer, engine.elections);
      case 'peer-trusted':
        return onPeerTrusted(state, input.peer);
      case 'peer-distrusted':
        return this.distrust(input.peer);
      case 'read':
        return reads.read(state, input.token);
      case 'transfer':
        return beginTransfer(state, input.to);
      case 'campaign':
        return onCampaign(state, engine.elections);
      case 'stop':
        return retire(state);
      case 'learners':
        return this.observe(input.learners);
      case 'installed':
        return engine.onInstalled(state, input.index, input.round);
      case 'install-failed':
        return onInstallFailed(state, input.index);
      case 'mended':
        return onMended(state, input.entries);
      default:
        return unreachable(input);
    }
  }

  propose(payloads: readonly Uint8Array[], kind: 'normal' | 'stop-sign' = 'normal'): Proposed {
    const { state } = this;
    const admission = admit(state, payloads);
    if (typeof admission === 'string') return refuse(state, admission);
    const first = following(state.log.last);
    this.engine.append(state, payloads, kind);
    noteUndecided(admission.leader, state.log.last, admission.bytes);
    return { accepted: true, first, last: state.log.last, round: state.round };
  }

  effects(): Effects<Message> {
    const { state, engine } = this;
    this.closeTurn();
    const store = takeStore<Message>(state, engine.hardStateOf(state));
    const commit = takeDecided(state);
    return {
      send: state.outbox.takeFree(),
      store,
      commit,
      reads: reads.takeReadOutcomes(state),
      install: takeInstall(state),
      unreadable: state.unreadable,
    };
  }

  status(): ReplicaStatus {
    const { state, engine, leading } = this;
    return {
      role: state.role.kind,
      round: state.round,
      leader: leading === undefined ? followed(state) : state.self,
      commit: state.commit,
      last: state.log.last,
      ready: leading !== undefined && engine.isReady(state, leading),
      phase: engine.phaseOf(state),
      stopSign: state.stopSign,
      progress: leading === undefined ? [] : peersOf(leading),
    };
  }

  /** Looked at after each tick, so that those which change nothing cost no turn. */
  get atRest(): boolean {
    const { state } = this;
    const { log, commit, role, forwarded } = state;
    if (log.last !== commit || state.delivered !== commit || log.hasUnstored) return false;
    if (state.storedSequence !== state.storeSequence || state.readOutcomes.length > 0 || !state.outbox.isEmpty) return false;
    if (state.refused.size > 0 || state.installing !== undefined || forwarded.count > 0) return false;
    if (role.kind === 'leader') return !role.heartbeatDue && role.transfer === undefined && role.reads.count === 0;
    return role.kind === 'follower' || role.kind === 'learner';
  }

  get restless(): boolean {
    const { log, delivered, commit, readOutcomes, role } = this.state;
    if (delivered !== commit || log.hasUnstored || readOutcomes.length > 0) return true;
    return role.kind === 'leader' && role.heartbeatDue;
  }

  get dueAt(): Millis {
    const { state } = this;
    if (state.now === undefined) return Number.NEGATIVE_INFINITY;
    const due = state.role.kind === 'leader' ? leaderDueAt(state, state.role) : followerDueAt(state);
    return Math.min(due, reads.forwardedDueAt(state));
  }

  advance(now: Millis): void {
    const { state } = this;
    if (state.now !== undefined && now > state.now) state.now = now;
  }

  /** A state's leader is its own protocol's: no other puts one into it. */
  private get leading(): Leader | undefined {
    const { role } = this.state;
    return role.kind === 'leader' ? (role as Leader) : undefined;
  }

  private tick(now: Millis): void {
    const { state } = this;
    const first = state.now === undefined;
    state.now = now;
    if (first) armTimers(state, now);
    reads.expireForwarded(state);
    if (state.role.kind === 'leader') tickLeader(state, state.role);
    else tickFollower(state, this.engine.elections);
  }

  private loseLink(peer: NodeId): void {
    const { state, engine, leading } = this;
    if (!isMember(state, peer)) return;
    state.lostLinks.add(peer);
    if (leading !== undefined) engine.onPeerLost(state, leading, peer);
    else onPeerLost(state, peer, engine.elections);
  }

  private connect(peer: NodeId): void {
    const { state, engine, leading } = this;
    state.lostLinks.delete(peer);
    if (leading !== undefined) engine.onPeerConnected(state, leading, peer);
    else onPeerConnected(state, peer, engine.elections);
  }

  private distrust(peer: NodeId): void {
    const { engine, leading } = this;
    if (leading === undefined) return;
    leading.progress.get(peer)?.distrust();
    engine.forgetPeer(leading, peer);
  }

  private observe(learners: readonly NodeId[]): void {
    const { state, engine, leading } = this;
    onLearners(state, learners);
    if (leading !== undefined) engine.onLearners(state, leading);
  }

  private onStored(sequence: number): void {
    const { state, engine } = this;
    acknowledgeStored<Message>(state, sequence);
    engine.onStored(state);
    const { leading } = this;
    if (leading !== undefined) engine.commitByCounting(state, leading);
  }

  /** Pre-votes speak of a round that nobody has entered; all else of the round that its sender is in. */
  private receive(from: NodeId, message: Message): void {
    const { state, engine } = this;
    if (from === state.self || !isMember(state, from)) return;
    if (isProbe<Asked>(message)) return onPreVote(state, from, message, engine.elections);
    if (isGrant(message)) return onPreVoteGranted(state, from, message, engine.elections);
    if (message.round < state.round) {
      if (engine.awaitsAnswer(message)) state.outbox.send(from, { kind: 'outdated', round: state.round });
      return;
    }
    if (message.round > state.round) {
      // Only the leader itself may ask for an election while it seems alive.
      if (engine.causeOf(message) === 'time-out' && leaderSeemsAlive(state)) return;
      engine.enterRound(state, message.round);
    }
    if (isCommon(message)) this.receiveCommon(from, message);
    // What remains is the protocol's own.
    else engine.receive(state, from, message as Exclude<Message, Asked | CommonMessage>);
  }

  private receiveCommon(from: NodeId, message: CommonMessage): void {
    const { state, engine } = this;
    switch (message.kind) {
      case 'timeout-now':
        if (state.role.kind === 'follower') engine.elections.campaign(state, 'transfer');
        return;
      case 'read':
        return reads.onReadRequest(state, from, message);
      case 'read-answer':
        return reads.onReadAnswer(state, message);
      // Their round was all that they had to tell.
      case 'outdated':
      case 'pre-vote-answer':
        return;
      default:
        return unreachable(message);
    }
  }

  /** What is decided at the end of a turn, so that all of the turn's inputs share it. */
  private closeTurn(): void {
    const { state, engine, leading } = this;
    if (leading !== undefined) return this.closeLeadersTurn(leading);
    const leader = followed(state);
    if (leader === undefined) return;
    reads.forwardReads(state, leader);
    engine.answerLeader(state, leader, mustStore(state, engine.hardStateOf(state)) ? 'storing' : 'not-storing');
  }

  private closeLeadersTurn(leader: Leader): void {
    const { state, engine } = this;
    if (isStopped(state)) reads.failBarriers(state, leader);
    const occasion = occasionOf(state, leader, engine.isReady(state, leader) ? 'ready' : 'not-ready');
    for (const progress of leader.progress.values()) engine.sendTo(state, leader, progress, occasion);
    reads.confirmBarriers(state, leader);
    abdicateIfUnreadable(state, leader);
  }
}

// A kind names the same message in every protocol.
const isProbe = <Asked extends Probe>(message: { readonly kind: string }): message is Asked => message.kind === 'pre-vote';

const isGrant = (message: { readonly kind: string; readonly granted?: unknown }): message is PreVoteAnswer =>
  message.kind === 'pre-vote-answer' && message.granted === true;

function isCommon(message: { readonly kind: string }): message is CommonMessage {
  switch (message.kind) {
    case 'pre-vote-answer':
    case 'outdated':
    case 'timeout-now':
    case 'read':
    case 'read-answer':
      return true;
    default:
      return false;
  }
}
