// The follower's side of replication (section 3.5): accept what continues the log, replace what conflicts with this
// round's leader, refuse what leaves a gap.
//
// An answer that names a match promises that a crash takes back neither the entries nor the round they were accepted in:
// were the round lost, an older leader could still overwrite them. So it leaves with the store effect, except that the
// heartbeat's sequence, which promises nothing, is answered at once with what is durable already: reads do not wait for the disk.
import { assert } from '@reknit/base';
import { higher, lower, preceding, shift } from '../arithmetic.js';
import { advanceCommit, roundIsDurable } from '../shared/core.js';
import { appendToLog, truncateLog } from '../shared/own-log.js';
import type { Entry, Index, NodeId, Round } from '../types.js';
import type { Append } from './messages.js';
import type { RaftState } from './state.js';

/** The caller has recognised `from` as this round's leader. */
export function onAppend(state: RaftState, from: NodeId, message: Append): void {
  const { entries, prevIndex } = message;
  // A snapshot is on its way in: what it will replace is not extended meanwhile. The leader's next probe finds it.
  if (state.installing !== undefined && entries.length > 0) return;
  if (!agreesAt(state, prevIndex, message.prevRound)) return reject(state, from, message);
  accept(state, entries);
  state.verified = higher(state.verified, shift(prevIndex, entries.length));
  advanceCommit(state, lower(message.commit, state.verified));
  if (entries.length > 0 || message.sequence > state.answeredSequence) oweAnswer(state, message.sequence);
}

/** At the end of a turn. @param storing whether this turn makes a store effect, on which a promise can ride */
export function answerLeader(state: RaftState, leader: NodeId, storing: 'storing' | 'not-storing'): void {
  const sequence = state.answerOwed;
  if (sequence === undefined) return;
  const { round, verified, log, outbox } = state;
  const durable = roundIsDurable(state);
  if (durable && verified <= log.stored) {
    outbox.send(leader, { kind: 'appended', round, match: verified, sequence });
    return answered(state, sequence);
  }
  if (durable && sequence > state.answeredSequence) {
    outbox.send(leader, { kind: 'appended', round, match: lower(verified, log.stored), sequence });
    state.answeredSequence = sequence;
  }
  if (storing === 'not-storing') return;
  outbox.sendOnceStored(leader, { kind: 'appended', round, match: verified, sequence });
  answered(state, sequence);
}

function oweAnswer(state: RaftState, sequence: number): void {
  state.answerOwed = Math.max(state.answerOwed ?? 0, sequence);
}

function answered(state: RaftState, sequence: number): void {
  state.answeredSequence = Math.max(state.answeredSequence, sequence);
  state.answerOwed = undefined;
}

/** What is decided, or was verified in this round, needs no comparison (and may be gone from the log). */
const agreesAt = (state: RaftState, index: Index, round: Round): boolean =>
  index <= state.commit || index <= state.verified || state.log.roundAt(index) === round;

function accept(state: RaftState, entries: readonly Entry[]): void {
  const { log } = state;
  let at = 0;
  while (at < entries.length && isPresent(state, entries[at]!)) at++;
  if (at === entries.length) return;
  const first = entries[at]!.index;
  if (first <= log.last) {
    assert(first > state.verified, 'a leader never contradicts itself', () => ({
      first,
      verified: state.verified,
      round: state.round,
    }));
    truncateLog(state, first);
  }
  appendToLog(state, at === 0 ? entries : entries.slice(at));
}

function isPresent(state: RaftState, { index, round }: Entry): boolean {
  const own = state.log.roundAt(index);
  if (index > state.commit) return own === round;
  assert(own === undefined || own === round, 'what is decided is never contradicted', () => ({ index, round, own }));
  return true;
}

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

export const nothingVerifiedBeyondCommit = (state: RaftState): void => {
  state.verified = state.commit;
  state.answeredSequence = 0;
  state.answerOwed = undefined;
};
