// What a leader sends at the end of a turn, and when: what all protocols decide alike.
import { preceding } from '../arithmetic.js';
import type { Progress } from '../progress.js';
import type { LogReader } from '../replica.js';
import type { Entry, Index } from '../types.js';
import type { Core } from './core.js';
import { type Barriers, beginBarrier } from './reads.js';
import type { Leading } from './roles.js';
import { mayOffer, type Offering, offerSnapshot } from './snapshots.js';

/** 'heartbeat': everyone gets a message, with a new sequence. 'news': whoever there is something new for. */
export type Occasion = 'heartbeat' | 'news';

/** @param readiness whether this leader knows all that was ever decided */
export function occasionOf(state: Barriers, leader: Leading, readiness: 'ready' | 'not-ready'): Occasion {
  const barrier = beginBarrier(state, leader, readiness);
  if (barrier === 'none' && leader.heartbeatDue) state.sequence++;
  const occasion = barrier === 'begun' || leader.heartbeatDue ? 'heartbeat' : 'news';
  leader.heartbeatDue = false;
  return occasion;
}

/** Nothing, and noted, where the next entry is there and cannot be read: never is it left out, nor taken for missing. */
export function readNext(
  { log, limits }: Pick<Core, 'limits'> & { readonly log: Pick<LogReader, 'read'> },
  leader: Leading,
  { next }: Progress,
  through: Index,
): readonly Entry[] {
  const entries = log.read(next, through, limits.messageBytesMax);
  if (entries.length === 0) leader.unreadable = true;
  return entries;
}

/**
 * News of a decision rides on the next entries. Alone it leaves only once nothing is under way to this follower, or all is
 * decided: so that under load it costs no message of its own, and at rest no follower waits for it.
 */
export function announces({ commit, log }: Pick<Core, 'commit' | 'log'>, { flow, announced }: Progress): boolean {
  const idle = flow.kind === 'replicate' && (flow.inFlight.length === 0 || commit === log.last);
  return idle && announced < commit;
}

/** Also with its window full: were all of that lost, no heartbeat could show the gap, for the place before it is gone. */
export function offerWhatIsGone(state: Offering, progress: Progress): void {
  const gone = progress.reachable && progress.flow.kind !== 'snapshot' && preceding(progress.next) < state.log.base.index;
  if (gone || mayOffer(state, progress)) offerSnapshot(state, progress);
}
