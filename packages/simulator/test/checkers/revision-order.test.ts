import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRevisionOrder, type RevisionRule } from '../../src/index.js';
import { randomExecution, seeded } from './random-histories.js';
import { absent, get, type Line, put, read, remove, saw, script, staleGet, unknown, withoutRevisions, wrote } from './scripts.js';

function rulesBroken(lines: readonly Line[]): readonly RevisionRule[] {
  const verdict = checkRevisionOrder(script(lines));
  return verdict.kind === 'ordered' ? [] : verdict.violations.map(({ rule }) => rule);
}

describe('revisions', () => {
  it('are in order in every execution of a single store', () => {
    fc.assert(
      fc.property(fc.integer(), fc.boolean(), (seed, previous) => {
        const { operations } = randomExecution({
          next: seeded(seed),
          operations: 200,
          clients: 5,
          keys: 4,
          unknowns: 0.1,
          previous,
        });
        expect(checkRevisionOrder(operations)).toEqual({ kind: 'ordered' });
        expect(checkRevisionOrder(withoutRevisions(operations))).toEqual({ kind: 'ordered' });
      }),
      { numRuns: 50 },
    );
  });

  it('belong to one write each, across keys', () => {
    const lines: readonly Line[] = [
      [1, [0, 3], put('a', 'x'), wrote(2)],
      [2, [1, 2], put('b', 'y'), wrote(2)],
    ];
    expect(rulesBroken(lines)).toEqual(['unique']);
  });

  it('stand for one value, also when only readers saw it', () => {
    const lines: readonly Line[] = [
      [1, [0, 5], put('a'), unknown],
      [2, [1, 2], get(), read(4, saw('a', 3))],
      [3, [3, 4], get('y'), read(4, saw('b', 3))],
    ];
    expect(rulesBroken(lines)).toEqual(['unique']);
  });

  it('rise from an acknowledged write to one that begins later, whatever the keys and clients', () => {
    const lines: readonly Line[] = [
      [1, [0, 1], put('a', 'x'), wrote(5)],
      [2, [2, 3], put('b', 'y'), wrote(4)],
    ];
    expect(rulesBroken(lines)).toEqual(['real-time']);
    expect(rulesBroken([lines[0]!, [2, [2, 3], get('y'), read(4, absent)]])).toEqual(['real-time']);
    expect(
      rulesBroken([
        [1, [0, 3], put('a', 'x'), wrote(5)],
        [2, [1, 2], put('b', 'y'), wrote(4)],
      ]),
    ).toEqual([]);
  });

  it('never fall for one client', () => {
    const lines: readonly Line[] = [
      [1, [0, 1], get(), read(5, absent)],
      [1, [2, 3], get(), read(4, absent)],
    ];
    expect(rulesBroken(lines)).toEqual(['real-time', 'client-order']);
  });

  it('may be old in serializable reads, which still show one consistent revision', () => {
    const writes: readonly Line[] = [
      [1, [0, 1], put('a'), wrote(2)],
      [1, [2, 3], put('b'), wrote(3)],
    ];
    expect(rulesBroken([...writes, [2, [4, 5], staleGet(), read(2, saw('a', 2))]])).toEqual([]);
    expect(rulesBroken([...writes, [2, [4, 5], staleGet(), read(3, saw('a', 2))]])).toEqual(['newest-value']);
  });

  it('explain an absent key by a deletion, an unknown one included, and by nothing else', () => {
    const written: Line = [1, [0, 1], put('a'), wrote(2)];
    const missing: Line = [2, [6, 7], get(), read(4, absent)];
    expect(rulesBroken([written, missing])).toEqual(['newest-value']);
    expect(rulesBroken([written, [1, [2, 3], remove(), wrote(3)], missing])).toEqual([]);
    expect(rulesBroken([written, [1, [2, undefined], remove(), unknown], missing])).toEqual([]);
  });
});
