// Who leads (chapters 3.4, 4.2.3 and 9.6): pre-vote, election, check-quorum, stepping down, transfer.
//
// A live leader is never deposed by whoever merely lost touch with it: a pre-vote (and a vote) is granted only by those
// who have themselves heard nothing of a leader for an election time-out, or whose own link to it broke and is not back.
// A broken link starts an election at once; the order of ids staggers the followers, so that they do not split the votes.
import { assert, EMPTY_BYTES, type Millis } from '@reknit/base';
import { following, nextRound } from '../arithmetic.js';
import { type NodeId, noRound, type Round } from '../types.js';
import { nothingVerifiedBeyondCommit } from './following.js';
import type { PreVote, PreVoteAnswer, RaftMessage, Vote, VoteAnswer } from './messages.js';
import { failBarriers, failForwarded, noReads } from './reads.js';
import { appendOwn, newProgress } from './replication.js';
import { type Candidate, clock, type Leader, type RaftState } from './state.js';

/** Between the starts of two followers that lost the leader: a round trip and a sync, so that the first is done by then. */
const STAGGER_MS = 12;
const STAGGER_SPREAD_MS = 3;
/** Another may notice the loss a moment later than we: it is asked again this often, then the time-out rules. */
const RETRY_MS = 15;
const RETRIES_MAX = 10;
/** Whoever supported a candidate leaves it this long before standing itself. */
const PATIENCE_MS = 30;
/** After a split vote: long enough to part the candidates. */
const SPLIT_MIN_MS = 10;
const SPLIT_SPREAD_MS = 50;

export function armTimers(state: RaftState, now: Millis): void {
  // A new group, never led, has no leader to protect; any other may have one that this replica has not heard of yet.
  if (state.round > 0) state.leaderAliveUntil = now + state.electionTimeout;
  state.electionAt = state.majority === 1 ? now : now + drawTimeout(state);
  if (state.role.kind === 'leader') for (const progress of state.role.progress.values()) progress.heardAt = now;
}

export function tick(state: RaftState): void {
  const now = clock(state);
  const { role } = state;
  if (role.kind === 'leader') return tickLeader(state, role);
  if (state.refused.size > 0 && !leaderSeemsAlive(state)) grantRefused(state);
  if (!state.isVoter) return;
  if (now >= state.electionAt) return stand(state);
  if (role.kind !== 'pre-candidate' || role.retriesLeft === 0 || now < role.retryAt) return;
  role.retriesLeft--;
  role.retryAt = now + RETRY_MS;
  askForPreVotes(state, role);
}

