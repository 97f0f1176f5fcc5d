// What is decided goes to the state machine in order, each index once, in batches of bounded size. What the own disk has changed
// since it was written is neither skipped nor guessed: the state machine waits for it, and others are asked (`Effects.unreadable`).
import { assert } from '@reknit/base';
import { following } from '../arithmetic.js';
import type { Entry, Index } from '../types.js';
import type { Core } from './core.js';

/** Handed to the state machine in one turn; the rest follows in the next turns, so that a long log is no long stall. */
const DELIVERY_BYTES_MAX = 16 << 20;

const NONE: readonly Entry[] = [];

type Delivering = Pick<Core, 'delivered' | 'commit' | 'log' | 'unreadable' | 'mended'>;

/** Its configuration has ended: what is decided after the stop-sign is void. */
export const isStopped = ({ stopSign, commit }: Pick<Core, 'stopSign' | 'commit'>): boolean =>
  stopSign !== undefined && stopSign <= commit;

/** What the state machine is to apply next. */
export function takeDecided(state: Delivering): readonly Entry[] {
  const { unreadable } = state;
  const first = following(state.delivered);
  // A snapshot has passed it.
  if (unreadable !== undefined && unreadable < first) state.unreadable = undefined;
  if (state.delivered >= state.commit) return NONE;
  const entries = unreadable === first ? takeMended(state, first) : state.log.read(first, state.commit, DELIVERY_BYTES_MAX);
  state.unreadable = entries.length === 0 ? first : undefined;
  if (entries.length === 0) return NONE;
  assert(entries[0]!.index === first, 'entries are delivered in order', () => ({ first, got: entries[0]!.index }));
  state.delivered = entries.at(-1)!.index;
  state.log.release(state.delivered);
  return entries;
}

/** @param entries follow one another */
export function onMended(state: Delivering, entries: readonly Entry[]): void {
  const { unreadable, log } = state;
  if (unreadable === undefined || entries[0]?.index !== unreadable) return;
  state.mended = entries;
  for (const { index, round } of entries) {
    const own = log.roundAt(index);
    assert(index > state.commit || own === round, 'what is decided is never contradicted', () => ({ index, round, own }));
  }
}

/** What was read once in vain is not read again: each turn would ask the disk anew. */
function takeMended(state: Delivering, first: Index): readonly Entry[] {
  const { mended, commit } = state;
  if (mended[0]?.index !== first) return NONE;
  state.mended = NONE;
  return mended.filter(({ index }) => index <= commit);
}
