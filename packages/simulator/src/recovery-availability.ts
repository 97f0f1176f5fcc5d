// What the times of recovery make of availability: a group of members that fail and are repaired is a Markov chain over how many are
// down, a birth-death process (Trivedi, "Probability and Statistics with Reliability, Queuing, and Computer Science Applications",
// chapter 8). The group serves while a majority is up, but for a short outage each time that its leader fails.
//
// Surprising: only the mean time to repair matters to members that are repaired independently, not how it is spread. So a few
// faults that wait for a human can outweigh all that heal in a second.
import { assert } from '@reknit/base';
import { faultTolerance } from './quorum-availability.js';

export interface RecoveryTimes {
  readonly members: number;
  /** Mean time from one fault of a member to its next, in milliseconds, like all times here. */
  readonly mttf: number;
  /** Mean time from a fault until the member is back and has caught up. */
  readonly mttr: number;
  /** Mean time from a fault of the leader until clients are served again; 0: nobody notices. */
  readonly mttm: number;
  /** The share of faults that is rightly seen and healed without a human. Default 1. */
  readonly coverage?: number;
  /** Mean time until a human has healed one of the others. Default: as `mttr`. */
  readonly mttrByHuman?: number;
  /** How many members may be under repair at once: the brakes of an engine. Default: all. */
  readonly repairsAtOnce?: number;
}

export interface Availability {
  /** The share of time in which clients are served. */
  readonly share: number;
  /** Of time without a majority. */
  readonly withoutMajority: number;
  /** Of time in which a majority elects. */
  readonly electing: number;
  /** The share of time in which the next fault would leave a majority. */
  readonly bearsAnother: number;
}

export function availabilityOf(times: RecoveryTimes): Availability {
  const { members, mttf, mttm, coverage = 1, mttrByHuman = times.mttr, repairsAtOnce = members } = times;
  assert(mttf > 0, 'members live for some time', () => times);
  assert(coverage >= 0 && coverage <= 1, 'a share is between 0 and 1', () => times);
  assert(repairsAtOnce >= 1, 'somebody repairs', () => times);
  const mttr = coverage * times.mttr + (1 - coverage) * mttrByHuman;
  const down = downDistribution({ members, repairsAtOnce, load: mttr / mttf });
  const tolerated = faultTolerance(members);
  const withMajority = sumOf(down.slice(0, tolerated + 1));
  const bearsAnother = sumOf(down.slice(0, tolerated));
  // The leader fails as often as each member; where that costs the majority, there is nobody left to elect.
  const electing = bearsAnother * Math.min(1, mttm / mttf);
  return { share: withMajority - electing, withoutMajority: 1 - withMajority, electing, bearsAnother };
}

/**
 * The long-run probabilities of 0 … n members down. From k down, n − k may fail, and at most so many are being repaired: balance
 * between k and k + 1 gives p(k + 1) / p(k) = (n − k) · λ / (min(k + 1, repairsAtOnce) · μ).
 * @param load λ/μ: mean time to repair over mean time between faults
 */
function downDistribution({ members, repairsAtOnce, load }: Chain): readonly number[] {
  const weights = [1];
  for (let down = 0; down < members; down++)
    weights.push((weights[down]! * (members - down) * load) / Math.min(down + 1, repairsAtOnce));
  const total = sumOf(weights);
  return weights.map((weight) => weight / total);
}

interface Chain {
  readonly members: number;
  readonly repairsAtOnce: number;
  readonly load: number;
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
