// The arithmetic of majorities: how many members must answer, how many may fail, how often enough of them are up.
// Members are taken to fail independently, which real ones do not quite: see docs/concepts/quorum-and-availability.md.
import { assert } from '@reknit/base';

/** Members that form a majority: any two such sets share one. */
export function quorumSize(members: number): number {
  assertMembers(members);
  return Math.floor(members / 2) + 1;
}

/** Members that may fail while a majority remains: ⌊(n − 1) / 2⌋. */
export function faultTolerance(members: number): number {
  return members - quorumSize(members);
}

/**
 * The share of time in which a majority is up: Σ C(n, k) · aᵏ · (1 − a)ⁿ⁻ᵏ for k from the quorum to n.
 * @param memberAvailability of each member on its own, from 0 to 1; MTTF / (MTTF + MTTR)
 */
export function majorityAvailability(members: number, memberAvailability: number): number {
  assert(memberAvailability >= 0, 'an availability is not negative', () => ({ memberAvailability }));
  assert(memberAvailability <= 1, 'an availability is at most 1', () => ({ memberAvailability }));
  let sum = 0;
  for (let up = quorumSize(members); up <= members; up++) {
    sum += choose(members, up) * memberAvailability ** up * (1 - memberAvailability) ** (members - up);
  }
  return sum;
}

function choose(from: number, count: number): number {
  let ways = 1;
  for (let taken = 1; taken <= count; taken++) ways = (ways * (from - count + taken)) / taken;
  return ways;
}

function assertMembers(members: number): void {
  assert(Number.isSafeInteger(members), 'members are counted in whole numbers', () => ({ members }));
  assert(members > 0, 'a group has a member', () => ({ members }));
}
