// When history is decided: the initial one once a majority has acknowledged NEWLEADER, a proposal once a majority that has done
// so holds it durably. No entry of the new epoch is needed for that, other than in Raft: whoever leads later has met one of that majority,
// and by its currentEpoch takes no shorter history.
import { assert } from '@reknit/base';
import { forgetDecided } from '../common/admission.js';
import { advanceCommit } from '../common/core.js';
import { reachedByMajority } from '../quorum.js';
import { type Index, type NodeId, noIndex, noRound } from '../types.js';
import type { Leader, ZabState } from './state.js';

/** After a new answer, or after something of the leader's own has become durable. */
export function commitByCounting(state: ZabState, leader: Leader): void {
  if (leader.phase === 'synchronization') {
    const synchronized = state.voters.filter((voter) => hasSynchronized(state, leader, voter));
    if (synchronized.length < state.majority) return;
    leader.phase = 'broadcast';
  }
  const reached = reachedByMajority(state.voters.map((voter) => durableAt(state, leader, voter)));
  // A voter whose disk has lost it counts no more.
  if (reached < leader.historyEnd && someDistrusted(leader)) return;
  assert(reached >= leader.historyEnd, 'NEWLEADER is acknowledged with the whole history', () => ({
    reached,
    historyEnd: leader.historyEnd,
  }));
  advanceCommit(state, reached);
  forgetDecided(state, leader);
}

const someDistrusted = ({ progress }: Leader): boolean => [...progress.values()].some(({ trusted }) => !trusted);

/**
 * A leader serves reads, and shows itself as ready, only from here on: it knows all that was ever decided. In a configuration
 * in which nothing was decided yet, it waits for its first entry.
 */
export const isReady = ({ log, commit }: ZabState, leader: Leader): boolean =>
  leader.phase === 'broadcast' && log.roundAt(commit) !== noRound;

function hasSynchronized({ self, round, promises }: ZabState, { sessions }: Leader, voter: NodeId): boolean {
  return voter === self ? promises.durable.history === round : sessions.get(voter)?.acknowledged === true;
}

/** Whose currentEpoch is older may hold the same entries, and yet follow a leader who never knew of them. */
function durableAt(state: ZabState, leader: Leader, voter: NodeId): Index {
  if (!hasSynchronized(state, leader, voter)) return noIndex;
  return voter === state.self ? state.log.stored : leader.progress.get(voter)!.match;
}
