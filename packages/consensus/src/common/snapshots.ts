// Followers that need what is gone from the leader's log (Raft's chapter 5, Zab's SNAP). A protocol only offers and confirms: the
// bytes are moved by the hosts. An offer is repeated at a bounded rate for as long as the follower has not passed the gap, so
// that neither a lost message nor a failed transfer leaves it behind for ever.
import { assert } from '@reknit/base';
import { following, higher } from '../arithmetic.js';
import type { Progress } from '../progress.js';
import type { SnapshotOffer } from '../replica.js';
import type { Index, Round } from '../types.js';
import { type Core, clock } from './core.js';

/** Offers lie this many heartbeats apart. */
const OFFER_HEARTBEATS = 3;

export type Offering = Pick<Core, 'log' | 'now' | 'heartbeatInterval' | 'outbox' | 'round'>;
type Installing = Pick<Core, 'installing' | 'log' | 'role' | 'stopSign' | 'delivered'>;

/** Leader: what `progress` needs next lies at or below the log's base. */
export function offerSnapshot(state: Offering, progress: Progress): void {
  const { index, round: indexRound } = state.log.base;
  progress.awaitSnapshot(index, clock(state) + OFFER_HEARTBEATS * state.heartbeatInterval);
  state.outbox.send(progress.id, { kind: 'offer-snapshot', round: state.round, index, indexRound });
}

export const mayOffer = (state: Pick<Core, 'now'>, { flow, reachable }: Progress): boolean =>
  flow.kind === 'snapshot' && reachable && flow.repeatAt <= clock(state);

/** Leader: whichever way the follower came past the gap, the log takes over again. */
export function passGap(state: Pick<Core, 'log'>, progress: Progress): void {
  if (progress.flow.kind === 'snapshot' && progress.match >= state.log.base.index) progress.probeFrom(following(progress.match));
}

export function beginInstall(state: Installing, offer: SnapshotOffer): void {
  assert(state.installing === undefined, 'one snapshot at a time', () => state.installing);
  state.installing = { offer, announced: false };
}

/** What the host is to fetch; told once. */
export function takeInstall(state: Installing): SnapshotOffer | undefined {
  if (state.installing === undefined || state.installing.announced) return undefined;
  state.installing.announced = true;
  return state.installing.offer;
}

/** The snapshot is loaded, and the base stands at its end. What the protocol knows of its log begins there, or lies beyond. */
export function finishInstall(state: Installing, index: Index, round: Round): void {
  state.installing = undefined;
  if (index > state.log.contiguous) {
    assert(state.role.kind !== 'leader', 'a leader’s log reaches beyond every snapshot', () => ({ index, last: state.log.last }));
    state.log.replaceBySnapshot(index);
    if (state.stopSign !== undefined && state.stopSign <= index) state.stopSign = undefined;
  }
  assert(state.log.roundAt(index) === round, 'the log goes on where the snapshot ends', () => ({ index, round }));
  state.delivered = higher(state.delivered, index);
}

/** The leader's next offer begins anew. */
export function onInstallFailed(state: Installing, index: Index): void {
  if (state.installing?.offer.index === index) state.installing = undefined;
}
