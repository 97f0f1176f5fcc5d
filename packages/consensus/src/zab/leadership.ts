// From discovery to leadership. The new leader's own history is the epoch's initial history: none of the majority that
// promised the epoch has one that is ahead of it, so that it holds all that was ever decided. Zab needs no entry of the new
// epoch to know that; only a configuration in which nothing was proposed yet begins with a no-op, since its first decision is
// what the members of the one before wait for.
import { assert, EMPTY_BYTES } from '@reknit/base';
import { beginLeading } from '../common/leadership.js';
import { appendOwn } from '../common/own-log.js';
import { noRound } from '../types.js';
import { FIRST_SESSION } from './elections.js';
import type { Candidate, Leader, ZabState } from './state.js';
import { beginSynchronization } from './synchronization.js';

export function lead(state: ZabState, candidate: Candidate): void {
  assert(state.leaderSeen === undefined, 'an epoch has one leader', () => ({ seen: state.leaderSeen, round: state.round }));
  assert(state.history < state.round, 'an epoch is begun once', () => ({ history: state.history, round: state.round }));
  state.leaderSeen = state.self;
  state.suspected = undefined;
  state.history = state.round;
  const leader: Leader = {
    ...beginLeading(state),
    phase: 'synchronization',
    historyEnd: state.log.last,
    sessions: new Map(),
    lastSession: FIRST_SESSION,
  };
  state.role = leader;
  if (state.log.lastRound === noRound) appendOwn(state, [EMPTY_BYTES], 'noop');
  for (const [voter, promise] of candidate.promises) beginSynchronization(state, leader, voter, promise);
}
