import type { HardState } from '@reknit/consensus';
import type { GroupId } from '@reknit/wal';
import { describe, expect, it } from 'vitest';
import { splitAppend } from '../src/group/split-append.js';
import { effectOf, entryOf, slotOf } from './support/effects.js';

const IDENTITY = { group: 1 as GroupId, branch: '0123456789abcdef', epoch: 1 };
const hardState = { round: 7, vote: 'n1', history: 7, commit: 12 } as unknown as HardState;
const before = { round: 6, vote: undefined, history: 5, commit: 3 };
const large = (index: number) => ({ ...entryOf(index, 7), payload: new Uint8Array(100) });

describe('a store effect', () => {
  it('is one unit as long as it fits', () => {
    const effect = effectOf({ truncateFrom: 10, entries: [entryOf(10, 7), entryOf(11, 7)], hardState });
    const { truncateFrom, entries } = effect;
    expect(splitAppend(IDENTITY, effect, 1000, before)).toEqual([{ ...IDENTITY, truncateFrom, entries, hardState }]);
  });

  it('that is split has its promise in the first unit, and what the entries must be there for in the last', () => {
    const effect = effectOf({ truncateFrom: 10, entries: [10, 11, 12].map(large), hardState });
    const units = splitAppend(IDENTITY, effect, 150, before);
    expect(units.map(({ entries }) => entries.map(({ index }) => index))).toEqual([[10], [11], [12]]);
    expect(units.map(({ truncateFrom }) => truncateFrom)).toEqual([10, undefined, undefined]);
    expect(units.map((unit) => unit.hardState)).toEqual([{ ...hardState, history: 5, commit: 9 }, undefined, hardState]);
  });

  it('that ends a stage takes no vote of it back before all that the stage decided is there', () => {
    const ended = { round: 0, vote: undefined, history: 0, commit: 12 } as unknown as HardState;
    const slots = [10, 11, 12].map((index) => ({ ...slotOf(index, 5, 5), payload: new Uint8Array(100) }));
    const units = splitAppend(IDENTITY, effectOf({ entries: slots, hardState: ended }), 150, before);
    expect(units.map((unit) => unit.hardState)).toEqual([undefined, undefined, ended]);
  });

  it('of slots says nothing of those that come later, whatever their order', () => {
    const slots = [14, 10, 12].map((index) => ({ ...slotOf(index, 7, 8), payload: new Uint8Array(100) }));
    const [first] = splitAppend(IDENTITY, effectOf({ entries: slots, hardState }), 150, undefined);
    expect(first!.hardState).toEqual({ ...hardState, history: 0, commit: 9 });
  });
});
