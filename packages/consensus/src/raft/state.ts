// What a Raft replica knows beyond what every protocol's does. One plain record that the other files of this folder and the
// shared ones read and change; what belongs to a role lives on the role and ends with it.

import { type Core, createCore } from '../common/core.js';
import type { Follower, Leading, PreCandidate } from '../common/roles.js';
import type { Verifying } from '../common/verified-log.js';
import { LogTail } from '../log-tail.js';
import { Outbox } from '../outbox.js';
import type { ReplicaOptions } from '../replica.js';
import { type HardState, type Index, type NodeId, noRound } from '../types.js';
import type { PreVote, RaftMessage, Vote } from './messages.js';

export interface Candidate {
  readonly kind: 'candidate';
  /** Names the end of the log that the votes are for. */
  readonly request: Vote;
  /** Its own is among them only once it is durable. */
  readonly granted: Set<NodeId>;
  readonly refused: Set<NodeId>;
}

export interface Leader extends Leading {
  /** The no-op that began this leadership: once it is decided, so is everything before it. */
  readonly firstOwn: Index;
}

export type Role = Follower | PreCandidate | Candidate | Leader;

export interface RaftState extends Core, Verifying {
  readonly log: LogTail;
  readonly outbox: Outbox<RaftMessage>;
  readonly refused: Map<NodeId, PreVote>;
  role: Role;
}

export function createState(options: ReplicaOptions): RaftState {
  const log = new LogTail(options.log);
  const core = createCore(options, log);
  return {
    ...core,
    log,
    outbox: new Outbox(),
    refused: new Map(),
    verified: core.commit,
    answeredSequence: 0,
    answerOwed: undefined,
  };
}

export const currentHardState = (state: RaftState): HardState => ({
  round: state.round,
  vote: state.vote,
  history: noRound,
  commit: state.commit,
});
