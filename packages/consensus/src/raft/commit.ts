// When an entry is decided (section 3.6.2): a majority holds it durably, and it is of the leader's own round, or precedes
// one that is. Entries of older rounds are never decided by counting their copies: figure 3.7 shows them overwritten.
import { assert } from '@reknit/base';
import { forgetDecided } from '../common/admission.js';
import { advanceCommit } from '../common/core.js';
import { reachedByMajority } from '../quorum.js';
import type { Index } from '../types.js';
import type { Leader, RaftState } from './state.js';

/** After a new answer, or after the leader's own entries have become durable. */
export function commitByCounting(state: RaftState, leader: Leader): void {
  const reached = reachedByMajority(durableAtVoters(state, leader));
  if (reached <= state.commit || state.log.roundAt(reached) !== state.round) return;
  assert(reached >= leader.firstOwn, 'an own entry is not older than the leadership', () => ({
    reached,
    firstOwn: leader.firstOwn,
  }));
  advanceCommit(state, reached);
  forgetDecided(state, leader);
}

/** A leader serves reads, and shows itself as ready, only from here on: now it knows all that was ever decided. */
export const hasDecidedOwn = (state: RaftState, leader: Leader): boolean => state.commit >= leader.firstOwn;

function durableAtVoters(state: RaftState, leader: Leader): Index[] {
  return state.voters.map((voter) => (voter === state.self ? state.log.stored : leader.progress.get(voter)!.match));
}
