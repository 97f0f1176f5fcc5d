// When a replica that does not lead begins an election. A broken link to the leader, or a silence that the failure detector
// finds too long, does so at once; the order of ids staggers the followers, so that they do not split the votes.
import type { Millis } from '@reknit/base';
import { type NodeId, noRound } from '../types.js';
import { type Core, clock, diskIsStalled } from './core.js';
import type { Probe } from './messages.js';
import { askAgain, type Electing, type ElectionRules, grantRefused, retryPreVotes, stand } from './pre-vote.js';
import { failForwarded } from './reads.js';
import type { Follower } from './roles.js';
import { briefTrust, drawTimeout, leaderSeemsAlive, PATIENCE_MS, resume, staggered, type Trusting } from './trust.js';

type Ticking<Asked extends Probe> = Electing<Asked> & Pick<Core, 'storeSequence' | 'storedSequence' | 'diskAnsweredAt'>;

/** Of a replica that does not lead. */
export function tickFollower<Asked extends Probe, State extends Ticking<Asked>>(
  state: State,
  rules: ElectionRules<State, Asked>,
): void {
  if (state.refused.size > 0 && !leaderSeemsAlive(state)) grantRefused(state, rules);
  if (!state.isVoter) return;
  // Without a disk its vote would never count.
  if (clock(state) >= state.electionAt) return diskIsStalled(state) ? waitOn(state) : stand(state, rules);
  if (state.role.kind === 'pre-candidate') retryPreVotes(state, state.role, rules);
}

/** Of a replica that does not lead: when its tick has something to do. */
export function followerDueAt({ role, refused, isVoter, electionAt, leaderAliveUntil }: Core): Millis {
  const standsAt = isVoter ? electionAt : Number.POSITIVE_INFINITY;
  const grantsAt = refused.size > 0 ? leaderAliveUntil : Number.POSITIVE_INFINITY;
  const asksAt = role.kind === 'pre-candidate' && role.retriesLeft > 0 ? role.retryAt : Number.POSITIVE_INFINITY;
  return Math.min(standsAt, grantsAt, asksAt);
}

/** Nobody can lead yet whom that would disturb. */
export function onCampaign<Asked extends Probe, State extends Electing<Asked>>(
  state: State,
  rules: ElectionRules<State, Asked>,
): void {
  if (state.isVoter && state.role.kind === 'follower' && state.round === noRound) rules.campaign(state, 'time-out');
}

export function onPeerLost<Asked extends Probe, State extends Electing<Asked>>(
  state: State,
  peer: NodeId,
  rules: ElectionRules<State, Asked>,
): void {
  const { role } = state;
  if (role.kind === 'pre-candidate' && role.doubted === peer) {
    role.doubted = undefined;
    return failForwarded(state);
  }
  if (!trusts(role, state, peer)) return;
  failForwarded(state);
  role.leader = undefined;
  replaceSoon(state, peer, rules);
}

/** Followed all the same until another is elected: the suspicion may be wrong, and its answers may be under way. */
export function onPeerSuspected<Asked extends Probe, State extends Electing<Asked>>(
  state: State,
  peer: NodeId,
  rules: ElectionRules<State, Asked>,
): void {
  if (trusts(state.role, state, peer)) replaceSoon(state, peer, rules);
}

/** The suspected leader gave a sign of life. It is trusted as at any other, for it is suspected again should it be the last. */
export function onPeerTrusted(state: Trusting, peer: NodeId): void {
  if (state.suspected === peer) resume(state, peer, state.electionTimeout);
}

/** The link to a suspected leader is back: it gets a moment to show that it still leads. */
export function onPeerConnected<Asked extends Probe, State extends Electing<Asked>>(
  state: State,
  peer: NodeId,
  rules: ElectionRules<State, Asked>,
): void {
  if (state.round === noRound) return standSoon(state);
  if (state.suspected !== peer || resume(state, peer, briefTrust(state)) === 'not-the-leader') askAgain(state, peer, rules);
}

const trusts = (role: Core['role'], { vote }: Trusting, peer: NodeId): role is Follower =>
  (role.kind === 'follower' || role.kind === 'learner') && (role.leader ?? vote) === peer;

/** As far as it depends on this replica: it supports whoever asked before, and stands when its turn comes. */
function replaceSoon<Asked extends Probe, State extends Electing<Asked>>(
  state: State,
  peer: NodeId,
  rules: ElectionRules<State, Asked>,
): void {
  state.suspected = peer;
  state.leaderAliveUntil = Number.NEGATIVE_INFINITY;
  if (!state.isVoter) return;
  const supports = grantRefused(state, rules);
  const rank = state.voters.filter((id) => id !== peer).indexOf(state.self);
  const wait: Millis = rank === 0 ? 0 : staggered(state, rank);
  if (supports === 'none' && wait === 0) return stand(state, rules);
  state.electionAt = clock(state) + (supports === 'none' ? wait : Math.max(wait, PATIENCE_MS));
}

function waitOn(state: Trusting): void {
  state.electionAt = clock(state) + drawTimeout(state);
}

/** A group that was never led has nobody to wait for: as its first links come up, its voters stand in turn. */
function standSoon(state: Trusting & Pick<Core, 'self'>): void {
  if (!state.isVoter || state.role.kind !== 'follower') return;
  state.electionAt = Math.min(state.electionAt, clock(state) + staggered(state, 1 + state.voters.indexOf(state.self)));
}
