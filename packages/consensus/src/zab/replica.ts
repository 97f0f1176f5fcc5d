// Zab behind the common interface. This file only dispatches: inputs by kind, messages by epoch, kind and role. What happens
// then stands in the files beside it.
import { unreachable } from '@reknit/base';
import type { Effects, Input, Proposed, Replica, ReplicaOptions, ReplicaStatus } from '../replica.js';
import { followed, isMember } from '../shared/core.js';
import { isStopped, takeDecided } from '../shared/delivery.js';
import { onCampaign, onPeerConnected, onPeerLost, onPeerSuspected, onPeerTrusted, tickFollower } from '../shared/elections.js';
import { beginTransfer, continueTransfer, onLearners, peersOf, tickLeader } from '../shared/leadership.js';
import type { PreVoteAnswer } from '../shared/messages.js';
import { onPreVote, onPreVoteGranted } from '../shared/pre-vote.js';
import * as reads from '../shared/reads.js';
import { onInstallFailed, takeInstall } from '../shared/snapshots.js';
import { acknowledgeStored, mustStore, takeStore } from '../shared/storing.js';
import { armTimers, heardFromLeader, retire } from '../shared/trust.js';
import type { NodeId } from '../types.js';
import { onInstalled, onSnapshotOffer } from './catchup.js';
import { commitByCounting, isReady } from './commit.js';
import * as discovery from './discovery.js';
import * as elections from './elections.js';
import { answerLeader, onCommit, onPropose } from './following.js';
import type { PreVote, ZabMessage } from './messages.js';
import * as replication from './replication.js';
import { createState, currentHardState, phaseOf, type ZabState } from './state.js';
import { onHistory } from './synchronization.js';

const { zabElections } = elections;

export class ZabReplica implements Replica<ZabMessage> {
  protected readonly state: ZabState;

  constructor(options: ReplicaOptions) {
    this.state = createState(options);
  }

  step(input: Input<ZabMessage>): void {
    const { state } = this;
    switch (input.kind) {
      case 'tick':
        return tick(state, input.now);
      case 'message':
        return receive(state, input.from, input.message);
      case 'stored':
        return onStored(state, input.sequence);
      case 'applied':
        return;
      case 'peer-lost':
        return loseLink(state, input.peer);
      case 'peer-connected':
        return connect(state, input.peer);
      case 'peer-suspected':
        return onPeerSuspected(state, input.peer, zabElections);
      case 'peer-trusted':
        return onPeerTrusted(state, input.peer);
      case 'read':
        return reads.read(state, input.token);
      case 'transfer':
        return beginTransfer(state, input.to);
      case 'campaign':
        return onCampaign(state, zabElections);
      case 'stop':
        return retire(state);
      case 'learners':
        return observe(state, input.learners);
      case 'installed':
        return onInstalled(state, input.index, input.round);
      case 'install-failed':
        return onInstallFailed(state, input.index);
      default:
        return unreachable(input);
    }
  }

  propose(payloads: readonly Uint8Array[], kind: 'normal' | 'stop-sign' = 'normal'): Proposed {
    return replication.propose(this.state, payloads, kind);
  }

  effects(): Effects<ZabMessage> {
    const { state } = this;
    closeTurn(state);
    const store = takeStore(state, currentHardState(state));
    const commit = takeDecided(state);
    return { send: state.outbox.takeFree(), store, commit, reads: reads.takeReadOutcomes(state), install: takeInstall(state) };
  }

  status(): ReplicaStatus {
    const { state } = this;
    const { role, round, commit, log } = state;
    const leads = role.kind === 'leader';
    return {
      role: role.kind,
      round,
      leader: leads ? state.self : followed(state),
      commit,
      last: log.last,
      ready: leads && isReady(state, role),
      phase: phaseOf(state),
      stopSign: state.stopSign,
      progress: leads ? peersOf(role) : [],
    };
  }
}

function tick(state: ZabState, now: number): void {
  const first = state.now === undefined;
  state.now = now;
  if (first) armTimers(state, now);
  reads.expireForwarded(state);
  if (state.role.kind === 'leader') tickLeader(state, state.role);
  else tickFollower(state, zabElections);
}

function loseLink(state: ZabState, peer: NodeId): void {
  if (!isMember(state, peer)) return;
  state.lostLinks.add(peer);
  if (state.role.kind === 'leader') replication.onPeerLost(state.role, peer);
  else onPeerLost(state, peer, zabElections);
}

