import { describe, expect, it } from 'vitest';
import { createProtocolInvariants, type LogEntryEvent } from '../../src/index.js';

const at = (node: string, index: number, round: number, hash: number = index * 100 + round): LogEntryEvent => ({
  node,
  group: 'default',
  index,
  round,
  hash,
});
const log = (rounds: readonly number[], base = 0) => ({
  base: { index: base },
  roundAt: (index: number) => rounds[index - base - 1],
});

describe('the observer of Raft', () => {
  it('accepts an orderly run with a change of leader and a restart', () => {
    const raft = createProtocolInvariants();
    raft.onLeader({ node: 'a', group: 'default', term: 1, log: log([]) });
    for (const node of ['a', 'b']) {
      raft.onStored({ ...at(node, 1, 1), previousRound: 0 });
      raft.onCommitted(at(node, 1, 1));
      raft.onApplied(at(node, 1, 1));
    }
    raft.onLeader({ node: 'b', group: 'default', term: 2, log: log([1]) });
    raft.onStarted({ node: 'a', group: 'default', applied: 0 });
    raft.onCommitted(at('a', 1, 1));
    raft.onApplied(at('a', 1, 1));
    raft.onCommitted(at('a', 2, 2));
    raft.onApplied(at('a', 2, 2));
    expect(raft.violations).toEqual([]);
  });

  it('allows one leader a term, in each group', () => {
    const raft = createProtocolInvariants();
    raft.onLeader({ node: 'a', group: 'default', term: 3 });
    expect(raft.onLeader({ node: 'a', group: 'default', term: 3 })).toBeUndefined();
    expect(raft.onLeader({ node: 'b', group: '_system', term: 3 })).toBeUndefined();
    expect(raft.onLeader({ node: 'b', group: 'default', term: 3 })).toEqual({
      invariant: 'election safety',
      reason: 'default: both a and b lead in term 3',
    });
    expect(raft.violations).toHaveLength(1);
  });

  it('finds two entries of one index and round, and two histories before one', () => {
    const raft = createProtocolInvariants();
    raft.onStored({ ...at('a', 5, 2, 7), previousRound: 2 });
    expect(raft.onStored({ ...at('b', 5, 2, 8), previousRound: 2 })?.invariant).toBe('log matching');
    expect(raft.onStored({ ...at('b', 5, 2, 7), previousRound: 1 })?.reason).toMatch(/a follows round 2 and b follows 1/);
    expect(raft.onStored({ ...at('c', 5, 3, 9), previousRound: 1 })).toBeUndefined();
  });

  it('finds a history that contradicts one which was first stored without its predecessor', () => {
    const raft = createProtocolInvariants();
    raft.onStored({ ...at('a', 5, 2, 7), previousRound: undefined });
    raft.onStored({ ...at('b', 5, 2, 7), previousRound: 1 });
    expect(raft.onStored({ ...at('c', 5, 2, 7), previousRound: 2 })?.invariant).toBe('log matching');
  });

  it('finds a leader that lacks a decided entry, or has another in its place', () => {
    const raft = createProtocolInvariants();
    raft.onLeader({ node: 'a', group: 'default', term: 1 });
    raft.onCommitted(at('a', 1, 1));
    raft.onCommitted(at('a', 2, 1));
    const elect = (term: number, rounds: readonly number[], base = 0) =>
      raft.onLeader({ node: `n${term}`, group: 'default', term, log: log(rounds, base) });
    expect(elect(2, [1])?.reason).toMatch(/has nothing at index 2, where a knows round 1 decided/);
    expect(elect(3, [1, 2])?.reason).toMatch(/has an entry of round 2 at index 2/);
    expect(elect(4, [1, 1, 3])).toBeUndefined();
    expect(elect(5, [3], 2)).toBeUndefined();
  });

  it('asks of a leader only what earlier terms decided', () => {
    const raft = createProtocolInvariants();
    raft.onLeader({ node: 'a', group: 'default', term: 5 });
    raft.onCommitted(at('a', 1, 5));
    expect(raft.onLeader({ node: 'b', group: 'default', term: 4, log: log([]) })).toBeUndefined();
  });

  it('finds two entries decided at one index', () => {
    const raft = createProtocolInvariants();
    raft.onApplied(at('a', 1, 1, 11));
    expect(raft.onApplied(at('b', 1, 1, 12))?.reason).toBe(
      'default: at index 1 b applies entry 12 of round 1, a had entry 11 of round 1',
    );
    expect(raft.onCommitted(at('c', 1, 2, 11))?.invariant).toBe('state-machine safety');
  });

  it('finds gaps in what a node commits and repetitions in what it applies, within one life', () => {
    const raft = createProtocolInvariants();
    raft.onCommitted(at('a', 1, 1));
    expect(raft.onCommitted(at('a', 3, 1))?.invariant).toBe('commit order');
    raft.onApplied(at('a', 3, 1));
    expect(raft.onApplied(at('a', 3, 1))?.invariant).toBe('apply order');
    raft.onStarted({ node: 'a', group: 'default', applied: 2 });
    expect(raft.onCommitted(at('a', 3, 1))).toBeUndefined();
    expect(raft.onApplied(at('a', 3, 1))).toBeUndefined();
  });
});
