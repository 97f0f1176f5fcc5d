// Phase 0: fast leader election, in a round that disturbs nobody (common/pre-vote.ts). Support goes to the highest
// (currentEpoch, last zxid), of equals to the first by id.
//
// The election's last message is discovery's first: who grants a pre-vote for epoch e' says that its acceptedEpoch is below
// e', which is all that FOLLOWERINFO (the paper's CEPOCH) tells, so that NEWEPOCH may follow at once. That is safe since a
// grant is only a hint: ACKEPOCH alone promises the epoch, and is refused to a second candidate.
import { nextRound } from '../arithmetic.js';
import { clock } from '../common/core.js';
import type { ElectionRules } from '../common/pre-vote.js';
import { beginRound, drawTimeout } from '../common/trust.js';
import { nothingVerifiedBeyondCommit } from '../common/verified-log.js';
import type { NodeId, Round } from '../types.js';
import type { Claim, NewEpoch, PreVote } from './messages.js';
import type { ZabState } from './state.js';

export const zabElections: ElectionRules<ZabState, PreVote> = {
  nextRound: (state) => nextRound(state.round),
  probe: (state, attempt) => ({ kind: 'pre-vote', round: nextRound(state.round), ...ownClaim(state), attempt }),
  compare,
  campaign,
  askAgain: ({ role, outbox }, peer) => {
    if (role.kind === 'candidate') outbox.send(peer, role.request);
  },
};

const ownClaim = ({ history, log }: ZabState): Claim => ({ history, lastIndex: log.last, lastRound: log.lastRound });

/**
 * currentEpoch before zxid: a log may end in an older epoch than the last whose leader's whole history it took over, and
 * all that was decided up to that epoch is in it nevertheless.
 */
export function compare({ history, log }: ZabState, claim: Claim): 'ahead' | 'equal' | 'behind' {
  const difference = claim.history - history || claim.lastRound - log.lastRound || claim.lastIndex - log.last;
  if (difference === 0) return 'equal';
  return difference > 0 ? 'ahead' : 'behind';
}

/** In discovery too, the first session of an epoch's leader bears this number: its requests are the same in every life. */
export const FIRST_SESSION = 1;

/**
 * The requests leave before the own promise is durable, in parallel with its write. That is safe: without the own promise
 * nobody is elected, and what the answers tell of their senders' histories stays true, for they take nothing from older epochs.
 */
function campaign(state: ZabState, cause: NewEpoch['cause']): void {
  beginEpoch(state, nextRound(state.round));
  const { round } = state;
  state.vote = state.self;
  const request: NewEpoch = { kind: 'new-epoch', round, session: FIRST_SESSION, ...ownClaim(state), cause };
  state.role = { kind: 'candidate', request, granted: new Set(), refused: new Set(), promises: new Map() };
  state.electionAt = clock(state) + drawTimeout(state);
  for (const voter of state.voters) if (voter !== state.self) state.outbox.send(voter, request);
}

/** A later epoch: whatever this replica was, it begins that one as a follower, in no session. */
export function beginEpoch(state: ZabState, round: Round): void {
  beginRound(state, round);
  state.session = undefined;
  nothingVerifiedBeyondCommit(state);
}

/** For whom this replica's promise of the current epoch is free. */
export const maySupport = ({ vote, leaderSeen }: ZabState, candidate: NodeId): boolean =>
  vote === candidate || (vote === undefined && leaderSeen === undefined);
