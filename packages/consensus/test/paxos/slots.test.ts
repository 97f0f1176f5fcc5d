import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry, Index, Round, StoreEffect } from '../../src/index.js';
import { Slots } from '../../src/paxos/slots.js';
import { MemoryLog } from '../support/memory-log.js';

type Command =
  /** @param ahead of the first hole, or of a slot filled before when negative */
  | { readonly kind: 'fill'; readonly ahead: number; readonly count: number }
  | { readonly kind: 'hand-out' }
  | { readonly kind: 'store' }
  | { readonly kind: 'release' }
  | { readonly kind: 'compact' }
  | { readonly kind: 'snapshot'; readonly ahead: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('fill' as const),
      ahead: fc.integer({ min: -6, max: 6 }),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'hand-out' } as const) },
  { weight: 2, arbitrary: fc.constant({ kind: 'store' } as const) },
  fc.constant({ kind: 'release' } as const),
  fc.constant({ kind: 'compact' } as const),
  fc.record({ kind: fc.constant('snapshot' as const), ahead: fc.integer({ min: 1, max: 5 }) }),
);

/** The slots as they should be, beside the slots and the disk. */
class Model {
  readonly disk = new MemoryLog();
  slots = new Slots(this.disk, 0 as Index);
  filled = new Map<number, Entry>();
  readonly underWay: StoreEffect<never>[] = [];
  #ballot = 0;
  #sequence = 0;

  run(step: Command): void {
    switch (step.kind) {
      case 'fill':
        return this.#fill(this.contiguous + step.ahead, step.count);
      case 'hand-out': {
        if (!this.slots.hasUnstored) return;
        const sequence = ++this.#sequence;
        const handedOut = this.slots.handOut(sequence);
        this.underWay.push({ sequence, ...handedOut, hardState: undefined, durableThrough: this.slots.contiguous, unlocks: [] });
        return;
      }
      case 'store': {
        const effect = this.underWay.shift();
        if (effect === undefined) return;
        this.disk.apply(effect);
        expect(this.disk.contiguousThrough).toBeGreaterThanOrEqual(effect.durableThrough);
        return this.slots.acknowledge(effect.sequence);
      }
      case 'release':
        return this.slots.release(this.slots.contiguous);
      case 'compact':
        return this.#compact();
      case 'snapshot':
        return this.#install(this.contiguous + step.ahead);
    }
  }

  storeAll(): void {
    this.run({ kind: 'hand-out' });
    while (this.underWay.length > 0) this.run({ kind: 'store' });
  }

  get contiguous(): number {
    let index: number = this.disk.base.index;
    while (this.filled.has(index + 1)) index++;
    return index;
  }

  #fill(from: number, count: number): void {
    const ballot = ++this.#ballot as Round;
    for (let index = Math.max(from, this.disk.base.index + 1); index < from + count; index++) {
      const slot: Entry = {
        index: index as Index,
        round: ballot,
        ballot,
        kind: 'normal',
        payload: new Uint8Array([ballot % 256]),
      };
      this.filled.set(index, slot);
      this.slots.fill(slot);
    }
  }

  #compact(): void {
    if (this.slots.stored > this.disk.base.index) this.#forget(this.slots.stored, (index) => this.disk.compact(index));
  }

  /** The host writes in order: what was under way comes first. */
  #install(index: number): void {
    this.storeAll();
    this.#forget(index, (end) => this.disk.install(end, 1 as Round));
    this.slots.replaceBySnapshot(index as Index);
  }

  #forget(through: number, forget: (index: Index) => void): void {
    for (const index of this.filled.keys()) if (index <= through) this.filled.delete(index);
    forget(through as Index);
  }
}

function expectSame({ slots, filled, disk, contiguous }: Model): void {
  const last = Math.max(disk.base.index, ...filled.keys());
  expect(slots.last).toBe(last);
  expect(slots.contiguous).toBe(contiguous);
  for (let index = disk.base.index + 1; index <= last + 1; index++) {
    expect(slots.roundAt(index as Index)).toBe(filled.get(index)?.round);
    expect(slots.ballotAt(index as Index)).toBe(filled.get(index)?.ballot);
  }
  for (let index = disk.base.index + 1; index <= slots.stored; index++) {
    expect(disk.ballotAt(index as Index)).toBe(filled.get(index)!.ballot);
  }
  expect(readAll(slots, disk.base.index)).toEqual([...filled.values()].sort((left, right) => left.index - right.index));
  const upToHole = slots.read((disk.base.index + 1) as Index, last as Index, Number.POSITIVE_INFINITY);
  expect(upToHole.map(({ index }) => index)).toEqual(
    Array.from({ length: contiguous - disk.base.index }, (_, at) => disk.base.index + 1 + at),
  );
}

/** In pages of a few slots. */
function readAll(slots: Slots, after: number): Entry[] {
  const whole: Entry[] = [];
  for (let more = true, from = after; more; from = whole.at(-1)?.index ?? from) {
    const page = slots.readAbove(from as Index, 2);
    whole.push(...page.slots);
    more = page.more;
  }
  return whole;
}

describe('slots joined from disk and memory', () => {
  it('read as they were filled last, in whatever order, whatever is stored, released or compacted; none is called durable that is not', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 50 }), (commands) => {
        const model = new Model();
        for (const step of commands) {
          model.run(step);
          expectSame(model);
        }
        model.storeAll();
        expectSame(model);
        expect(model.slots.stored).toBe(model.slots.contiguous);
        model.slots = new Slots(model.disk, model.disk.base.index);
        expectSame(model);
      }),
      { numRuns: 400 },
    );
  });

  it('too far beyond the first hole are out of reach', () => {
    const slots = new Slots(new MemoryLog(), 0 as Index);
    expect(slots.reaches(65_536 as Index)).toBe(true);
    expect(slots.reaches(65_537 as Index)).toBe(false);
  });
});
