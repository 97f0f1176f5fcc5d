// The roles that every protocol knows, with what belongs to each. A protocol adds its own fields to `Leading`, and fills
// 'candidate' with whatever it does between its probe round and leadership: Raft's vote, Paxos' phase 1, Zab's discovery.
import type { Millis } from '@reknit/base';
import type { Progress } from '../progress.js';
import type { Index, NodeId } from '../types.js';

export interface Follower {
  readonly kind: 'follower' | 'learner';
  /** Whom this replica trusts to be alive; undefined before the first contact and once its link is lost. */
  leader: NodeId | undefined;
}

export interface PreCandidate {
  readonly kind: 'pre-candidate';
  readonly attempt: number;
  readonly stoodAt: Millis;
  readonly granted: Set<NodeId>;
  /** A leader that is only suspected: what is under way to it is not given up before somebody else is elected. */
  doubted: NodeId | undefined;
  /** While only the leader's link is lost, others may notice a moment later: ask again soon, this often. */
  retriesLeft: number;
  retryAt: Millis;
}

export interface Leading {
  readonly kind: 'leader';
  /** Of every other member, voters and learners. */
  readonly progress: Map<NodeId, Progress>;
  heartbeatAt: Millis;
  /** Every peer gets a message at the end of this turn, with a new sequence. */
  heartbeatDue: boolean;
  readonly undecided: UndecidedBytes;
  transfer: Transfer | undefined;
  /** What somebody needs is in the own log and cannot be read: the disk has changed it. */
  unreadable: boolean;
  readonly reads: LeaderReads;
}

export interface Contending {
  readonly kind: 'candidate';
}

export type CommonRole = Follower | PreCandidate | Contending | Leading;

export interface Transfer {
  readonly to: NodeId;
  readonly giveUpAt: Millis;
}

export interface UndecidedBytes {
  readonly batches: { readonly last: Index; readonly bytes: number }[];
  total: number;
}

/** Reads that began while no barrier of theirs had been sent. */
export interface ReadBatch {
  readonly tokens: number[];
  readonly requests: { readonly from: NodeId; readonly id: number }[];
}

export interface Barrier extends ReadBatch {
  readonly sequence: number;
  readonly index: Index;
}

export interface LeaderReads {
  open: ReadBatch;
  /** Sent and not yet confirmed, oldest first. */
  readonly barriers: Barrier[];
  /** Reads and requests in all of them. */
  count: number;
}

/** Reads that a replica forwarded to its leader. */
export interface ForwardedReads {
  /** To leave at the end of this turn, as one request. */
  waiting: number[];
  readonly underWay: Map<number, { readonly tokens: readonly number[]; readonly giveUpAt: Millis }>;
  /** Reads in both. */
  count: number;
  /** Begins at random so that an answer meant for an earlier life of this replica matches nothing. */
  nextId: number;
}
