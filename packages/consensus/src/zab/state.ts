// What a Zab replica knows. One plain record that the other files of this folder read and change; what belongs to a
// role lives on the role and ends with it.
//
// The paper's variables under this package's names: acceptedEpoch (f.p) is `round`, currentEpoch (f.a) is `history`, and a zxid
// is (round, index) of an entry: its counter within the epoch is not packed beside the epoch, so that it cannot overflow.
import { unreachable } from '@reknit/base';
import { type Core, createCore } from '../common/core.js';
import type { Follower, Leading, PreCandidate } from '../common/roles.js';
import type { Verifying } from '../common/verified-log.js';
import { LogTail } from '../log-tail.js';
import { Outbox } from '../outbox.js';
import type { ReplicaOptions } from '../replica.js';
import type { HardState, Index, NodeId, Round } from '../types.js';
import type { AckEpoch, NewEpoch, PreVote, ZabMessage } from './messages.js';

/** Discovery: a prospective leader gathers promises. */
export interface Candidate {
  readonly kind: 'candidate';
  readonly request: NewEpoch;
  /** Its own is among them only once it is durable. */
  readonly granted: Set<NodeId>;
  readonly refused: Set<NodeId>;
  readonly promises: Map<NodeId, AckEpoch>;
}

export interface Leader extends Leading {
  /** Synchronisation until a majority has acknowledged NEWLEADER; nothing new is broadcast before. */
  phase: 'synchronization' | 'broadcast';
  /** The history that it was elected with ends here. */
  readonly historyEnd: Index;
  /** By member; missing until the first occasion to send. */
  readonly sessions: Map<NodeId, Session>;
  lastSession: number;
}

/** What a leader knows of its FIFO channel to one follower. */
export interface Session {
  /** Named by all that belongs to it. A reconnect, or anything that went missing, begins another. */
  id: number;
  stage: Stage;
  /** NEWLEADER is acknowledged: this epoch and the history before it are durable there. Outlives the session. */
  acknowledged: boolean;
}

export type Stage =
  /** LEADERINFO is to be sent, or sent, and not answered. */
  | { readonly kind: 'discovery'; due: boolean }
  /** NEWLEADER follows once everything up to `through` is sent. */
  | { readonly kind: 'synchronization'; readonly mode: 'diff' | 'trunc'; readonly through: Index }
  | { readonly kind: 'broadcast' };

/** What a follower knows of its channel from the leader. */
export interface Attendance {
  readonly leader: NodeId;
  readonly id: number;
  /** 'discovery': acknowledged, and nothing has come yet. 'broken': something is missing, and another session was asked for. */
  stage: 'discovery' | 'synchronization' | 'broadcast' | 'broken';
}

export type Role = Follower | PreCandidate | Candidate | Leader;

export interface ZabState extends Core, Verifying {
  readonly log: LogTail;
  readonly outbox: Outbox<ZabMessage>;
  role: Role;
  readonly refused: Map<NodeId, PreVote>;

  /** currentEpoch: the last epoch whose leader's whole history this replica has taken over. */
  history: Round;
  /** Of the current epoch. */
  session: Attendance | undefined;
}

export function createState(options: ReplicaOptions): ZabState {
  const log = new LogTail(options.log);
  const core = createCore(options, log);
  return {
    ...core,
    log,
    outbox: new Outbox(),
    refused: new Map(),
    history: options.hardState.history,
    session: undefined,
    verified: core.commit,
    answeredSequence: 0,
    answerOwed: undefined,
  };
}

export const currentHardState = ({ round, vote, history, commit }: ZabState): HardState => ({ round, vote, history, commit });

/** Which of Zab's four phases this replica is in. */
export function phaseOf({ role, session }: ZabState): string {
  switch (role.kind) {
    case 'leader':
      return role.phase;
    case 'candidate':
      return 'discovery';
    case 'pre-candidate':
      return 'election';
    case 'follower':
    case 'learner':
      if (role.leader === undefined) return 'election';
      return session === undefined || session.stage === 'broken' ? 'discovery' : session.stage;
    default:
      return unreachable(role);
  }
}
