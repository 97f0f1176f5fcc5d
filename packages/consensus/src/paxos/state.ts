// What a Paxos replica knows beyond what every protocol's does. It is proposer, acceptor and learner in one ("Paxos Made Simple",
// section 2.5): `round` is the ballot that it has promised, which is its own while it proposes.

import type { Owing } from '../common/answering.js';
import { type Core, createCore } from '../common/core.js';
import type { Follower, Leading, PreCandidate } from '../common/roles.js';
import { Outbox } from '../outbox.js';
import type { ReplicaOptions } from '../replica.js';
import { type Entry, type HardState, type Index, type NodeId, noRound } from '../types.js';
import type { PaxosMessage, Prepare, PreVote } from './messages.js';
import type { SlotRange } from './ranges.js';
import { Slots } from './slots.js';

/** Phase 1 is under way. */
export interface Candidate {
  readonly kind: 'candidate';
  readonly cause: Prepare['cause'];
  /** Of every other voter. */
  readonly hearings: Map<NodeId, Hearing>;
  /**
   * By slot: of all that was reported and is not decided, what was accepted at the highest ballot. As much as leaders had under way
   * and undecided: their limit bounds it.
   */
  readonly reported: Map<Index, Entry>;
}

/** How much of what a voter has accepted the candidate has heard. */
export interface Hearing {
  /** The page asked for begins above. */
  after: Index;
  /** Undefined before it has promised. */
  decided: Index | undefined;
  /** It has told all. */
  complete: boolean;
}

/** Phase 2. */
export interface Leader extends Leading {
  /** The last slot of phase 1: once all up to here are decided, this leader knows all that was ever decided. */
  readonly recovered: Index;
  /** What acceptors hold beyond a hole; absent where they have none. */
  readonly beyond: Map<NodeId, readonly SlotRange[]>;
}

export type Role = Follower | PreCandidate | Candidate | Leader;

export interface PaxosState extends Core, Owing {
  readonly log: Slots;
  readonly outbox: Outbox<PaxosMessage>;
  readonly refused: Map<NodeId, PreVote>;
  role: Role;

  /** Every slot up to here is known to be decided, or was accepted at the present ballot. */
  held: Index;
  /** And so are these, beyond a hole. */
  beyond: readonly SlotRange[];
  /** The hole that the leader was last asked to fill, and the sequence that it was found by. */
  asked: { readonly after: Index; readonly sequence: number } | undefined;
}

export function createState(options: ReplicaOptions): PaxosState {
  const log = new Slots(options.log, options.hardState.commit);
  const core = createCore(options, log);
  return {
    ...core,
    log,
    outbox: new Outbox(),
    refused: new Map(),
    held: heldAtBallot(log, core),
    beyond: [],
    asked: undefined,
    answeredSequence: 0,
    answerOwed: undefined,
  };
}

export const currentHardState = (state: PaxosState): HardState => ({
  round: state.round,
  vote: state.vote,
  history: noRound,
  commit: state.commit,
});

/** What was accepted at the promised ballot before a restart counts on. */
function heldAtBallot(log: Slots, { commit, round }: Pick<Core, 'commit' | 'round'>): Index {
  let held = commit;
  while (held < log.contiguous && log.ballotAt((held + 1) as Index) === round) held = (held + 1) as Index;
  return held;
}
