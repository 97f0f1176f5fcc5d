// Whom a replica holds to lead, and for how long it leaves that one in peace (Raft's chapters 4.2.3 and 6.2; the same for every
// protocol, since none of it depends on what a vote says).
import { assert, type Millis } from '@reknit/base';
import type { NodeId, Round } from '../types.js';
import { type Core, clock } from './core.js';
import { type Answering, type Barriers, failBarriers, failForwarded } from './reads.js';

/** Whoever supported a candidate leaves it this long before standing itself. */
export const PATIENCE_MS: Millis = 30;
/** Between the starts of two followers that lost the leader: a round trip and a sync, so that the first is done by then. */
const STAGGER_MS = 12;
const STAGGER_SPREAD_MS = 3;

export type Timing = Pick<Core, 'now' | 'electionTimeout' | 'heartbeatInterval' | 'random'>;
export type Trusting = Timing &
  Answering &
  Barriers &
  Pick<
    Core,
    | 'isVoter'
    | 'role'
    | 'round'
    | 'vote'
    | 'leaderSeen'
    | 'electionAt'
    | 'leaderAliveUntil'
    | 'suspected'
    | 'lostLinks'
    | 'refused'
    | 'majority'
  >;

export const drawTimeout = (state: Timing): Millis => state.electionTimeout * (1 + state.random());

/** Enough for a leader that lives to show it. */
export const briefTrust = (state: Timing): Millis => 2 * state.heartbeatInterval;

export const staggered = (state: Timing, rank: number): Millis => rank * STAGGER_MS + state.random() * STAGGER_SPREAD_MS;

export const leaderSeemsAlive = (state: Pick<Core, 'role' | 'now' | 'leaderAliveUntil'>): boolean =>
  state.role.kind === 'leader' || clock(state) < state.leaderAliveUntil;

/** At the first tick. */
export function armTimers(state: Trusting, now: Millis): void {
  // A new group, never led, has no leader to protect; any other may have one that this replica has not heard of yet.
  if (state.round > 0) state.leaderAliveUntil = now + state.electionTimeout;
  state.electionAt = state.majority === 1 ? now : now + drawTimeout(state);
  if (state.role.kind === 'leader') for (const progress of state.role.progress.values()) progress.heardAt = now;
}

/** Recognises the sender of what only a leader sends, of the current round. */
export function heardFromLeader(state: Trusting, from: NodeId): void {
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
  trustFor(state, state.lostLinks.has(from) ? briefTrust(state) : state.electionTimeout);
  follow(state, from);
}

/** The leader that was suspected, if it is this one, is followed again. */
export function resume(state: Trusting, peer: NodeId, trust: Millis): 'resumed' | 'not-the-leader' {
  state.suspected = undefined;
  if (state.leaderSeen !== peer) return 'not-the-leader';
  trustFor(state, trust);
  follow(state, peer);
  return 'resumed';
}

/** Whatever this replica was, it begins that round as a follower. The protocol forgets what it knew of the old one. */
export function beginRound(state: Trusting, round: Round): void {
  assert(round > state.round, 'a round never falls', () => ({ round, current: state.round }));
  retire(state);
  state.round = round;
  state.vote = undefined;
  state.leaderSeen = undefined;
  state.refused.clear();
}

/** Ends whatever this replica was; it follows nobody yet. */
export function retire(state: Trusting): void {
  if (state.role.kind === 'leader') {
    failBarriers(state, state.role);
    state.electionAt = clock(state) + drawTimeout(state);
  }
  failForwarded(state);
  state.role = { kind: state.isVoter ? 'follower' : 'learner', leader: undefined };
}

/** No longer a leader, and aware of none. */
export function renounce(state: Trusting): void {
  state.leaderAliveUntil = Number.NEGATIVE_INFINITY;
  retire(state);
}

function trustFor(state: Trusting, trust: Millis): void {
  state.leaderAliveUntil = clock(state) + trust;
  state.electionAt = state.leaderAliveUntil + state.random() * trust;
}

function follow(state: Trusting, leader: NodeId): void {
  const { role } = state;
  assert(role.kind !== 'leader', 'a leader follows nobody', () => ({ leader, round: state.round }));
  if (role.kind === 'follower' || role.kind === 'learner') role.leader = leader;
  else state.role = { kind: 'follower', leader };
}
