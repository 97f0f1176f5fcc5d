// Where two logs part, found in one exchange. (index, epoch) names an entry for ever and all that precedes it, so that the ends
// of a log's epochs tell the whole log.
import { higher, lower, preceding } from '../arithmetic.js';
import type { LogTail } from '../log-tail.js';
import type { Index } from '../types.js';
import type { LogEnd } from './messages.js';

/** Each is an epoch that began and ended while nothing was decided here; older ones are found by comparing entries. */
const ENDS_MAX = 16;

/** Where the entries of each epoch above `commit` end, newest first; the first is the end of the log. */
export function logEnds(log: LogTail, commit: Index): readonly LogEnd[] {
  const ends: LogEnd[] = [{ round: log.lastRound, index: log.last }];
  for (let index = log.last; index > commit && ends.length < ENDS_MAX; index = preceding(index)) {
    const round = log.roundAt(preceding(index));
    if (round === undefined) break;
    if (round !== ends.at(-1)!.round) ends.push({ round, index: preceding(index) });
  }
  return ends;
}

/** The last entry that both logs are known to share, at or above what is decided. */
export function lastShared(log: LogTail, commit: Index, ends: readonly LogEnd[]): Index {
  let index = log.last;
  for (const end of ends) {
    index = lower(index, end.index);
    while (index > log.base.index && log.roundAt(index)! > end.round) index = preceding(index);
    if (index < log.base.index) break;
    if (log.roundAt(index) === end.round) return higher(index, commit);
  }
  return commit;
}
