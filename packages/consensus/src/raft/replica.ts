// Raft behind the common interface. This file only dispatches: inputs by kind, messages by round, kind and role. What
// happens then stands in the files beside it.
import { assert, unreachable } from '@reknit/base';
import type { Effects, Input, PeerProgress, Proposed, Replica, ReplicaOptions, ReplicaStatus, StoreEffect } from '../replica.js';
import type { Entry, NodeId } from '../types.js';
import { onInstalled, onInstallFailed, onSnapshotOffer, takeInstall } from './catchup.js';
import { commitByCounting, hasDecidedOwn, isStopped, takeDecided } from './commit.js';
import * as elections from './elections.js';
import { answerLeader, onAppend } from './following.js';
import * as leadership from './leadership.js';
import type { PreVoteAnswer, RaftMessage } from './messages.js';
import { expireForwarded, failBarriers, forwardReads, onReadAnswer, onReadRequest, read, takeReadOutcomes } from './reads.js';
import * as replication from './replication.js';
import { clock, createState, currentHardState, followed, isMember, type Leader, type RaftState } from './state.js';

export class RaftReplica implements Replica<RaftMessage> {
  protected readonly state: RaftState;

  constructor(options: ReplicaOptions) {
    this.state = createState(options);
  }

  step(input: Input<RaftMessage>): void {
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
        return onPeerLost(state, input.peer);
      case 'peer-connected':
        return onPeerConnected(state, input.peer);
      case 'peer-suspected':
        return leadership.onPeerSuspected(state, input.peer);
      case 'peer-trusted':
        return leadership.onPeerTrusted(state, input.peer);
      case 'read':
        return read(state, input.token);
      case 'transfer':
        return leadership.beginTransfer(state, input.to);
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

  effects(): Effects<RaftMessage> {
    const { state } = this;
    closeTurn(state);
    const store = takeStore(state);
    const commit = takeDecided(state);
    return { send: state.outbox.takeFree(), store, commit, reads: takeReadOutcomes(state), install: takeInstall(state) };
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
      ready: leads && hasDecidedOwn(state, role),
      phase: undefined,
      progress: leads ? peersOf(role) : [],
    };
  }
}

function tick(state: RaftState, now: number): void {
  const first = state.now === undefined;
  state.now = now;
  if (first) leadership.armTimers(state, now);
  expireForwarded(state);
  leadership.tick(state);
}

function onPeerLost(state: RaftState, peer: NodeId): void {
  if (!isMember(state, peer)) return;
  state.lostLinks.add(peer);
  if (state.role.kind === 'leader') replication.onPeerLost(state, state.role, peer);
  else leadership.onPeerLost(state, peer);
}

function onPeerConnected(state: RaftState, peer: NodeId): void {
  state.lostLinks.delete(peer);
  if (state.role.kind === 'leader') replication.onPeerConnected(state, state.role, peer);
  else leadership.onPeerConnected(state, peer);
}

function onLearners(state: RaftState, learners: readonly NodeId[]): void {
  assert(!learners.some((id) => state.voters.includes(id)), 'a voter is no learner', () => ({ learners, voters: state.voters }));
  state.learners = learners;
  if (state.role.kind === 'leader') replication.observeMembers(state, state.role.progress);
}

function onStored(state: RaftState, sequence: number): void {
  assert(sequence <= state.storeSequence, 'only what was handed out is stored', () => ({ sequence, last: state.storeSequence }));
  state.storedSequence = sequence;
  state.diskAnsweredAt = clock(state);
  state.log.acknowledge(sequence);
  state.promises.acknowledge(sequence);
  state.outbox.acknowledge(sequence);
  state.log.release(state.delivered);
  elections.onHardStateStored(state);
  if (state.role.kind === 'leader') commitByCounting(state, state.role);
}

