// Zab behind the common interface: its engine, and its own messages by kind and role. What happens then stands in the files
// beside this one; what does not depend on the protocol in ../common.
import { unreachable } from '@reknit/base';
import { onInstalled, onSnapshotOffer } from '../common/catchup.js';
import { type Engine, EngineReplica } from '../common/engine.js';
import { continueTransfer } from '../common/leadership.js';
import { appendOwn } from '../common/own-log.js';
import { heardFromLeader } from '../common/trust.js';
import type { ReplicaOptions } from '../replica.js';
import type { NodeId } from '../types.js';
import { commitByCounting, isReady } from './commit.js';
import { onAckEpoch, onHardStateStored, onLeaderInfo, onNewEpoch, onRefuseEpoch } from './discovery.js';
import { beginEpoch, zabElections } from './elections.js';
import { answerLeader, onCommit, onPropose } from './following.js';
import type { Ack, AckEpoch, FollowerInfo, NewEpoch, PreVote, RefuseEpoch, ZabMessage } from './messages.js';
import { forgetSessions, onAck, onFollowerInfo, onPeerConnected, onPeerLost, sendTo } from './replication.js';
import { createState, currentHardState, type Leader, phaseOf, type ZabState } from './state.js';
import { onHistory } from './synchronization.js';

export class ZabReplica extends EngineReplica<ZabState, Leader, ZabMessage, PreVote> {
  constructor(options: ReplicaOptions) {
    super(createState(options));
  }

  protected get engine(): Engine<ZabState, Leader, ZabMessage, PreVote> {
    return engine;
  }
}

const engine: Engine<ZabState, Leader, ZabMessage, PreVote> = {
  elections: zabElections,
  hardStateOf: currentHardState,
  isReady,
  phaseOf,
  causeOf: (message) => (message.kind === 'new-epoch' ? message.cause : undefined),
  awaitsAnswer: (message) => isOfLeader(message) || message.kind === 'new-epoch' || message.kind === 'read',
  enterRound: beginEpoch,
  receive,
  onStored: onHardStateStored,
  commitByCounting,
  onInstalled,
  onPeerLost: (_state, leader, peer) => onPeerLost(leader, peer),
  onPeerConnected: (_state, leader, peer) => onPeerConnected(leader, peer),
  forgetPeer: ({ sessions }, peer) => void sessions.delete(peer),
  onLearners: (_state, leader) => forgetSessions(leader),
  append: appendOwn,
  sendTo,
  answerLeader,
};

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

type OwnMessage = OfLeader | NewEpoch | AckEpoch | RefuseEpoch | FollowerInfo | Ack;

function receiveFromLeader(state: ZabState, from: NodeId, message: OfLeader): void {
  heardFromLeader(state, from);
  switch (message.kind) {
    case 'leader-info':
      return onLeaderInfo(state, from, message);
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

function receive(state: ZabState, from: NodeId, message: OwnMessage): void {
  if (isOfLeader(message)) return receiveFromLeader(state, from, message);
  const { role } = state;
  switch (message.kind) {
    case 'new-epoch':
      return onNewEpoch(state, from, message);
    case 'ack-epoch':
      return onAckEpoch(state, from, message);
    case 'refuse-epoch':
      return onRefuseEpoch(state, from);
    case 'follower-info':
      if (role.kind !== 'leader') return;
      return onFollowerInfo(state, role, from, message);
    case 'ack':
      if (role.kind !== 'leader') return;
      onAck(state, role, from, message);
      return continueTransfer(state, role);
    default:
      return unreachable(message);
  }
}
