// Ends that nobody asked for, one after the other in the same way.
import type { Facts, PastExit } from '../../detect/facts.js';

/** The fifth end alike has survived four waits of growing length: it is not the moment that is wrong. */
export const LOOP_EXITS = 5;
/** With the default back-off, five starts that fail at once take about four seconds; slow starts fail slowly. */
export const LOOP_WITHIN_MS = 60_000;

/** The newest ends that are alike, one after the other, within the time. An end whose status nobody knows is like none. */
export function alikeEnds({ exits, at }: Pick<Facts, 'exits' | 'at'>): readonly PastExit[] {
  const newest = exits.at(-1)?.exit;
  if (newest === undefined) return [];
  const isLike = ({ exit, at: then }: PastExit): boolean =>
    exit?.code === newest.code && exit?.signal === newest.signal && at - then <= LOOP_WITHIN_MS;
  return exits.slice(exits.findLastIndex((exit) => !isLike(exit)) + 1);
}

export const endsAlike = (facts: Pick<Facts, 'exits' | 'at'>): number => alikeEnds(facts).length;
