// The follower's side of a snapshot where logs have no holes (Raft's chapter 5, Zab's SNAP): what the leader offers is past the gap
// already, or fetched. An answer shows that it is durable here, and only then does the log go on.
import { higher } from '../arithmetic.js';
import type { Index, NodeId, Round } from '../types.js';
import { oweAnswer } from './answering.js';
import { advanceCommit } from './core.js';
import type { OfferSnapshot } from './messages.js';
import { truncateLog } from './own-log.js';
import { beginInstall, finishInstall } from './snapshots.js';
import type { Verifying } from './verified-log.js';

/** The caller has recognised `from` as this round's leader. */
export function onSnapshotOffer(state: Verifying, from: NodeId, { index, indexRound }: OfferSnapshot): void {
  if (index <= state.commit || state.log.roundAt(index) === indexRound) return passOffer(state, index);
  if (state.installing !== undefined) return;
  // An own entry of another round at the snapshot's end proves that it and all after it were never decided. What lies
  // before may have been, and stays until the snapshot is here.
  if (state.log.last >= index) truncateLog(state, index);
  beginInstall(state, { from, index, round: indexRound });
}

export function onInstalled(state: Verifying, index: Index, round: Round): void {
  finishInstall(state, index, round);
  passOffer(state, index);
}

/** The own log agrees with any leader's up to here: it is decided. */
function passOffer(state: Verifying, index: Index): void {
  state.verified = higher(state.verified, index);
  advanceCommit(state, index);
  oweAnswer(state);
}
