import { describe, expect, it } from 'vitest';
import { DurableIndex } from '../src/group/durable-index.js';
import { effectOf, entryOf, slotOf } from './support/effects.js';

describe('the index up to which the state may be flushed', () => {
  it('is the end of what is durable without a hole', () => {
    expect(new DurableIndex({ heldThrough: 4 }).value).toBe(4);
  });

  it('grows with each effect that is stored, not before', () => {
    const durable = new DurableIndex({ heldThrough: 4 });
    const effects = [
      effectOf({ entries: [entryOf(5, 1)], durableThrough: 5 }),
      effectOf({ entries: [entryOf(6, 1)], durableThrough: 6 }),
    ];
    for (const effect of effects) durable.handedOut(effect);
    expect(durable.value).toBe(4);
    durable.stored(effects[0]!);
    expect(durable.value).toBe(5);
    durable.stored(effects[1]!);
    expect(durable.value).toBe(6);
  });

  it('falls behind a truncation as soon as it is on its way: its end may be applied before it is stored', () => {
    const durable = new DurableIndex({ heldThrough: 9 });
    const before = effectOf({ durableThrough: 9 });
    const truncation = effectOf({ truncateFrom: 5, entries: [entryOf(5, 2)], durableThrough: 5 });
    durable.handedOut(before);
    durable.handedOut(truncation);
    expect(durable.value).toBe(4);
    durable.stored(before);
    expect(durable.value).toBe(4);
    durable.stored(truncation);
    expect(durable.value).toBe(5);
  });

  it('falls behind a slot that is accepted again, in whatever order slots come', () => {
    const durable = new DurableIndex({ heldThrough: 9 });
    const again = effectOf({ entries: [slotOf(12, 2, 7), slotOf(3, 2, 7)], durableThrough: 9 });
    durable.handedOut(again);
    expect(durable.value).toBe(2);
    durable.stored(again);
    expect(durable.value).toBe(9);
  });
});
