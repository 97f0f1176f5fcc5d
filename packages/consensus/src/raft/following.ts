// The follower's side of replication (section 3.5): accept what continues the log, replace what conflicts with this
// round's leader, refuse what leaves a gap.
import { assert } from '@reknit/base';
import { higher, lower, preceding, shift } from '../arithmetic.js';
import type { Answers } from '../common/answering.js';
import * as answering from '../common/answering.js';
import { advanceCommit } from '../common/core.js';
import { adopt, agreesAt } from '../common/verified-log.js';
import type { Index, NodeId, Round } from '../types.js';
import type { Append, Appended } from './messages.js';
import type { RaftState } from './state.js';

/** The caller has recognised `from` as this round's leader. */
export function onAppend(state: RaftState, from: NodeId, message: Append): void {
  const { entries, prevIndex } = message;
  // A snapshot is on its way in: what it will replace is not extended meanwhile. The leader's next probe finds it.
  if (state.installing !== undefined && entries.length > 0) return;
  if (!agreesAt(state, prevIndex, message.prevRound)) return reject(state, from, message);
  adopt(state, entries);
  state.verified = higher(state.verified, shift(prevIndex, entries.length));
  advanceCommit(state, lower(message.commit, state.verified));
  if (entries.length > 0) answering.oweAnswer(state, message.sequence);
  else answering.noteSequence(state, message.sequence);
}

const answers: Answers<RaftState, Appended> = {
  isDurable: ({ verified, log }) => verified <= log.stored,
  whole: (state, sequence) => appended(state, state.verified, sequence),
  durablePart: (state, sequence) => appended(state, lower(state.verified, state.log.stored), sequence),
};

const appended = ({ round }: RaftState, match: Index, sequence: number): Appended => ({
  kind: 'appended',
  round,
  match,
  sequence,
});

export const answerLeader = (state: RaftState, leader: NodeId, storing: 'storing' | 'not-storing'): void =>
  answering.answerLeader(state, leader, storing, answers);

/** Promises nothing, but shows the leader that it is recognised: a confirmed heartbeat all the same. */
function reject(state: RaftState, leader: NodeId, { prevIndex, prevRound, sequence }: Append): void {
  const hintIndex = lastThatMayAgree(state, prevIndex, prevRound);
  const hintRound = state.log.roundAt(hintIndex);
  assert(hintRound !== undefined, 'the log reaches back to what is decided', () => ({ hintIndex, commit: state.commit }));
  state.outbox.send(leader, { kind: 'rejected', round: state.round, prevIndex, hintIndex, hintRound, sequence });
  state.answeredSequence = Math.max(state.answeredSequence, sequence);
}

/** Entries here of later rounds than the leader has at `prevIndex` cannot be the leader's (etcd's back-off by rounds). */
function lastThatMayAgree(state: RaftState, prevIndex: Index, prevRound: Round): Index {
  let index = lower(preceding(prevIndex), state.log.last);
  while (index > state.commit && state.log.roundAt(index)! > prevRound) index = preceding(index);
  return index;
}
