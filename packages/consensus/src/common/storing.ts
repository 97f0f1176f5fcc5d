// A turn's store effect, and what its acknowledgement means: the log, the hard state and the promises that wait for them.
import { assert } from '@reknit/base';
import type { Outbox } from '../outbox.js';
import type { StoreEffect } from '../replica.js';
import type { Entry, HardState } from '../types.js';
import { type Core, clock } from './core.js';

type Storing = Pick<Core, 'log' | 'promises' | 'storeSequence' | 'storedSequence' | 'diskAnsweredAt' | 'now'>;

export const mustStore = ({ log, promises }: Pick<Core, 'log' | 'promises'>, current: HardState): boolean =>
  log.hasUnstored || promises.mustStore(current);

const NO_ENTRIES: readonly Entry[] = [];

/** At the end of a turn: all that is new in the log and the hard state, and the promises that rest on it. */
export function takeStore<Message>(
  state: Storing & { readonly outbox: Outbox<Message> },
  current: HardState,
): StoreEffect<Message> | undefined {
  const { log, promises, outbox } = state;
  if (!mustStore(state, current)) {
    outbox.settlePromises(state.storedSequence < state.storeSequence ? state.storeSequence : undefined);
    return undefined;
  }
  if (state.storedSequence === state.storeSequence) state.diskAnsweredAt = clock(state);
  const sequence = ++state.storeSequence;
  const hardState = promises.handOut(sequence, current);
  const { truncateFrom, entries } = log.hasUnstored ? log.handOut(sequence) : { truncateFrom: undefined, entries: NO_ENTRIES };
  return { sequence, truncateFrom, entries, hardState, durableThrough: log.contiguous, unlocks: outbox.takeUnlocks() };
}

/** The protocol goes on from here: its own vote may count now, or its own copies. */
export function acknowledgeStored<Message>(
  state: Storing & Pick<Core, 'delivered'> & { readonly outbox: Outbox<Message> },
  sequence: number,
): void {
  assert(sequence <= state.storeSequence, 'only what was handed out is stored', () => ({ sequence, last: state.storeSequence }));
  state.storedSequence = sequence;
  state.diskAnsweredAt = clock(state);
  state.log.acknowledge(sequence);
  state.promises.acknowledge(sequence);
  state.outbox.acknowledge(sequence);
  state.log.release(state.delivered);
}