/** Recognises the sender of an append or an offer of the current round. */
export function heardFromLeader(state: RaftState, from: NodeId): void {
  const { leaderSeen } = state;
  assert(leaderSeen === undefined || leaderSeen === from, 'a round has one leader', () => ({
    leaderSeen,
    from,
    round: state.round,
  }));
  state.leaderSeen = from;
  state.suspected = undefined;
  state.refused.clear();
  const now = clock(state);
  state.leaderAliveUntil = now + state.electionTimeout;
  state.electionAt = now + drawTimeout(state);
  follow(state, from);
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

export function onPeerLost(state: RaftState, peer: NodeId): void {
  const { role } = state;
  if (role.kind !== 'follower' && role.kind !== 'learner') return;
  const trusted = role.leader ?? state.vote;
  if (trusted !== peer) return;
  failForwarded(state);
  role.leader = undefined;
  state.suspected = peer;
  state.leaderAliveUntil = Number.NEGATIVE_INFINITY;
  if (!state.isVoter) return;
  const supports = grantRefused(state);
  const rank = state.voters.filter((id) => id !== peer).indexOf(state.self);
  const wait = rank === 0 ? 0 : staggered(state, rank);
  if (supports === 'none' && wait === 0) return stand(state);
  state.electionAt = clock(state) + (supports === 'none' ? wait : Math.max(wait, PATIENCE_MS));
}

/** The link to a suspected leader is back: it gets a moment to show that it still leads. */
export function onPeerConnected(state: RaftState, peer: NodeId): void {
  if (state.round === noRound) return standSoon(state);
  if (state.suspected !== peer) return;
  state.suspected = undefined;
  if (state.leaderSeen !== peer) return;
  const now = clock(state);
  state.leaderAliveUntil = now + 2 * state.heartbeatInterval;
  state.electionAt = state.leaderAliveUntil + state.random() * state.heartbeatInterval;
  follow(state, peer);
}

export function onPreVote(state: RaftState, from: NodeId, message: PreVote): void {
  if (!state.isVoter || !state.voters.includes(from)) return;
  if (message.round <= state.round) return answerPreVote(state, from, message, 'refused');
  if (leaderSeemsAlive(state)) {
    state.refused.set(from, message);
    return answerPreVote(state, from, message, 'refused');
  }
  if (isUpToDate(state, message)) return grantPreVote(state, from, message);
  answerPreVote(state, from, message, 'refused');
  // The leader is gone and the one who asks must not follow it: this replica, with more in its log, may.
  if (state.role.kind === 'follower') stand(state);
}

export function onPreVoteGranted(state: RaftState, from: NodeId, { round, attempt }: PreVoteAnswer): void {
  const { role } = state;
  if (role.kind !== 'pre-candidate' || role.attempt !== attempt || round !== nextRound(state.round)) return;
  if (!state.voters.includes(from)) return;
  role.granted.add(from);
  if (role.granted.size >= state.majority) campaign(state, 'time-out');
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
  if (message.lastIndex !== role.lastIndex || message.lastRound !== role.lastRound) return;
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

export function beginTransfer(state: RaftState, to: NodeId): void {
  const { role } = state;
  if (role.kind !== 'leader' || to === state.self || !state.voters.includes(to)) return;
  role.transfer = { to, giveUpAt: clock(state) + state.electionTimeout };
  continueTransfer(state, role);
}

/** The successor may stand once it holds the whole log. */
export function continueTransfer(state: RaftState, leader: Leader): void {
  const to = leader.transfer?.to;
  if (to === undefined || leader.progress.get(to)!.match !== state.log.last) return;
  state.outbox.send(to, { kind: 'timeout-now', round: state.round });
}

export function onTimeoutNow(state: RaftState): void {
  if (state.role.kind === 'follower') campaign(state, 'transfer');
}

function tickLeader(state: RaftState, leader: Leader): void {
  const now = clock(state);
  if (leader.transfer !== undefined && now >= leader.transfer.giveUpAt) leader.transfer = undefined;
  if (!hearsMajority(state, leader)) {
    state.leaderAliveUntil = Number.NEGATIVE_INFINITY;
    return retire(state);
  }
  if (now < leader.heartbeatAt) return;
  leader.heartbeatAt = now + state.heartbeatInterval;
  leader.heartbeatDue = true;
}

/** Check-quorum: a leader that a majority no longer answers may have been replaced, and must not keep clients waiting. */
function hearsMajority(state: RaftState, leader: Leader): boolean {
  const since = clock(state) - state.electionTimeout;
  let heard = 0;
  for (const voter of state.voters) if (voter === state.self || leader.progress.get(voter)!.heardAt > since) heard++;
  return heard >= state.majority;
}

function leaderSeemsAlive(state: RaftState): boolean {
  return state.role.kind === 'leader' || clock(state) < state.leaderAliveUntil;
}

/** A group that was never led has nobody to wait for: as its first links come up, its voters stand in turn. */
function standSoon(state: RaftState): void {
  if (!state.isVoter || state.role.kind !== 'follower') return;
  state.electionAt = Math.min(state.electionAt, clock(state) + staggered(state, 1 + state.voters.indexOf(state.self)));
}

const staggered = (state: RaftState, rank: number): Millis => rank * STAGGER_MS + state.random() * STAGGER_SPREAD_MS;

function stand(state: RaftState): void {
  failForwarded(state);
  state.attempts++;
  const now = clock(state);
  const retriesLeft = state.suspected === undefined ? 0 : RETRIES_MAX;
  const granted = new Set([state.self]);
  const role = { kind: 'pre-candidate', attempt: state.attempts, granted, retriesLeft, retryAt: now + RETRY_MS } as const;
  state.role = role;
  state.electionAt = now + drawTimeout(state);
  if (state.majority === 1) return campaign(state, 'time-out');
  askForPreVotes(state, role);
}

function askForPreVotes(state: RaftState, { attempt, granted }: { attempt: number; granted: ReadonlySet<NodeId> }): void {
  const { log } = state;
  const round = nextRound(state.round);
  const message: PreVote = { kind: 'pre-vote', round, lastIndex: log.last, lastRound: log.lastRound, attempt };
  for (const voter of state.voters) if (!granted.has(voter)) state.outbox.send(voter, message);
}

/**
 * The requests leave before the own vote is durable, in parallel with its write. That is safe: without the own vote nobody
 * is elected, and the answers are bound to the log that they were asked for.
 */
function campaign(state: RaftState, cause: Vote['cause']): void {
  enterRound(state, nextRound(state.round));
  const { log, round } = state;
  state.vote = state.self;
  state.role = { kind: 'candidate', lastIndex: log.last, lastRound: log.lastRound, granted: new Set(), refused: new Set() };
  state.electionAt = clock(state) + drawTimeout(state);
  const message: RaftMessage = { kind: 'vote', round, lastIndex: log.last, lastRound: log.lastRound, cause };
  for (const voter of state.voters) if (voter !== state.self) state.outbox.send(voter, message);
}

function count(state: RaftState, candidate: Candidate): void {
  if (candidate.granted.has(state.self) && candidate.granted.size >= state.majority) return lead(state);
  if (candidate.refused.size > state.voters.length - state.majority) {
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

/** Ends whatever this replica was; it follows nobody yet. */
function retire(state: RaftState): void {
  if (state.role.kind === 'leader') {
    failBarriers(state, state.role);
    state.electionAt = clock(state) + drawTimeout(state);
  }
  failForwarded(state);
  state.role = { kind: state.isVoter ? 'follower' : 'learner', leader: undefined };
}

function follow(state: RaftState, leader: NodeId): void {
  const { role } = state;
  assert(role.kind !== 'leader', 'a leader follows nobody', () => ({ leader, round: state.round }));
  if (role.kind === 'follower' || role.kind === 'learner') role.leader = leader;
  else state.role = { kind: 'follower', leader };
}

/** Section 3.6.1: whose last entry is of a later round, or of the same and not before ours. */
function isUpToDate({ log }: RaftState, { lastIndex, lastRound }: PreVote | Vote): boolean {
  const ownRound = log.lastRound;
  return lastRound > ownRound || (lastRound === ownRound && lastIndex >= log.last);
}

/** Those who noticed the loss before us get now what they were refused. */
function grantRefused(state: RaftState): 'some' | 'none' {
  let granted: 'some' | 'none' = 'none';
  for (const [from, message] of state.refused) {
    if (message.round <= state.round || !isUpToDate(state, message)) continue;
    grantPreVote(state, from, message);
    granted = 'some';
  }
  state.refused.clear();
  return granted;
}

function grantPreVote(state: RaftState, from: NodeId, message: PreVote): void {
  answerPreVote(state, from, message, 'granted');
  state.electionAt = Math.max(state.electionAt, clock(state) + PATIENCE_MS);
}

function answerPreVote(state: RaftState, to: NodeId, { round, attempt }: PreVote, answer: 'granted' | 'refused'): void {
  const granted = answer === 'granted';
  state.outbox.send(to, { kind: 'pre-vote-answer', round: granted ? round : state.round, granted, attempt });
}

const drawTimeout = (state: RaftState): Millis => state.electionTimeout * (1 + state.random());
