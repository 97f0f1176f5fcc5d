// Who is trusted to lead, and for how long (chapters 4.2.3, 6.2 and 3.10): time-outs, broken links, suspicion, check-quorum,
// transfer.
//
// A broken link to the leader, or a silence that the failure detector finds too long, starts an election at once; the order of
// ids staggers the followers, so that they do not split the votes. A leader gives up on its own when no majority answers
// it, or when its disk no longer does.
import { assert, type Millis } from '@reknit/base';
import { type NodeId, noRound } from '../types.js';
import { askAgain, drawTimeout, grantRefused, leaderSeemsAlive, PATIENCE_MS, retire, retryPreVotes, stand } from './elections.js';
import { failForwarded } from './reads.js';
import { clock, diskIsStalled, type Follower, type Leader, type RaftState, type Role } from './state.js';

/** Between the starts of two followers that lost the leader: a round trip and a sync, so that the first is done by then. */
const STAGGER_MS = 12;
const STAGGER_SPREAD_MS = 3;

export function armTimers(state: RaftState, now: Millis): void {
  // A new group, never led, has no leader to protect; any other may have one that this replica has not heard of yet.
  if (state.round > 0) state.leaderAliveUntil = now + state.electionTimeout;
  state.electionAt = state.majority === 1 ? now : now + drawTimeout(state);
  if (state.role.kind === 'leader') for (const progress of state.role.progress.values()) progress.heardAt = now;
}

export function tick(state: RaftState): void {
  const { role } = state;
  if (role.kind === 'leader') return tickLeader(state, role);
  if (state.refused.size > 0 && !leaderSeemsAlive(state)) grantRefused(state);
  if (!state.isVoter) return;
  if (clock(state) >= state.electionAt) return diskIsStalled(state) ? waitOn(state) : stand(state);
  if (role.kind === 'pre-candidate') retryPreVotes(state, role);
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
  // A message may come late over a link that has broken since: it must not win a dead leader a whole time-out.
  const trust = state.lostLinks.has(from) ? briefTrust(state) : state.electionTimeout;
  state.leaderAliveUntil = clock(state) + trust;
  state.electionAt = state.leaderAliveUntil + state.random() * trust;
  follow(state, from);
}

export function onPeerLost(state: RaftState, peer: NodeId): void {
  const { role } = state;
  if (role.kind === 'pre-candidate' && role.doubted === peer) {
    role.doubted = undefined;
    return failForwarded(state);
  }
  if (!trusts(role, state, peer)) return;
  failForwarded(state);
  role.leader = undefined;
  replaceSoon(state, peer);
}

/** Followed all the same until another is elected: the suspicion may be wrong, and its answers may be under way. */
export function onPeerSuspected(state: RaftState, peer: NodeId): void {
  if (trusts(state.role, state, peer)) replaceSoon(state, peer);
}

/** The suspected leader gave a sign of life. It is trusted as at any other, for it is suspected again should it be the last. */
export function onPeerTrusted(state: RaftState, peer: NodeId): void {
  if (state.suspected === peer) resume(state, peer, state.electionTimeout);
}

const trusts = (role: Role, { vote }: RaftState, peer: NodeId): role is Follower =>
  (role.kind === 'follower' || role.kind === 'learner') && (role.leader ?? vote) === peer;

/** As far as it depends on this replica: it supports whoever asked before, and stands when its turn comes. */
function replaceSoon(state: RaftState, peer: NodeId): void {
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
  if (state.suspected !== peer || resume(state, peer, briefTrust(state)) === 'not-the-leader') askAgain(state, peer);
}

function resume(state: RaftState, peer: NodeId, trust: Millis): 'resumed' | 'not-the-leader' {
  state.suspected = undefined;
  if (state.leaderSeen !== peer) return 'not-the-leader';
  state.leaderAliveUntil = clock(state) + trust;
  state.electionAt = state.leaderAliveUntil + state.random() * trust;
  follow(state, peer);
  return 'resumed';
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

function tickLeader(state: RaftState, leader: Leader): void {
  const now = clock(state);
  if (leader.transfer !== undefined && now >= leader.transfer.giveUpAt) leader.transfer = undefined;
  if (!hearsMajority(state, leader)) return renounce(state);
  if (diskIsStalled(state) && state.majority > 1) return abdicate(state, leader);
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

/**
 * Heartbeats flow and others may even decide, but a leader whose disk is silent takes in what it may never store: the
 * voter that holds most is asked to stand.
 */
function abdicate(state: RaftState, leader: Leader): void {
  const others = state.voters.filter((id) => id !== state.self).map((id) => leader.progress.get(id)!);
  const heir = others.reduce((best, progress) => (progress.match > best.match ? progress : best));
  state.outbox.send(heir.id, { kind: 'timeout-now', round: state.round });
  renounce(state);
}

/** No longer a leader, and aware of none. */
function renounce(state: RaftState): void {
  state.leaderAliveUntil = Number.NEGATIVE_INFINITY;
  retire(state);
}

/** Without a disk its vote would never count. */
function waitOn(state: RaftState): void {
  state.electionAt = clock(state) + drawTimeout(state);
}

/** A group that was never led has nobody to wait for: as its first links come up, its voters stand in turn. */
function standSoon(state: RaftState): void {
  if (!state.isVoter || state.role.kind !== 'follower') return;
  state.electionAt = Math.min(state.electionAt, clock(state) + staggered(state, 1 + state.voters.indexOf(state.self)));
}

/** Enough for a leader that lives to show it. */
const briefTrust = (state: RaftState): Millis => 2 * state.heartbeatInterval;

const staggered = (state: RaftState, rank: number): Millis => rank * STAGGER_MS + state.random() * STAGGER_SPREAD_MS;

function follow(state: RaftState, leader: NodeId): void {
  const { role } = state;
  assert(role.kind !== 'leader', 'a leader follows nobody', () => ({ leader, round: state.round }));
  if (role.kind === 'follower' || role.kind === 'learner') role.leader = leader;
  else state.role = { kind: 'follower', leader };
}
