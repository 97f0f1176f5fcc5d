// Followers that need what is gone from the leader's log (chapter 5). Raft only offers and confirms: the bytes are moved by
// the hosts. An offer is repeated at a bounded rate for as long as the follower has not passed the gap, so that neither a lost
// message nor a failed transfer leaves it behind for ever.
import { assert } from '@reknit/base';
import { following, higher } from '../arithmetic.js';
import type { Progress } from '../progress.js';
import type { SnapshotOffer } from '../replica.js';
import type { Index, NodeId, Round } from '../types.js';
import type { OfferSnapshot } from './messages.js';
import { truncateLog } from './own-log.js';
import { advanceCommit, clock, type RaftState } from './state.js';

/** Offers lie this many heartbeats apart. */
const OFFER_HEARTBEATS = 3;

/** Leader: what `progress` needs next lies at or below the log's base. */
export function offerSnapshot(state: RaftState, progress: Progress): void {
  const { index, round: indexRound } = state.log.base;
  progress.awaitSnapshot(index, clock(state) + OFFER_HEARTBEATS * state.heartbeatInterval);
  state.outbox.send(progress.id, { kind: 'offer-snapshot', round: state.round, index, indexRound });
}

export const mayOffer = (state: RaftState, { flow, reachable }: Progress): boolean =>
  flow.kind === 'snapshot' && reachable && flow.repeatAt <= clock(state);

/** Leader: whichever way the follower came past the gap, the log takes over again. */
export function passGap(state: RaftState, progress: Progress): void {
  if (progress.flow.kind === 'snapshot' && progress.match >= state.log.base.index) progress.probeFrom(following(progress.match));
}

/** Follower: the caller has recognised `from` as this round's leader. */
export function onSnapshotOffer(state: RaftState, from: NodeId, { index, indexRound }: OfferSnapshot): void {
  if (index <= state.commit || state.log.roundAt(index) === indexRound) return passOffer(state, index);
  if (state.installing !== undefined) return;
  // An own entry of another round at the snapshot's end proves that it and all after it were never decided. What lies
  // before may have been, and stays until the snapshot is here.
  if (state.log.last >= index) truncateLog(state, index);
  state.installing = { offer: { from, index, round: indexRound }, announced: false };
}

/** What the host is to fetch; told once. */
export function takeInstall(state: RaftState): SnapshotOffer | undefined {
  if (state.installing === undefined || state.installing.announced) return undefined;
  state.installing.announced = true;
  return state.installing.offer;
}

export function onInstalled(state: RaftState, index: Index, round: Round): void {
  state.installing = undefined;
  if (index > state.log.last) {
    assert(state.role.kind !== 'leader', 'a leader’s log reaches beyond every snapshot', () => ({ index, last: state.log.last }));
    state.log.replaceBySnapshot(index);
    state.stopSign = undefined;
  }
  assert(state.log.roundAt(index) === round, 'the log goes on where the snapshot ends', () => ({ index, round }));
  state.delivered = higher(state.delivered, index);
  passOffer(state, index);
}

/** The leader's next offer begins anew. */
export function onInstallFailed(state: RaftState, index: Index): void {
  if (state.installing?.offer.index === index) state.installing = undefined;
}

/** The own log agrees with any leader's up to here: it is decided. */
function passOffer(state: RaftState, index: Index): void {
  state.verified = higher(state.verified, index);
  advanceCommit(state, index);
  state.answerOwed = Math.max(state.answerOwed ?? 0, state.answeredSequence);
}
