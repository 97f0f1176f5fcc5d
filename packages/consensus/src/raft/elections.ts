// Elections (chapters 3.4 and 9.6): pre-vote, vote, and the steps between follower, candidate and leader.
//
// A live leader is never deposed by whoever merely lost touch with it: a pre-vote (and a vote) is granted only by those
// who have themselves heard nothing of a leader for an election time-out, or whose own link to it broke and is not back, or
// whose failure detector suspects it.
// What is refused for that reason is granted unasked once the leader turns out to be lost here too.
import { assert, EMPTY_BYTES, type Millis } from '@reknit/base';
import { following, nextRound } from '../arithmetic.js';
import type { NodeId, Round } from '../types.js';
import { nothingVerifiedBeyondCommit } from './following.js';
import type { PreVote, PreVoteAnswer, Vote, VoteAnswer } from './messages.js';
import { failBarriers, failForwarded, noReads } from './reads.js';
import { appendOwn, newProgress } from './replication.js';
import { type Candidate, clock, type PreCandidate, type RaftState } from './state.js';

/** Another may notice the loss a moment later than we: it is asked again this often, then the time-out rules. */
const RETRY_MS = 15;
const RETRIES_MAX = 10;
/** Whoever supported a candidate leaves it this long before standing itself. */
export const PATIENCE_MS: Millis = 30;
/** After a split vote: long enough to part the candidates. */
const SPLIT_MIN_MS = 10;
const SPLIT_SPREAD_MS = 50;

export function stand(state: RaftState): void {
  const doubted = doubtedLeader(state);
  if (doubted === undefined) failForwarded(state);
  state.attempts++;
  const now = clock(state);
  const retriesLeft = state.suspected === undefined ? 0 : RETRIES_MAX;
  const granted = new Set([state.self]);
  const { attempts: attempt } = state;
  const retryAt = now + RETRY_MS;
  const role: PreCandidate = { kind: 'pre-candidate', attempt, stoodAt: now, granted, doubted, retriesLeft, retryAt };
  state.role = role;
  state.electionAt = now + drawTimeout(state);
  if (state.majority === 1) return campaign(state, 'time-out');
  askForPreVotes(state, role);
}

/** Silent, not lost: a follower that stands for that reason still waits for its answers. Not a second time. */
const doubtedLeader = ({ role, suspected }: RaftState): NodeId | undefined =>
  role.kind === 'follower' && role.leader === suspected ? suspected : undefined;

/** Only while a leader's link is lost, or it is silent, and others may be about to notice. */
export function retryPreVotes(state: RaftState, candidate: PreCandidate): void {
  const now = clock(state);
  if (candidate.retriesLeft === 0 || now < candidate.retryAt) return;
  candidate.retriesLeft--;
  candidate.retryAt = now + RETRY_MS;
  askForPreVotes(state, candidate);
}

/** What was sent over the link that broke is lost. */
export function askAgain(state: RaftState, peer: NodeId): void {
  const { role } = state;
  if (!state.voters.includes(peer)) return;
  if (role.kind === 'pre-candidate') state.outbox.send(peer, preVote(state, role.attempt));
  else if (role.kind === 'candidate') state.outbox.send(peer, role.request);
}

export function onPreVote(state: RaftState, from: NodeId, message: PreVote): void {
  if (!state.isVoter || !state.voters.includes(from)) return;
  if (message.round <= state.round) return answerPreVote(state, from, message, 'refused');
  if (leaderSeemsAlive(state)) {
    state.refused.set(from, message);
    return answerPreVote(state, from, message, 'refused');
  }
  if (isUpToDate(state, message))
    return favours(state, from, message) ? support(state, from, message) : insist(state, from, message);
  answerPreVote(state, from, message, 'refused');
  // The leader is gone and the one who asks must not follow it: this replica, with more in its log, may.
  if (state.role.kind === 'follower') stand(state);
}

/**
 * Two that stand at once must not grant each other: both would campaign in one round and split its votes. The one with more in
 * its log goes first, of equals the one that is listed first; the other steps back.
 */
function favours(state: RaftState, from: NodeId, { lastIndex, lastRound }: PreVote): boolean {
  const { role, log, voters, self } = state;
  if (role.kind !== 'pre-candidate') return true;
  const equal = lastRound === log.lastRound && lastIndex === log.last;
  return !equal || voters.indexOf(from) < voters.indexOf(self);
}

function support(state: RaftState, from: NodeId, message: PreVote): void {
  if (state.role.kind === 'pre-candidate') {
    retire(state);
    state.electionAt = clock(state) + PATIENCE_MS;
  }
  grantPreVote(state, from, message);
}

/** Not for long: whoever asks may reach those that this replica does not. */
function insist(state: RaftState, from: NodeId, message: PreVote): void {
  const { role } = state;
  const early = role.kind === 'pre-candidate' && clock(state) < role.stoodAt + PATIENCE_MS;
  if (early) answerPreVote(state, from, message, 'refused');
  else grantPreVote(state, from, message);
}

