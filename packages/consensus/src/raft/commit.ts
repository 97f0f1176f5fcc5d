// When an entry is decided (section 3.6.2): a majority holds it durably, and it is of the leader's own round, or precedes
// one that is. Entries of older rounds are never decided by counting their copies: figure 3.7 shows them overwritten.
import { assert } from '@reknit/base';
import { following } from '../arithmetic.js';
import { reachedByMajority } from '../quorum.js';
import type { Entry, Index } from '../types.js';
import { advanceCommit, type Leader, type RaftState } from './state.js';

/** Handed to the state machine in one turn; the rest follows in the next turns, so that a long log is no long stall. */
const DELIVERY_BYTES_MAX = 16 << 20;

const NONE: readonly Entry[] = [];

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

export const isStopped = (state: RaftState): boolean => state.stopSign !== undefined && state.stopSign <= state.commit;

/** What the state machine is to apply next, in order, each index once. */
export function takeDecided(state: RaftState): readonly Entry[] {
  if (state.delivered >= state.commit) return NONE;
  const first = following(state.delivered);
  const entries = state.log.read(first, state.commit, DELIVERY_BYTES_MAX);
  assert(entries.length > 0, 'what is decided can be read', () => ({ first, commit: state.commit }));
  assert(entries[0]!.index === first, 'entries are delivered in order', () => ({ first, got: entries[0]!.index }));
  state.delivered = entries.at(-1)!.index;
  state.log.release(state.delivered);
  return entries;
}

function durableAtVoters(state: RaftState, leader: Leader): Index[] {
  return state.voters.map((voter) => (voter === state.self ? state.log.stored : leader.progress.get(voter)!.match));
}

function forgetDecided(state: RaftState, { undecided }: Leader): void {
  const { batches } = undecided;
  let decided = 0;
  while (decided < batches.length && batches[decided]!.last <= state.commit) undecided.total -= batches[decided++]!.bytes;
  if (decided > 0) batches.splice(0, decided);
}
