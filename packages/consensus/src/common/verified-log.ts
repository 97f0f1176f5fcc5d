// A follower's log where it must become its leader's, without holes (Raft, Zab): up to `verified` it is known to be. What comes from
// the leader is compared entry by entry, so that only what contradicts it is cut: what both share may be decided, and this
// copy among those that decided it.
import { assert } from '@reknit/base';
import type { LogTail } from '../log-tail.js';
import type { Entry, Index, Round } from '../types.js';
import { forgetAnswers, type Owing } from './answering.js';
import type { Core } from './core.js';
import { appendToLog, truncateLog } from './own-log.js';

export type Verifying = Owing &
  Pick<Core, 'commit' | 'round' | 'stopSign' | 'installing' | 'role' | 'delivered'> & {
    readonly log: LogTail;
    /** The log equals that of this round's leader up to here. */
    verified: Index;
  };

/** What is decided, or was verified in this round, needs no comparison (and may be gone from the log). */
export const agreesAt = ({ commit, verified, log }: Verifying, index: Index, round: Round): boolean =>
  index <= commit || index <= verified || log.roundAt(index) === round;

/** The first entry follows one that both logs share. @returns whether something had to give way */
export function adopt(state: Verifying, entries: readonly Entry[]): 'added' | 'cut' {
  let at = 0;
  while (at < entries.length && isPresent(state, entries[at]!)) at++;
  if (at === entries.length) return 'added';
  const first = entries[at]!.index;
  const outcome = first <= state.log.last ? 'cut' : 'added';
  if (outcome === 'cut') cutFrom(state, first);
  appendToLog(state, at === 0 ? entries : entries.slice(at));
  return outcome;
}

export function cutFrom(state: Verifying, from: Index): void {
  assert(from > state.verified, 'a leader never contradicts itself', () => ({
    from,
    verified: state.verified,
    round: state.round,
  }));
  truncateLog(state, from);
}

/** Of another round. */
export function nothingVerifiedBeyondCommit(state: Verifying): void {
  state.verified = state.commit;
  forgetAnswers(state);
}

function isPresent({ log, commit }: Verifying, { index, round }: Entry): boolean {
  const own = log.roundAt(index);
  if (index > commit) return own === round;
  assert(own === undefined || own === round, 'what is decided is never contradicted', () => ({ index, round, own }));
  return true;
}