export function onPreVoteGranted(state: RaftState, from: NodeId, { round, attempt }: PreVoteAnswer): void {
  const { role } = state;
  if (role.kind !== 'pre-candidate' || role.attempt !== attempt || round !== nextRound(state.round)) return;
  if (!state.voters.includes(from)) return;
  role.granted.add(from);
  if (role.granted.size >= state.majority) campaign(state, 'time-out');
}

/** Those who noticed the loss before us get now what they were refused. */
export function grantRefused(state: RaftState): 'some' | 'none' {
  let granted: 'some' | 'none' = 'none';
  for (const [from, message] of state.refused) {
    if (message.round <= state.round || !isUpToDate(state, message)) continue;
    grantPreVote(state, from, message);
    granted = 'some';
  }
  state.refused.clear();
  return granted;
}

/** Whether a request for votes of a later round may end the present one. */
export const mayDepose = (state: RaftState, { cause }: Vote): boolean => cause === 'transfer' || !leaderSeemsAlive(state);

/** Of the current round. */
export function onVote(state: RaftState, from: NodeId, message: Vote): void {
  if (!state.isVoter || !state.voters.includes(from)) return;
  const { round, lastIndex, lastRound } = message;
  const free = state.vote === from || (state.vote === undefined && state.leaderSeen === undefined);
  if (free && isUpToDate(state, message)) {
    state.vote = from;
    state.electionAt = clock(state) + drawTimeout(state);
    state.outbox.sendOnceStored(from, { kind: 'vote-answer', round, granted: true, lastIndex, lastRound });
    return;
  }
  state.outbox.send(from, { kind: 'vote-answer', round, granted: false, lastIndex, lastRound });
  if (free && state.role.kind === 'follower' && !leaderSeemsAlive(state)) stand(state);
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

export function onTimeoutNow(state: RaftState): void {
  if (state.role.kind === 'follower') campaign(state, 'transfer');
}

/** A message of a later round: whatever this replica was, it begins that round as a follower. */
export function enterRound(state: RaftState, round: Round): void {
  assert(round > state.round, 'a round never falls', () => ({ round, current: state.round }));
  retire(state);
  state.round = round;
  state.vote = undefined;
  state.leaderSeen = undefined;
  state.refused.clear();
  nothingVerifiedBeyondCommit(state);
}

/** Ends whatever this replica was; it follows nobody yet. */
export function retire(state: RaftState): void {
  if (state.role.kind === 'leader') {
    failBarriers(state, state.role);
    state.electionAt = clock(state) + drawTimeout(state);
  }
  failForwarded(state);
  state.role = { kind: state.isVoter ? 'follower' : 'learner', leader: undefined };
}

export function leaderSeemsAlive(state: RaftState): boolean {
  return state.role.kind === 'leader' || clock(state) < state.leaderAliveUntil;
}

export const drawTimeout = (state: RaftState): Millis => state.electionTimeout * (1 + state.random());

function askForPreVotes(state: RaftState, { attempt, granted }: PreCandidate): void {
  const message = preVote(state, attempt);
  for (const voter of state.voters) if (!granted.has(voter)) state.outbox.send(voter, message);
}

function preVote({ round, log }: RaftState, attempt: number): PreVote {
  return { kind: 'pre-vote', round: nextRound(round), lastIndex: log.last, lastRound: log.lastRound, attempt };
}

function grantPreVote(state: RaftState, from: NodeId, message: PreVote): void {
  answerPreVote(state, from, message, 'granted');
  state.electionAt = Math.max(state.electionAt, clock(state) + PATIENCE_MS);
}

function answerPreVote(state: RaftState, to: NodeId, { round, attempt }: PreVote, answer: 'granted' | 'refused'): void {
  const granted = answer === 'granted';
  state.outbox.send(to, { kind: 'pre-vote-answer', round: granted ? round : state.round, granted, attempt });
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
  const lost = state.voters.filter((id) => candidate.refused.has(id) || (state.lostLinks.has(id) && !candidate.granted.has(id)));
  if (lost.length > state.voters.length - state.majority) {
    const again = clock(state) + SPLIT_MIN_MS + state.random() * SPLIT_SPREAD_MS;
    state.electionAt = Math.min(state.electionAt, again);
  }
}

function lead(state: RaftState): void {
  assert(state.leaderSeen === undefined, 'a round has one leader', () => ({ seen: state.leaderSeen, round: state.round }));
  state.leaderSeen = state.self;
  state.suspected = undefined;
  state.role = {
    kind: 'leader',
    progress: newProgress(state),
    firstOwn: following(state.log.last),
    heartbeatAt: clock(state) + state.heartbeatInterval,
    heartbeatDue: true,
    undecided: { batches: [], total: 0 },
    transfer: undefined,
    reads: noReads(),
  };
  appendOwn(state, [EMPTY_BYTES], 'noop');
}

/** Section 3.6.1: whose last entry is of a later round, or of the same and not before ours. */
function isUpToDate({ log }: RaftState, { lastIndex, lastRound }: PreVote | Vote): boolean {
  const ownRound = log.lastRound;
  return lastRound > ownRound || (lastRound === ownRound && lastIndex >= log.last);
}
