// Multi-Paxos behind the common interface. This file only dispatches: inputs by kind, messages by ballot, kind and role. What
// happens then stands in the files beside it.
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
import { commitByCounting, hasDecidedRecovered } from './commit.js';
import * as elections from './elections.js';
import { paxosElections } from './elections.js';
import { answerLeader, enterRound, onAccept } from './following.js';
import type { PaxosMessage } from './messages.js';
import { concludeIfHeard, onPromise } from './phase-one.js';
import * as replication from './replication.js';
import { createState, currentHardState, type PaxosState } from './state.js';

export class PaxosReplica implements Replica<PaxosMessage> {
  protected readonly state: PaxosState;

  constructor(options: ReplicaOptions) {
    this.state = createState(options);
  }

  step(input: Input<PaxosMessage>): void {
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
        return onPeerSuspected(state, input.peer, paxosElections);
      case 'peer-trusted':
        return onPeerTrusted(state, input.peer);
      case 'read':
        return reads.read(state, input.token);
      case 'transfer':
        return beginTransfer(state, input.to);
      case 'campaign':
        return onCampaign(state, paxosElections);
      case 'stop':
        return retire(state);
      case 'learners':
        return onLearners(state, input.learners);
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

  effects(): Effects<PaxosMessage> {
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
      ready: leads && hasDecidedRecovered(state, role),
      phase: phaseOf(role),
      stopSign: state.stopSign,
      progress: leads ? peersOf(role) : [],
    };
  }
}

function phaseOf({ kind }: PaxosState['role']): string | undefined {
  if (kind === 'candidate') return 'phase 1';
  return kind === 'leader' ? 'phase 2' : undefined;
}

function tick(state: PaxosState, now: number): void {
  const first = state.now === undefined;
  state.now = now;
  if (first) armTimers(state, now);
  reads.expireForwarded(state);
  if (state.role.kind === 'leader') tickLeader(state, state.role);
  else tickFollower(state, paxosElections);
}

function loseLink(state: PaxosState, peer: NodeId): void {
  if (!isMember(state, peer)) return;
  state.lostLinks.add(peer);
  if (state.role.kind === 'leader') replication.onPeerLost(state, state.role, peer);
  else onPeerLost(state, peer, paxosElections);
}

function connect(state: PaxosState, peer: NodeId): void {
  state.lostLinks.delete(peer);
  if (state.role.kind === 'leader') replication.onPeerConnected(state, state.role, peer);
  else onPeerConnected(state, peer, paxosElections);
}

function onStored(state: PaxosState, sequence: number): void {
  acknowledgeStored(state, sequence);
  concludeIfHeard(state);
  if (state.role.kind === 'leader') commitByCounting(state, state.role);
}

/** Pre-votes speak of a ballot that nobody has begun; all else of the ballot that its sender is in. */
function receive(state: PaxosState, from: NodeId, message: PaxosMessage): void {
  if (from === state.self || !isMember(state, from)) return;
  if (message.kind === 'pre-vote') return onPreVote(state, from, message, paxosElections);
  if (isGrant(message)) return onPreVoteGranted(state, from, message, paxosElections);
  if (message.round < state.round) return answerOutdated(state, from, message);
  if (message.round > state.round) {
    if (message.kind === 'prepare' && !elections.mayDepose(state, message)) return;
    enterRound(state, message.round);
  }
  receiveCurrent(state, from, message);
}

const isGrant = (message: PaxosMessage): message is PreVoteAnswer => message.kind === 'pre-vote-answer' && message.granted;

function receiveCurrent(state: PaxosState, from: NodeId, message: Exclude<PaxosMessage, { kind: 'pre-vote' }>): void {
  const { role } = state;
  switch (message.kind) {
    case 'accept':
      heardFromLeader(state, from);
      return onAccept(state, from, message);
    case 'offer-snapshot':
      heardFromLeader(state, from);
      return onSnapshotOffer(state, from, message);
    case 'accepted':
      if (role.kind !== 'leader') return;
      replication.onAccepted(state, role, from, message);
      return continueTransfer(state, role);
    case 'learn':
      if (role.kind !== 'leader') return;
      return replication.onLearn(state, role, from, message);
    case 'prepare':
      return elections.onPrepare(state, from, message);
    case 'promise':
      return onPromise(state, from, message);
    case 'timeout-now':
      return elections.onTimeoutNow(state);
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

/** Whoever lives in the past and waits for an answer learns of the present. Nobody answers an answer. */
function answerOutdated(state: PaxosState, from: NodeId, message: PaxosMessage): void {
  switch (message.kind) {
    case 'accept':
    case 'offer-snapshot':
    case 'prepare':
    case 'read':
      return state.outbox.send(from, { kind: 'outdated', round: state.round });
    default:
      return;
  }
}

/** What is decided at the end of a turn, so that all of the turn's inputs share it. */
function closeTurn(state: PaxosState): void {
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
