// Multi-Paxos behind the common interface: its engine, and its own messages by kind and role. What happens then stands in the
// files beside this one; what does not depend on the protocol in ../common.
import { unreachable } from '@reknit/base';
import { type Engine, EngineReplica } from '../common/engine.js';
import { continueTransfer } from '../common/leadership.js';
import type { OfferSnapshot } from '../common/messages.js';
import { heardFromLeader } from '../common/trust.js';
import type { ReplicaOptions } from '../replica.js';
import type { NodeId } from '../types.js';
import { onInstalled, onSnapshotOffer } from './catchup.js';
import { commitByCounting, hasDecidedRecovered } from './commit.js';
import { onPrepare, paxosElections } from './elections.js';
import { answerLeader, enterRound, onAccept } from './following.js';
import type { Accept, Accepted, Learn, PaxosMessage, Prepare, PreVote, Promised } from './messages.js';
import { appendOwn } from './own-log.js';
import { concludeIfHeard, onPromise } from './phase-one.js';
import { onAccepted, onLearn, onPeerConnected, onPeerLost, sendTo } from './replication.js';
import { createState, currentHardState, type Leader, type PaxosState } from './state.js';

export class PaxosReplica extends EngineReplica<PaxosState, Leader, PaxosMessage, PreVote> {
  constructor(options: ReplicaOptions) {
    super(createState(options));
  }

  protected get engine(): Engine<PaxosState, Leader, PaxosMessage, PreVote> {
    return engine;
  }
}

const engine: Engine<PaxosState, Leader, PaxosMessage, PreVote> = {
  elections: paxosElections,
  hardStateOf: currentHardState,
  isReady: hasDecidedRecovered,
  phaseOf,
  causeOf: (message) => (message.kind === 'prepare' ? message.cause : undefined),
  awaitsAnswer,
  enterRound,
  receive,
  onStored: concludeIfHeard,
  commitByCounting,
  onInstalled,
  onPeerLost,
  onPeerConnected,
  forgetPeer: (leader, peer) => void leader.beyond.delete(peer),
  onLearners: () => {},
  append: appendOwn,
  sendTo,
  answerLeader,
};

function phaseOf({ role }: PaxosState): string | undefined {
  if (role.kind === 'candidate') return 'phase 1';
  return role.kind === 'leader' ? 'phase 2' : undefined;
}

function receive(state: PaxosState, from: NodeId, message: Prepare | Promised | Accept | Accepted | Learn | OfferSnapshot): void {
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
      onAccepted(state, role, from, message);
      return continueTransfer(state, role);
    case 'learn':
      if (role.kind !== 'leader') return;
      return onLearn(state, role, from, message);
    case 'prepare':
      return onPrepare(state, from, message);
    case 'promise':
      return onPromise(state, from, message);
    default:
      return unreachable(message);
  }
}

function awaitsAnswer({ kind }: PaxosMessage): boolean {
  switch (kind) {
    case 'accept':
    case 'offer-snapshot':
    case 'prepare':
    case 'read':
      return true;
    default:
      return false;
  }
}
