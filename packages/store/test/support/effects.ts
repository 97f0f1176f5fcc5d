// Store effects as a replica hands them out, of which a test says only what it is about.
import type { Entry, StoreEffect } from '@reknit/consensus';

interface Given {
  readonly truncateFrom?: number;
  readonly entries?: readonly Entry[];
  readonly durableThrough?: number;
  readonly hardState?: StoreEffect<unknown>['hardState'];
}

export const effectOf = (given: Given): StoreEffect<unknown> =>
  // Plain numbers stand for the branded ones.
  ({
    sequence: 1,
    truncateFrom: undefined,
    entries: [],
    durableThrough: 0,
    hardState: undefined,
    unlocks: [],
    ...given,
  }) as unknown as StoreEffect<unknown>;

export const entryOf = (index: number, round: number): Entry =>
  ({ index, round, kind: 'normal', payload: new Uint8Array(1) }) as unknown as Entry;

export const slotOf = (index: number, round: number, ballot: number): Entry =>
  ({ ...entryOf(index, round), ballot }) as unknown as Entry;
