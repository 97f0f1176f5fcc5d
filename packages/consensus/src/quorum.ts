// Majorities of a fixed set of voters. Learners never come here.
import { assert } from '@reknit/base';

/** The smallest number of voters of which any two groups share one. */
export const majorityOf = (voters: number): number => Math.floor(voters / 2) + 1;

/**
 * The highest value that a majority has reached: of n values sorted downwards, the one at the majority's place.
 * Sorts `values` in place: the caller's scratch array, refilled for each question.
 */
export function reachedByMajority<Value extends number>(values: Value[]): Value {
  assert(values.length > 0, 'a quorum has voters');
  values.sort(descending);
  return values[majorityOf(values.length) - 1]!;
}

const descending = (left: number, right: number): number => right - left;
