// The begin of a leadership (section 3.4): a no-op of the own round, for what was decided before is known only once an entry of
// this round is. What a leader owes from then on is the same in every protocol.
import { assert, EMPTY_BYTES } from '@reknit/base';
import { following } from '../arithmetic.js';
import { beginLeading } from '../common/leadership.js';
import { appendOwn } from '../common/own-log.js';
import type { RaftState } from './state.js';

export function lead(state: RaftState): void {
  assert(state.leaderSeen === undefined, 'a round has one leader', () => ({ seen: state.leaderSeen, round: state.round }));
  state.leaderSeen = state.self;
  state.suspected = undefined;
  state.role = { ...beginLeading(state), firstOwn: following(state.log.last) };
  appendOwn(state, [EMPTY_BYTES], 'noop');
}
