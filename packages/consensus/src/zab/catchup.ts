// SNAP, the follower's side: what it needs is gone from the leader's log. NEWLEADER follows only once an ACK shows that the
// snapshot is durable here (ZOOKEEPER-3104 sent it before).
import { higher } from '../arithmetic.js';
import { advanceCommit } from '../shared/core.js';
import type { OfferSnapshot } from '../shared/messages.js';
import { truncateLog } from '../shared/own-log.js';
import { beginInstall, finishInstall } from '../shared/snapshots.js';
import type { Index, NodeId, Round } from '../types.js';
import { oweAnswer } from './following.js';
import type { ZabState } from './state.js';

/** The caller has recognised `from` as this epoch's leader. */
export function onSnapshotOffer(state: ZabState, from: NodeId, { index, indexRound }: OfferSnapshot): void {
  if (index <= state.commit || state.log.roundAt(index) === indexRound) return passOffer(state, index);
  if (state.installing !== undefined) return;
  // An own entry of another epoch at the snapshot's end proves that it and all after it were never decided. What lies
  // before may have been, and stays until the snapshot is here.
  if (state.log.last >= index) truncateLog(state, index);
  beginInstall(state, { from, index, round: indexRound });
}

export function onInstalled(state: ZabState, index: Index, round: Round): void {
  finishInstall(state, index, round);
  passOffer(state, index);
}

/** The own log agrees with any leader's up to here: it is decided. */
function passOffer(state: ZabState, index: Index): void {
  state.verified = higher(state.verified, index);
  advanceCommit(state, index);
  oweAnswer(state, state.answeredSequence);
}
