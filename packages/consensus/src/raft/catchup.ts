// The follower's side of a snapshot (chapter 5): what the leader offers is past the gap already, or fetched. Its other side, and
// how often it offers, is the same in every protocol.
import { higher } from '../arithmetic.js';
import { advanceCommit } from '../shared/core.js';
import type { OfferSnapshot } from '../shared/messages.js';
import { truncateLog } from '../shared/own-log.js';
import { beginInstall, finishInstall } from '../shared/snapshots.js';
import type { Index, NodeId, Round } from '../types.js';
import type { RaftState } from './state.js';

/** The caller has recognised `from` as this round's leader. */
export function onSnapshotOffer(state: RaftState, from: NodeId, { index, indexRound }: OfferSnapshot): void {
  if (index <= state.commit || state.log.roundAt(index) === indexRound) return passOffer(state, index);
  if (state.installing !== undefined) return;
  // An own entry of another round at the snapshot's end proves that it and all after it were never decided. What lies
  // before may have been, and stays until the snapshot is here.
  if (state.log.last >= index) truncateLog(state, index);
  beginInstall(state, { from, index, round: indexRound });
}

export function onInstalled(state: RaftState, index: Index, round: Round): void {
  finishInstall(state, index, round);
  passOffer(state, index);
}

/** The own log agrees with any leader's up to here: it is decided. */
function passOffer(state: RaftState, index: Index): void {
  state.verified = higher(state.verified, index);
  advanceCommit(state, index);
  state.answerOwed = Math.max(state.answerOwed ?? 0, state.answeredSequence);
}
