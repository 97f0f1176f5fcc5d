import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry, Index, Round } from '../../src/index.js';
import { LogTail } from '../../src/log-tail.js';
import { lastShared, logEnds } from '../../src/zab/own-log.js';
import { MemoryLog } from '../support/memory-log.js';

/** Rounds by index: each epoch's leader takes over a piece of an older history and adds to it, so that (index, round) tells all before. */
const histories: fc.Arbitrary<readonly (readonly number[])[]> = fc
  .array(fc.record({ of: fc.nat(), keep: fc.nat(), add: fc.nat(4) }), { minLength: 1, maxLength: 40 })
  .map((steps) => {
    const made: number[][] = [[]];
    for (const [at, { of, keep, add }] of steps.entries()) {
      const base = made[of % made.length]!;
      made.push([...base.slice(0, keep % (base.length + 1)), ...new Array<number>(add).fill(at + 1)]);
    }
    return made;
  });

function logOf(rounds: readonly number[], base: number): LogTail {
  const log = new MemoryLog();
  log.entries = rounds.map(
    (round, at): Entry => ({ index: (at + 1) as Index, round: round as Round, kind: 'normal', payload: new Uint8Array() }),
  );
  if (base > 0) log.compact(base as Index);
  return new LogTail(log);
}

function sharedOf(left: readonly number[], right: readonly number[]): number {
  let shared = 0;
  while (shared < left.length && shared < right.length && left[shared] === right[shared]) shared++;
  return shared;
}

const scene = fc.record({ made: histories, leader: fc.nat(), follower: fc.nat(), decided: fc.nat(), base: fc.nat() });

describe('where two histories part', () => {
  it('is told by the ends of their epochs, or lies at what is decided', () => {
    fc.assert(
      fc.property(scene, ({ made, leader, follower, decided, base }) => {
        const mine = made[leader % made.length]!;
        const theirs = made[follower % made.length]!;
        const shared = sharedOf(mine, theirs);
        const commit = (decided % (shared + 1)) as Index;
        const log = logOf(mine, base % (commit + 1));
        const ends = logEnds(logOf(theirs, 0), commit);
        const found = lastShared(log, commit, ends);
        if (ends.length < 16) expect(found).toBe(shared);
        else expect(found === shared || found === commit).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is nowhere in a log that begins behind it, so that a snapshot is needed', () => {
    const log = logOf([1, 1, 1, 1], 3);
    expect(lastShared(log, 0 as Index, logEnds(logOf([1], 0), 0 as Index))).toBeLessThan(3);
  });
});
