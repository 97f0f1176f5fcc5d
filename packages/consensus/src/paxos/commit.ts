// When a slot is decided: a majority has durably accepted it at one ballot, the leader's ("Paxos Made Simple", section 2.3). The leader
// has proposed all slots above its commit index anew at its ballot, so that counting is enough, and it counts itself only
// for what its own disk has. Slots may be accepted in any order; they are decided, for those who wait, from the first hole on.
import { following } from '../arithmetic.js';
import { forgetDecided } from '../common/admission.js';
import { advanceCommit } from '../common/core.js';
import { reachedByMajority } from '../quorum.js';
import { type Index, type NodeId, noIndex } from '../types.js';
import { rangeEnd } from './ranges.js';
import type { Leader, PaxosState } from './state.js';

/** After a new answer, or after the leader's own slots have become durable. */
export function commitByCounting(state: PaxosState, leader: Leader): void {
  const before = state.commit;
  let decided = before;
  for (;;) {
    const next = following(decided);
    const reached = reachedByMajority(state.voters.map((voter) => heldFrom(state, leader, voter, next)));
    if (reached < next) break;
    decided = reached;
    // Beyond it some may hold more, parted by holes.
    if (leader.beyond.size === 0) break;
  }
  if (decided === before) return;
  advanceCommit(state, decided);
  forgetDecided(state, leader);
}

/** A leader serves reads, and shows itself as ready, only from here on: now it knows all that was ever decided. */
export const hasDecidedRecovered = (state: PaxosState, leader: Leader): boolean => state.commit >= leader.recovered;

/** From `first` on, the end of what a voter holds durably without a hole; nothing when it lacks `first`. */
function heldFrom({ self, log }: PaxosState, leader: Leader, voter: NodeId, first: Index): Index {
  const match = voter === self ? log.stored : leader.progress.get(voter)!.match;
  if (match >= first || leader.beyond.size === 0) return match;
  return rangeEnd(leader.beyond.get(voter) ?? [], first) ?? noIndex;
}
