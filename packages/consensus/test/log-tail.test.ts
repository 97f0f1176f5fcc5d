import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry, Index, Round, StoreEffect } from '../src/index.js';
import { LogTail } from '../src/log-tail.js';
import { MemoryLog } from './support/memory-log.js';

type Command =
  | { readonly kind: 'append'; readonly count: number }
  | { readonly kind: 'truncate'; readonly part: number }
  | { readonly kind: 'hand-out' }
  | { readonly kind: 'store' }
  | { readonly kind: 'release' };

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('truncate' as const), part: fc.double({ min: 0, max: 0.999, noNaN: true }) }),
  fc.constant({ kind: 'hand-out' } as const),
  fc.constant({ kind: 'store' } as const),
  fc.constant({ kind: 'release' } as const),
);

/** The log as it should be, beside the tail and the disk. */
class Model {
  readonly disk = new MemoryLog();
  readonly tail = new LogTail(this.disk);
  readonly entries: Entry[] = [];
  readonly underWay: StoreEffect<never>[] = [];
  #round = 1;
  #sequence = 0;

  run(step: Command): void {
    switch (step.kind) {
      case 'append': {
        const added = Array.from({ length: step.count }, (_, at): Entry => this.#entry(this.entries.length + 1 + at));
        this.entries.push(...added);
        return this.tail.append(added);
      }
      case 'truncate': {
        if (this.entries.length === 0) return;
        const from = 1 + Math.floor(step.part * this.entries.length);
        this.entries.length = from - 1;
        this.#round++;
        return this.tail.truncateFrom(from as Index);
      }
      case 'hand-out': {
        if (!this.tail.hasUnstored) return;
        const sequence = ++this.#sequence;
        const handedOut = this.tail.handOut(sequence);
        this.underWay.push({ sequence, ...handedOut, hardState: undefined, durableThrough: this.tail.last, unlocks: [] });
        return;
      }
      case 'store': {
        const effect = this.underWay.shift();
        if (effect === undefined) return;
        this.disk.apply(effect);
        return this.tail.acknowledge(effect.sequence);
      }
      case 'release':
        return this.tail.release(this.tail.last);
    }
  }

  #entry(index: number): Entry {
    return { index: index as Index, round: this.#round as Round, kind: 'normal', payload: new Uint8Array([index]) };
  }
}

function expectSame({ tail, entries, disk }: Model): void {
  expect(tail.last).toBe(entries.length);
  const whole = readAll(tail);
  expect(whole.map(({ index, round }) => `${index}@${round}`)).toEqual(entries.map(({ index, round }) => `${index}@${round}`));
  for (const { index, round } of entries) expect(tail.roundAt(index)).toBe(round);
  expect(tail.roundAt((entries.length + 1) as Index)).toBeUndefined();
  for (const { index, round } of entries.slice(0, tail.stored)) expect(disk.roundAt(index)).toBe(round);
}

function readAll(tail: LogTail): Entry[] {
  const whole: Entry[] = [];
  while (whole.length < tail.last) whole.push(...tail.read((whole.length + 1) as Index, tail.last, 2));
  return whole;
}

describe('the log joined from disk and memory', () => {
  it('reads as one log whatever is stored, under way, truncated or released, and never calls durable what is not', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const model = new Model();
        for (const step of commands) {
          model.run(step);
          expectSame(model);
        }
        model.run({ kind: 'hand-out' });
        while (model.underWay.length > 0) model.run({ kind: 'store' });
        expectSame(model);
        expect(model.tail.stored).toBe(model.tail.last);
        expect(model.disk.lastIndex).toBe(model.tail.last);
      }),
      { numRuns: 400 },
    );
  });
});
