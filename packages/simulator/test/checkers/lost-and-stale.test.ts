import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLostAndStale, type FinalRead, judgeHistory, type KnownState, type Operation } from '../../src/index.js';
import { randomExecution, seeded } from './random-histories.js';
import { absent, failed, get, type Line, put, read, remove, saw, script, unknown, wrote } from './scripts.js';

const atTheEnd = (state: ReturnType<typeof saw>, revision: number): ReadonlyMap<string, FinalRead> =>
  new Map([['x', { state: state as KnownState, revision }]]);

const twoWrites: readonly Line[] = [
  [1, [0, 1], put('a'), wrote(2)],
  [1, [2, 3], put('b'), wrote(3)],
];

function execute(seed: number): { readonly operations: readonly Operation[]; readonly final: Map<string, FinalRead> } {
  const execution = randomExecution({ next: seeded(seed), operations: 200, clients: 5, keys: 4, unknowns: 0.05, previous: true });
  const final = new Map<string, FinalRead>();
  for (const [key, state] of execution.final) final.set(key, { state: state as KnownState, revision: execution.revision });
  return { operations: execution.operations, final };
}

describe('nothing is called lost or stale', () => {
  it('in any execution of a single store', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { operations, final } = execute(seed);
        expect(judgeHistory(operations, final)).toMatchObject({
          clean: true,
          writes: { lost: 0, stale: 0, verdict: 'clean', unread: [] },
        });
      }),
      { numRuns: 50 },
    );
  });

  it('when a later write or deletion replaced it', () => {
    expect(checkLostAndStale(script(twoWrites), atTheEnd(saw('b', 3), 3)).verdict).toBe('clean');
    const deleted = script([...twoWrites, [1, [4, 5], remove(), wrote(4)]]);
    expect(checkLostAndStale(deleted, atTheEnd(absent, 4)).verdict).toBe('clean');
    const maybe = script([...twoWrites, [1, [4, undefined], remove(), unknown]]);
    expect(checkLostAndStale(maybe, atTheEnd(absent, 4)).verdict).toBe('clean');
  });
});

describe('an acknowledged write is lost', () => {
  it('when the final read shows the state before it', () => {
    const verdict = checkLostAndStale(script(twoWrites), atTheEnd(saw('a', 2), 3));
    expect(verdict).toMatchObject({ acknowledged: 2, lost: 1, stale: 0, verdict: 'violated' });
    expect(verdict.examples.lost[0]!.write.value).toBe('b');
    expect(verdict.examples.lost[0]!.reason).toMatch(/final read at revision 3 knows of no change after revision 2/);
  });

  it('when the key is gone and nobody deleted it, or its deletion is gone', () => {
    expect(checkLostAndStale(script(twoWrites), atTheEnd(absent, 3)).lost).toBe(2);
    const deleted = script([...twoWrites, [1, [4, 5], remove(), wrote(4)]]);
    expect(checkLostAndStale(deleted, atTheEnd(saw('b', 3), 5)).lost).toBe(1);
  });

  it('when its revision was given to another value', () => {
    expect(checkLostAndStale(script(twoWrites), atTheEnd(saw('other', 3), 3)).lost).toBe(1);
  });

  it('when a later write says that it replaced something older, although the end looks right', () => {
    const lines: readonly Line[] = [...twoWrites, [2, [4, 5], put('c'), wrote(4, saw('a', 2))]];
    expect(checkLostAndStale(script(lines), atTheEnd(saw('c', 4), 4)).lost).toBe(1);
  });

  it('for each single acknowledged write that a store drops before its last read', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { operations, final } = execute(seed);
        const newest = [...final].find(([, { state }]) => state.kind === 'value');
        if (newest?.[1].state.kind !== 'value') return;
        const [key, { state, revision }] = newest;
        const write = operations.find(
          ({ outcome }) => outcome.kind === 'ok' && outcome.wrote && outcome.revision === state.modRevision,
        );
        const seen = operations.some(
          ({ outcome }) =>
            outcome.kind === 'ok' && outcome.seen.kind === 'value' && outcome.seen.modRevision === state.modRevision,
        );
        if (write === undefined || seen) return;
        const previous = write.outcome.kind === 'ok' && write.outcome.seen.kind === 'value' ? write.outcome.seen : undefined;
        if (previous === undefined) return;
        final.set(key, { state: previous, revision });
        expect(judgeHistory(operations, final)).toMatchObject({ clean: false, writes: { lost: 1, verdict: 'violated' } });
      }),
      { numRuns: 50 },
    );
  });
});

describe('a read is stale', () => {
  it('when it gives something older than what was acknowledged before it began', () => {
    const stale = script([...twoWrites, [2, [4, 5], get(), read(2, saw('a', 2))], [3, [6, 7], get(), read(1, absent)]]);
    const verdict = checkLostAndStale(stale, atTheEnd(saw('b', 3), 3));
    expect(verdict).toMatchObject({ lost: 0, stale: 2, verdict: 'violated' });
    expect(verdict.examples.stale[0]).toMatchObject({ read: { id: 2 }, newer: { id: 1 } });
  });

  it('unless the write was not yet acknowledged', () => {
    const fine = script([
      [1, [0, 1], put('a'), wrote(2)],
      [1, [2, 5], put('b'), wrote(3)],
      [2, [3, 6], get(), read(2, saw('a', 2))],
    ]);
    expect(checkLostAndStale(fine, atTheEnd(saw('b', 3), 3)).stale).toBe(0);
  });
});

describe('the count', () => {
  it('tells acknowledged, unknown and failed apart', () => {
    const lines: readonly Line[] = [...twoWrites, [2, [4, undefined], put('c'), unknown], [3, [6, 7], put('d'), failed]];
    expect(checkLostAndStale(script(lines), atTheEnd(saw('b', 3), 3))).toMatchObject({ acknowledged: 2, unknown: 1, failed: 1 });
  });

  it('is incomplete while a written key was not read in the end', () => {
    expect(checkLostAndStale(script(twoWrites), new Map())).toMatchObject({ verdict: 'incomplete', unread: ['x'] });
  });
});
