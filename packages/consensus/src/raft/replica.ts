// Raft behind the common interface: its engine, and its own messages by kind and role. What happens then stands in the files
// beside this one; what does not depend on the protocol in ../common.
import { unreachable } from '@reknit/base';
import { onInstalled, onSnapshotOffer } from '../common/catchup.js';
import { type Engine, EngineReplica } from '../common/engine.js';
import { continueTransfer } from '../common/leadership.js';
import type { OfferSnapshot } from '../common/messages.js';
import { appendOwn } from '../common/own-log.js';
import { heardFromLeader } from '../common/trust.js';
import type { ReplicaOptions } from '../replica.js';
import type { NodeId } from '../types.js';
import { commitByCounting, hasDecidedOwn } from './commit.js';
import { enterRound, onHardStateStored, onVote, onVoteAnswer, raftElections } from './elections.js';
import { answerLeader, onAppend } from './following.js';
import type { Append, Appended, PreVote, RaftMessage, Rejected, Vote, VoteAnswer } from './messages.js';
import { onAppended, onPeerConnected, onPeerLost, onRejected, sendTo } from './replication.js';
import { createState, currentHardState, type Leader, type RaftState } from './state.js';

export class RaftReplica extends EngineReplica<RaftState, Leader, RaftMessage, PreVote> {
  constructor(options: ReplicaOptions) {
    super(createState(options));
  }

  protected get engine(): Engine<RaftState, Leader, RaftMessage, PreVote> {
    return engine;
  }
}

const engine: Engine<RaftState, Leader, RaftMessage, PreVote> = {
  elections: raftElections,
  hardStateOf: currentHardState,
  isReady: hasDecidedOwn,
  phaseOf: () => undefined,
  causeOf: (message) => (message.kind === 'vote' ? message.cause : undefined),
  awaitsAnswer,
  enterRound,
  receive,
  onStored: onHardStateStored,
  commitByCounting,
  onInstalled,
  onPeerLost,
  onPeerConnected,
  forgetPeer: () => {},
  onLearners: () => {},
  append: appendOwn,
  sendTo,
  answerLeader,
};

function receive(
  state: RaftState,
  from: NodeId,
  message: Append | Appended | Rejected | Vote | VoteAnswer | OfferSnapshot,
): void {
  const { role } = state;
  switch (message.kind) {
    case 'append':
      heardFromLeader(state, from);
      return onAppend(state, from, message);
    case 'offer-snapshot':
      heardFromLeader(state, from);
      return onSnapshotOffer(state, from, message);
    case 'appended':
      if (role.kind !== 'leader') return;
      onAppended(state, role, from, message);
      return continueTransfer(state, role);
    case 'rejected':
      if (role.kind !== 'leader') return;
      return onRejected(state, role, from, message);
    case 'vote':
      return onVote(state, from, message);
    case 'vote-answer':
      return onVoteAnswer(state, from, message);
    default:
      return unreachable(message);
  }
}

function awaitsAnswer({ kind }: RaftMessage): boolean {
  switch (kind) {
    case 'append':
    case 'offer-snapshot':
    case 'vote':
    case 'read':
      return true;
    default:
      return false;
  }
}
