import { describe, expect, it } from 'vitest';
import { checkExclusion, checkFencing, type Holding } from '../../src/checkers/lock-exclusion.js';
import { RevisionHistory } from '../../src/model/revision-history.js';

const held = (client: number, from: number, until: number, lock = 'l'): Holding => ({ lock, client, token: client, from, until });

describe('a lock', () => {
  it('is held by one session after the other', () => {
    expect(checkExclusion([held(1, 0, 10), held(2, 10, 20), held(3, 25, 30)])).toEqual([]);
    expect(checkExclusion([held(1, 0, 10, 'l'), held(2, 5, 20, 'm')])).toEqual([]);
  });

  it('is not held by who learned of it when the lease could no longer be relied on', () => {
    expect(checkExclusion([held(1, 10, 5), held(2, 7, 20)])).toEqual([]);
  });

  it.each([
    ['overlap', [held(1, 0, 10), held(2, 9, 20)]],
    ['lie within each other, with another one between', [held(1, 0, 100), held(2, 10, 5), held(3, 20, 30)]],
    ['overlap, whatever the order of the report', [held(2, 9, 20), held(1, 0, 10)]],
  ])('is not exclusive when two holdings %s', (_, holdings) => {
    expect(checkExclusion(holdings).map(({ rule }) => rule)).toEqual(['exclusion']);
  });
});

describe('a fenced key', () => {
  const guarded = new Set(['k']);
  const tokenOf = (value: string): number => Number(value);

  function written(...writes: readonly (readonly [key: string, value: string])[]): readonly string[] {
    const history = new RevisionHistory();
    for (const [key, value] of writes) {
      const now = { value, createRevision: 0, modRevision: history.last + 1, version: 1, lease: 0n };
      history.add(0, [{ key, now, before: undefined }]);
    }
    return checkFencing(history, guarded, tokenOf).map(({ rule }) => rule);
  }

  it('takes writes under tokens that rise', () => {
    expect(written(['k', '3'], ['k', '3'], ['other', '1'], ['k', '9'])).toEqual([]);
  });

  it('takes none under a token that is older than one seen', () => {
    expect(written(['k', '3'], ['k', '9'], ['k', '3'])).toEqual(['fencing']);
  });
});
