// Phase 3, the follower's side: it accepts in the FIFO order of its session with the leader, after NEWLEADER, or not at all. A
// gap ends the session: another is asked for, and begins where the logs agree. A repetition changes nothing.
//
// An ACK promises that a crash takes back neither the entries nor the epochs that they rest on. So it leaves with the store
// effect, except that the heartbeat's sequence, which promises nothing, is answered at once with what is durable already: reads
// do not wait for the disk.
import { assert } from '@reknit/base';
import { higher, lower, shift } from '../arithmetic.js';
import { advanceCommit, roundIsDurable } from '../shared/core.js';
import { appendToLog } from '../shared/own-log.js';
import type { Index, NodeId } from '../types.js';
import type { Ack, Commit, Propose } from './messages.js';
import type { Attendance, ZabState } from './state.js';

/** The caller has recognised `from` as this epoch's leader. */
export function onPropose(state: ZabState, from: NodeId, message: Propose): void {
  const session = inSession(state, from, message.session);
  noteSequence(state, message.sequence);
  // A snapshot is on its way in: what it will replace is not extended meanwhile.
  if (session === undefined || session.stage === 'broken' || state.installing !== undefined) return;
  if (session.stage !== 'broadcast' || message.prevIndex > state.verified) return breakOff(state, session);
  append(state, message);
  advanceCommit(state, lower(message.commit, state.verified));
  oweAnswer(state, message.sequence);
}

export function onCommit(state: ZabState, from: NodeId, message: Commit): void {
  const session = inSession(state, from, message.session);
  advanceCommit(state, lower(message.commit, state.verified));
  noteSequence(state, message.sequence);
  if (session !== undefined && state.installing === undefined && misses(state, session, message)) breakOff(state, session);
}

/** Of a session that this replica does not know (it restarted, or LEADERINFO was lost) another is asked for. */
export function inSession(state: ZabState, from: NodeId, id: number): Attendance | undefined {
  const known = state.session;
  if (known?.leader === from && known.id === id) return known;
  if (known?.leader === from && known.id > id) return undefined;
  const unknown: Attendance = { leader: from, id, stage: 'broken' };
  state.session = unknown;
  breakOff(state, unknown);
  return undefined;
}

export function breakOff({ outbox, round }: ZabState, session: Attendance): void {
  session.stage = 'broken';
  outbox.send(session.leader, { kind: 'follower-info', round, session: session.id });
}

/** At the end of a turn. @param storing whether this turn makes a store effect, on which a promise can ride */
export function answerLeader(state: ZabState, leader: NodeId, storing: 'storing' | 'not-storing'): void {
  const sequence = state.answerOwed;
  if (sequence === undefined) return;
  const { log, outbox, promises, history, verified } = state;
  const durable = roundIsDurable(state);
  if (durable && promises.durable.history === history && verified <= log.stored) {
    outbox.send(leader, ack(state, verified, sequence));
    return answered(state, sequence);
  }
  if (durable && sequence > state.answeredSequence) {
    outbox.send(leader, { ...ack(state, lower(verified, log.stored), sequence), history: promises.durable.history });
    state.answeredSequence = sequence;
  }
  if (storing === 'not-storing') return;
  outbox.sendOnceStored(leader, ack(state, verified, sequence));
  answered(state, sequence);
}

export function oweAnswer(state: ZabState, sequence: number): void {
  state.answerOwed = Math.max(state.answerOwed ?? 0, sequence);
}

function noteSequence(state: ZabState, sequence: number): void {
  if (sequence > state.answeredSequence) oweAnswer(state, sequence);
}

function answered(state: ZabState, sequence: number): void {
  state.answeredSequence = Math.max(state.answeredSequence, sequence);
  state.answerOwed = undefined;
}

const ack = ({ round, history }: ZabState, match: Index, sequence: number): Ack => ({
  kind: 'ack',
  round,
  history,
  match,
  sequence,
});

function append(state: ZabState, { prevIndex, entries }: Propose): void {
  assert(state.log.last === state.verified, 'after NEWLEADER the log is a piece of the leader’s', () => ({
    last: state.log.last,
    verified: state.verified,
  }));
  const known = state.verified - prevIndex;
  if (known >= entries.length) return;
  appendToLog(state, known === 0 ? entries : entries.slice(known));
  state.verified = higher(state.verified, shift(prevIndex, entries.length));
}

/** What the leader has sent in this session and has not come, in order, is lost. */
const misses = ({ verified }: ZabState, { stage }: Attendance, message: Commit): boolean =>
  stage === 'broken' || message.through > verified || (message.stage === 'broadcast' && stage !== 'broadcast');
