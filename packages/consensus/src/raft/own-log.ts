// Changes of the replica's own log, with what must hold at each: nothing decided is removed, and only no-ops follow a
// stop-sign (what a configuration decides after its end is void).
import { assert } from '@reknit/base';
import type { Entry, Index } from '../types.js';
import type { RaftState } from './state.js';

export function appendToLog(state: RaftState, entries: readonly Entry[]): void {
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

export function truncateLog(state: RaftState, from: Index): void {
  assert(from > state.commit, 'nothing decided is removed', () => ({ from, commit: state.commit }));
  if (state.stopSign !== undefined && state.stopSign >= from) state.stopSign = undefined;
  state.log.truncateFrom(from);
}
