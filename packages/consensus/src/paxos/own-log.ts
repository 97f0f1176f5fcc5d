// Changes of the replica's own slots, and the first stop-sign in them. Unlike in a contiguous log, a stop-sign may be replaced
// here, and what was accepted above it at other ballots stays: should it be decided all the same, it is void, for the
// configuration ended before it. Only what a leader proposes itself obeys the rule that no-ops alone follow a stop-sign.
import { assert } from '@reknit/base';
import { following } from '../arithmetic.js';
import type { Entry, EntryKind, Index } from '../types.js';
import type { SlotPage } from './slots.js';
import type { PaxosState } from './state.js';

type Filling = Pick<PaxosState, 'log' | 'commit' | 'stopSign'>;

/** @param slot accepted at the ballot that it names */
export function fillSlot(state: Filling, slot: Entry): void {
  assert(slot.index > state.commit, 'nothing decided is replaced', () => ({ index: slot.index, commit: state.commit }));
  state.log.fill(slot);
  if (state.stopSign === slot.index && slot.kind !== 'stop-sign') forgetStopSignsThrough(state, slot.index);
  noteStopSign(state, slot);
}

/** A leader's own, at its ballot; acceptors get them at the end of the turn. */
export function appendOwn(state: Filling & Pick<PaxosState, 'round'>, payloads: readonly Uint8Array[], kind: EntryKind): void {
  const { round, log } = state;
  let index = log.last;
  for (const payload of payloads) {
    index = following(index);
    fillSlot(state, { index, round, ballot: round, kind, payload });
  }
}

export function noteStopSign(state: Filling, { kind, index }: Entry): void {
  if (kind === 'stop-sign' && (state.stopSign === undefined || index < state.stopSign)) state.stopSign = index;
}

/** What holds no stop-sign any more, or lies under a snapshot. */
export function forgetStopSignsThrough(state: Filling, index: Index): void {
  if (state.stopSign === undefined || state.stopSign > index) return;
  state.stopSign = undefined;
  // Beyond what cannot be read, too.
  for (let after: Index | undefined = index; after !== undefined && state.stopSign === undefined; ) {
    const { slots, unreadable }: SlotPage = state.log.readAbove(after, Number.POSITIVE_INFINITY);
    state.stopSign = slots.find(({ kind }) => kind === 'stop-sign')?.index;
    after = unreadable;
  }
}