function connect(state: ZabState, peer: NodeId): void {
  state.lostLinks.delete(peer);
  if (state.role.kind === 'leader') replication.onPeerConnected(state.role, peer);
  else onPeerConnected(state, peer, zabElections);
}

function observe(state: ZabState, learners: readonly NodeId[]): void {
  onLearners(state, learners);
  if (state.role.kind === 'leader') replication.forgetSessions(state.role);
}

function onStored(state: ZabState, sequence: number): void {
  acknowledgeStored(state, sequence);
  discovery.onHardStateStored(state);
  if (state.role.kind === 'leader') commitByCounting(state, state.role);
}

/** Pre-votes speak of an epoch that nobody has entered; all else of the epoch that its sender is in. */
function receive(state: ZabState, from: NodeId, message: ZabMessage): void {
  if (from === state.self || !isMember(state, from)) return;
  if (message.kind === 'pre-vote') return onPreVote(state, from, message, zabElections);
  if (isGrant(message)) return onPreVoteGranted(state, from, message, zabElections);
  if (message.round < state.round) return answerOutdated(state, from, message);
  if (message.round > state.round) {
    if (message.kind === 'new-epoch' && !elections.mayDepose(state, message)) return;
    elections.beginEpoch(state, message.round);
  }
  if (isOfLeader(message)) return receiveFromLeader(state, from, message);
  receiveCurrent(state, from, message);
}

const isGrant = (message: ZabMessage): message is PreVoteAnswer => message.kind === 'pre-vote-answer' && message.granted;

/** What only an elected leader sends. */
type OfLeader = Extract<ZabMessage, { kind: 'leader-info' | 'diff' | 'new-leader' | 'propose' | 'commit' | 'offer-snapshot' }>;

function isOfLeader(message: ZabMessage): message is OfLeader {
  switch (message.kind) {
    case 'leader-info':
    case 'diff':
    case 'new-leader':
    case 'propose':
    case 'commit':
    case 'offer-snapshot':
      return true;
    default:
      return false;
  }
}

function receiveFromLeader(state: ZabState, from: NodeId, message: OfLeader): void {
  heardFromLeader(state, from);
  switch (message.kind) {
    case 'leader-info':
      return discovery.onLeaderInfo(state, from, message);
    case 'diff':
    case 'new-leader':
      return onHistory(state, from, message);
    case 'propose':
      return onPropose(state, from, message);
    case 'commit':
      return onCommit(state, from, message);
    case 'offer-snapshot':
      return onSnapshotOffer(state, from, message);
    default:
      return unreachable(message);
  }
}

function receiveCurrent(state: ZabState, from: NodeId, message: Exclude<ZabMessage, OfLeader | PreVote>): void {
  const { role } = state;
  switch (message.kind) {
    case 'new-epoch':
      return discovery.onNewEpoch(state, from, message);
    case 'ack-epoch':
      return discovery.onAckEpoch(state, from, message);
    case 'refuse-epoch':
      return discovery.onRefuseEpoch(state, from);
    case 'follower-info':
      if (role.kind !== 'leader') return;
      return replication.onFollowerInfo(state, role, from, message);
    case 'ack':
      if (role.kind !== 'leader') return;
      replication.onAck(state, role, from, message);
      return continueTransfer(state, role);
    case 'timeout-now':
      return elections.onTimeoutNow(state);
    case 'read':
      return reads.onReadRequest(state, from, message);
    case 'read-answer':
      return reads.onReadAnswer(state, message);
    // Their epoch was all that they had to tell.
    case 'outdated':
    case 'pre-vote-answer':
      return;
    default:
      return unreachable(message);
  }
}

/** Whoever lives in the past and waits for an answer learns of the present. Nobody answers an answer. */
function answerOutdated(state: ZabState, from: NodeId, message: ZabMessage): void {
  if (!isOfLeader(message) && message.kind !== 'new-epoch' && message.kind !== 'read') return;
  state.outbox.send(from, { kind: 'outdated', round: state.round });
}

/** What is decided at the end of a turn, so that all of the turn's inputs share it. */
function closeTurn(state: ZabState): void {
  const { role } = state;
  if (role.kind === 'leader') {
    if (isStopped(state)) reads.failBarriers(state, role);
    return replication.replicate(state, role);
  }
  const leader = followed(state);
  if (leader === undefined) return;
  reads.forwardReads(state, leader);
  answerLeader(state, leader, mustStore(state, currentHardState(state)) ? 'storing' : 'not-storing');
}
