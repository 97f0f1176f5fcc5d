// Changes of a contiguous log, with what must hold at each: nothing decided is removed, and only no-ops follow a
// stop-sign (what a configuration decides after its end is void).
import { assert } from '@reknit/base';
import { following, shift } from '../arithmetic.js';
import type { LogTail } from '../log-tail.js';
import type { Entry, EntryKind, Index } from '../types.js';
import type { Core } from './core.js';

type Appending = Pick<Core, 'stopSign' | 'commit' | 'round'> & { readonly log: LogTail };

export function appendToLog(state: Appending, entries: readonly Entry[]): void {
  for (const entry of entries) {
    if (entry.kind === 'noop') continue;
    assert(state.stopSign === undefined, 'only no-ops follow a stop-sign', () => ({
      stopSign: state.stopSign,
      index: entry.index,
    }));
    if (entry.kind === 'stop-sign') state.stopSign = entry.index;
  }
  state.log.append(entries);
}

/** A leader's own, of its round; followers get them at the end of the turn. */
export function appendOwn(state: Appending, payloads: readonly Uint8Array[], kind: EntryKind): void {
  const { round } = state;
  const first = following(state.log.last);
  appendToLog(
    state,
    payloads.map((payload, at): Entry => ({ index: shift(first, at), round, kind, payload })),
  );
}

export function truncateLog(state: Appending, from: Index): void {
  assert(from > state.commit, 'nothing decided is removed', () => ({ from, commit: state.commit }));
  if (state.stopSign !== undefined && state.stopSign >= from) state.stopSign = undefined;
  state.log.truncateFrom(from);
}
