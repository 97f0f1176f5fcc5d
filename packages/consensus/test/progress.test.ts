import { describe, expect, it } from 'vitest';
import type { Index, NodeId } from '../src/index.js';
import { Progress } from '../src/progress.js';
import { majorityOf, reachedByMajority } from '../src/quorum.js';

const at = (index: number): Index => index as Index;
const follower = (next: number): Progress => new Progress('n2' as NodeId, at(next), 0);

describe('flow control towards one follower', () => {
  it('sends one message while the end of its log is a guess', () => {
    const progress = follower(5);
    expect(progress.mayCarryEntries(2)).toBe(true);
    progress.sentEntries(at(6));
    expect(progress.mayCarryEntries(2)).toBe(false);
  });

  it('pipelines once the guess is confirmed, and counts the probe as under way', () => {
    const progress = follower(5);
    progress.sentEntries(at(6));
    progress.accepted(at(4));
    expect(progress).toMatchObject({ next: 7, inFlight: 1 });
    progress.sentEntries(at(8));
    expect(progress.mayCarryEntries(2)).toBe(false);
    progress.accepted(at(6));
    expect(progress.mayCarryEntries(2)).toBe(true);
  });

  it('takes an old answer for what it is', () => {
    const progress = follower(5);
    progress.accepted(at(9));
    progress.accepted(at(3));
    expect(progress).toMatchObject({ match: 9, next: 10 });
  });

  it('never goes back behind what was acknowledged', () => {
    const progress = follower(5);
    progress.accepted(at(9));
    progress.probeFrom(at(2));
    expect(progress.next).toBe(10);
  });

  it('sends no entries to whom no link leads', () => {
    const progress = follower(5);
    progress.reachable = false;
    expect(progress.mayCarryEntries(2)).toBe(false);
  });
});

describe('majorities', () => {
  it('two of them always share a voter', () => {
    for (let voters = 1; voters < 12; voters++) expect(2 * majorityOf(voters)).toBeGreaterThan(voters);
  });

  it('what a majority has reached is what the slowest of its fastest members has', () => {
    expect(reachedByMajority([7])).toBe(7);
    expect(reachedByMajority([3, 9])).toBe(3);
    expect(reachedByMajority([1, 9, 5])).toBe(5);
    expect(reachedByMajority([1, 9, 5, 7, 10])).toBe(7);
    expect(reachedByMajority([100, 99])).toBe(99);
  });
});
