import { describe, expect, it } from 'vitest';
import { checkLeases } from '../../src/checkers/lease-safety.js';
import { LeaseLog } from '../../src/history/lease-log.js';

const ID = 7n;

interface Story {
  readonly renewals?: readonly (readonly [sent: number, received: number])[];
  readonly revokeAt?: number;
  readonly removedAt?: number;
  readonly seenGoneAt?: number;
  readonly remains?: boolean;
  readonly fastestClock?: number;
}

/** A lease of 1000 ms, asked for at 0. */
function broken({ renewals = [], revokeAt, removedAt, seenGoneAt, remains = false, fastestClock = 1 }: Story): readonly string[] {
  const log = new LeaseLog();
  log.granted(ID, 1000, { sent: 0, received: 5 });
  for (const [sent, received] of renewals) log.renewed(ID, { sent, received });
  if (revokeAt !== undefined) log.revoking(ID, revokeAt);
  if (seenGoneAt !== undefined) log.gone(ID, seenGoneAt, 'its key was absent');
  const removals = new Map(removedAt === undefined ? [] : [[ID, removedAt]]);
  return checkLeases(log.records, { removals, remaining: remains ? [ID] : [], fastestClock }).map(({ rule }) => rule);
}

describe('a lease', () => {
  it.each<[string, Story]>([
    ['lapses when nobody keeps it alive', { removedAt: 1000 }],
    ['is held from when a keep-alive was sent, not from when it was answered', { renewals: [[500, 900]], removedAt: 1501 }],
    ['may go early by as much as a clock is fast', { removedAt: 960, fastestClock: 1.05 }],
    ['goes at any time after somebody asked to revoke it', { revokeAt: 100, removedAt: 110, seenGoneAt: 120 }],
    ['may be acknowledged late, by an answer that took long', { renewals: [[500, 1600]], removedAt: 1500 }],
    ['is seen gone after it went', { removedAt: 1005, seenGoneAt: 1006 }],
  ])('%s', (_, story) => expect(broken(story)).toEqual([]));

  it.each<[string, string, Story]>([
    ['held', 'went before its time', { removedAt: 999 }],
    ['held', 'went although a keep-alive was acknowledged', { renewals: [[500, 510]], removedAt: 1200 }],
    ['held', 'went before somebody asked to revoke it', { removedAt: 100, revokeAt: 101 }],
    ['held', 'had lost its key', { removedAt: 1100, seenGoneAt: 900 }],
    ['held', 'went earlier than any clock allows', { removedAt: 940, fastestClock: 1.05 }],
    ['ended', 'was kept alive after its end', { renewals: [[1200, 1210]], removedAt: 1100 }],
    ['ended', 'was reported gone and never went', { seenGoneAt: 1200 }],
    ['lapsed', 'stays for ever', { remains: true }],
  ])('breaks "%s" when it %s', (rule, _, story) => expect(broken(story)).toEqual([rule]));
});