/** Pre-votes speak of a round that nobody has entered; all else of the round that its sender is in. */
function receive(state: RaftState, from: NodeId, message: RaftMessage): void {
  if (from === state.self || !isMember(state, from)) return;
  if (message.kind === 'pre-vote') return elections.onPreVote(state, from, message);
  if (isGrant(message)) return elections.onPreVoteGranted(state, from, message);
  if (message.round < state.round) return answerOutdated(state, from, message);
  if (message.round > state.round) {
    if (message.kind === 'vote' && !elections.mayDepose(state, message)) return;
    elections.enterRound(state, message.round);
  }
  receiveCurrent(state, from, message);
}

const isGrant = (message: RaftMessage): message is PreVoteAnswer => message.kind === 'pre-vote-answer' && message.granted;

function receiveCurrent(state: RaftState, from: NodeId, message: Exclude<RaftMessage, { kind: 'pre-vote' }>): void {
  const { role } = state;
  switch (message.kind) {
    case 'append':
      leadership.heardFromLeader(state, from);
      return onAppend(state, from, message);
    case 'offer-snapshot':
      leadership.heardFromLeader(state, from);
      return onSnapshotOffer(state, from, message);
    case 'appended':
      if (role.kind !== 'leader') return;
      replication.onAppended(state, role, from, message);
      return leadership.continueTransfer(state, role);
    case 'rejected':
      if (role.kind !== 'leader') return;
      return replication.onRejected(state, role, from, message);
    case 'vote':
      return elections.onVote(state, from, message);
    case 'vote-answer':
      return elections.onVoteAnswer(state, from, message);
    case 'timeout-now':
      return elections.onTimeoutNow(state);
    case 'read':
      return onReadRequest(state, from, message);
    case 'read-answer':
      return onReadAnswer(state, message);
    // Their round was all that they had to tell.
    case 'outdated':
    case 'pre-vote-answer':
      return;
    default:
      return unreachable(message);
  }
}

/** Whoever lives in the past and waits for an answer learns of the present. Nobody answers an answer. */
function answerOutdated(state: RaftState, from: NodeId, message: RaftMessage): void {
  switch (message.kind) {
    case 'append':
    case 'offer-snapshot':
    case 'vote':
    case 'read':
      return state.outbox.send(from, { kind: 'outdated', round: state.round });
    default:
      return;
  }
}

/** What is decided at the end of a turn, so that all of the turn's inputs share it. */
function closeTurn(state: RaftState): void {
  const { role } = state;
  if (role.kind === 'leader') {
    if (isStopped(state)) failBarriers(state, role);
    return replication.replicate(state, role);
  }
  const leader = followed(state);
  if (leader === undefined) return;
  forwardReads(state, leader);
  answerLeader(state, leader, mustStore(state) ? 'storing' : 'not-storing');
}

const mustStore = (state: RaftState): boolean => state.log.hasUnstored || state.promises.mustStore(currentHardState(state));

const NO_ENTRIES: readonly Entry[] = [];

function takeStore(state: RaftState): StoreEffect<RaftMessage> | undefined {
  const { log, promises, outbox } = state;
  if (!mustStore(state)) {
    outbox.settlePromises(state.storedSequence < state.storeSequence ? state.storeSequence : undefined);
    return undefined;
  }
  if (state.storedSequence === state.storeSequence) state.diskAnsweredAt = clock(state);
  const sequence = ++state.storeSequence;
  const hardState = promises.handOut(sequence, currentHardState(state));
  const { truncateFrom, entries } = log.hasUnstored ? log.handOut(sequence) : { truncateFrom: undefined, entries: NO_ENTRIES };
  return { sequence, truncateFrom, entries, hardState, durableThrough: log.last, unlocks: outbox.takeUnlocks() };
}

const peersOf = ({ progress }: Leader): readonly PeerProgress[] =>
  Array.from(progress.values(), ({ id, match, flow, inFlight }) => ({ id, match, state: flow.kind, inFlight }));
