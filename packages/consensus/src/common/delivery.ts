// What is decided goes to the state machine in order, each index once, in batches of bounded size.
import { assert } from '@reknit/base';
import { following } from '../arithmetic.js';
import type { Entry } from '../types.js';
import type { Core } from './core.js';

/** Handed to the state machine in one turn; the rest follows in the next turns, so that a long log is no long stall. */
const DELIVERY_BYTES_MAX = 16 << 20;

const NONE: readonly Entry[] = [];

/** Its configuration has ended: what is decided after the stop-sign is void. */
export const isStopped = ({ stopSign, commit }: Pick<Core, 'stopSign' | 'commit'>): boolean =>
  stopSign !== undefined && stopSign <= commit;

/** What the state machine is to apply next. */
export function takeDecided(state: Pick<Core, 'delivered' | 'commit' | 'log'>): readonly Entry[] {
  if (state.delivered >= state.commit) return NONE;
  const first = following(state.delivered);
  const entries = state.log.read(first, state.commit, DELIVERY_BYTES_MAX);
  assert(entries.length > 0, 'what is decided can be read', () => ({ first, commit: state.commit }));
  assert(entries[0]!.index === first, 'entries are delivered in order', () => ({ first, got: entries[0]!.index }));
  state.delivered = entries.at(-1)!.index;
  state.log.release(state.delivered);
  return entries;
}
