// Replicas that need what is gone from the others' logs. A follower is offered a snapshot by its leader, as in every protocol; a
// candidate, too, may meet voters that know more to be decided than they still have: it fetches that before it leads.
//
// Equal values at the snapshot's end prove nothing about the slots before it: only what is held counts as passed.
import { oweAnswer } from '../common/answering.js';
import { advanceCommit } from '../common/core.js';
import type { OfferSnapshot } from '../common/messages.js';
import { beginInstall, finishInstall } from '../common/snapshots.js';
import type { Index, NodeId, Round } from '../types.js';
import { holdThrough } from './following.js';
import { forgetStopSignsThrough } from './own-log.js';
import { askAnew } from './phase-one.js';
import type { PaxosState } from './state.js';

/** The caller has recognised `from` as this ballot's leader. */
export function onSnapshotOffer(state: PaxosState, from: NodeId, { index, indexRound }: OfferSnapshot): void {
  if (index <= state.held) return passSnapshot(state, index);
  if (state.installing === undefined) beginInstall(state, { from, index, round: indexRound });
}

export function onInstalled(state: PaxosState, index: Index, round: Round): void {
  state.log.replaceBySnapshot(index);
  forgetStopSignsThrough(state, index);
  finishInstall(state, index, round);
  passSnapshot(state, index);
  askAnew(state);
}

/** All of it is decided. */
function passSnapshot(state: PaxosState, index: Index): void {
  holdThrough(state, index);
  advanceCommit(state, index);
  oweAnswer(state);
}
