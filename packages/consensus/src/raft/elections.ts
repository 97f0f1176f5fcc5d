// Raft's elections (section 3.4): a vote goes to whoever has all that the voter has, once a round. When elections begin, and the
// probe before them, is the same in every protocol; what differs stands in `raftElections`.
import { assert } from '@reknit/base';
import { nextRound } from '../arithmetic.js';
import { clock } from '../common/core.js';
import { type ElectionRules, partAfterSplit, stand } from '../common/pre-vote.js';
import { beginRound, drawTimeout, leaderSeemsAlive } from '../common/trust.js';
import { nothingVerifiedBeyondCommit } from '../common/verified-log.js';
import type { NodeId, Round } from '../types.js';
import { lead } from './leadership.js';
import type { PreVote, Vote, VoteAnswer } from './messages.js';
import type { Candidate, RaftState } from './state.js';

export const raftElections: ElectionRules<RaftState, PreVote> = {
  nextRound: ({ round }) => nextRound(round),
  probe: ({ round, log }, attempt) => ({
    kind: 'pre-vote',
    round: nextRound(round),
    lastIndex: log.last,
    lastRound: log.lastRound,
    attempt,
  }),
  compare: compareLogs,
  campaign,
  askAgain: ({ role, outbox }, peer) => {
    if (role.kind === 'candidate') outbox.send(peer, role.request);
  },
};

/** Of the current round. */
export function onVote(state: RaftState, from: NodeId, message: Vote): void {
  if (!state.isVoter || !state.voters.includes(from)) return;
  const { round, lastIndex, lastRound } = message;
  const free = state.vote === from || (state.vote === undefined && state.leaderSeen === undefined);
  if (free && compareLogs(state, message) !== 'behind') {
    state.vote = from;
    state.electionAt = clock(state) + drawTimeout(state);
    state.outbox.sendOnceStored(from, { kind: 'vote-answer', round, granted: true, lastIndex, lastRound });
    return;
  }
  state.outbox.send(from, { kind: 'vote-answer', round, granted: false, lastIndex, lastRound });
  if (free && state.role.kind === 'follower' && !leaderSeemsAlive(state)) stand(state, raftElections);
}

/** Of the current round. */
export function onVoteAnswer(state: RaftState, from: NodeId, message: VoteAnswer): void {
  const { role } = state;
  if (role.kind !== 'candidate' || !state.voters.includes(from)) return;
  // A grant for another log was asked for before a crash that shortened ours.
  if (message.lastIndex !== role.request.lastIndex || message.lastRound !== role.request.lastRound) return;
  (message.granted ? role.granted : role.refused).add(from);
  count(state, role);
}

/** The own vote is durable at last. */
export function onHardStateStored(state: RaftState): void {
  const { role, promises } = state;
  if (role.kind !== 'candidate' || promises.durable.round !== state.round) return;
  assert(promises.durable.vote === state.self, 'a candidate votes for itself', () => promises.durable);
  role.granted.add(state.self);
  count(state, role);
}

/** A message of a later round, or an own campaign. */
export function enterRound(state: RaftState, round: Round): void {
  beginRound(state, round);
  nothingVerifiedBeyondCommit(state);
}

/**
 * The requests leave before the own vote is durable, in parallel with its write. That is safe: without the own vote nobody
 * is elected, and the answers are bound to the log that they were asked for.
 */
function campaign(state: RaftState, cause: Vote['cause']): void {
  enterRound(state, nextRound(state.round));
  const { log, round } = state;
  state.vote = state.self;
  const request: Vote = { kind: 'vote', round, lastIndex: log.last, lastRound: log.lastRound, cause };
  state.role = { kind: 'candidate', request, granted: new Set(), refused: new Set() };
  state.electionAt = clock(state) + drawTimeout(state);
  for (const voter of state.voters) if (voter !== state.self) state.outbox.send(voter, request);
}

function count(state: RaftState, candidate: Candidate): void {
  if (candidate.granted.has(state.self) && candidate.granted.size >= state.majority) return lead(state);
  partAfterSplit(state, candidate);
}

/** Section 3.6.1: ahead is whose last entry is of a later round, or of the same and after ours. */
function compareLogs({ log }: RaftState, { lastIndex, lastRound }: PreVote | Vote): 'ahead' | 'equal' | 'behind' {
  const byRound = lastRound - log.lastRound;
  const difference = byRound === 0 ? lastIndex - log.last : byRound;
  if (difference === 0) return 'equal';
  return difference > 0 ? 'ahead' : 'behind';
}
