// Phase 3, the follower's side: it accepts in the FIFO order of its session with the leader, after NEWLEADER, or not at all. A
// gap ends the session: another is asked for, and begins where the logs agree. A repetition changes nothing.
import { assert } from '@reknit/base';
import { higher, lower, shift } from '../arithmetic.js';
import type { Answers } from '../common/answering.js';
import * as answering from '../common/answering.js';
import { advanceCommit } from '../common/core.js';
import { appendToLog } from '../common/own-log.js';
import type { NodeId } from '../types.js';
import type { Ack, Commit, Propose } from './messages.js';
import type { Attendance, ZabState } from './state.js';

/** The caller has recognised `from` as this epoch's leader. */
export function onPropose(state: ZabState, from: NodeId, message: Propose): void {
  const session = inSession(state, from, message.session);
  answering.noteSequence(state, message.sequence);
  // A snapshot is on its way in: what it will replace is not extended meanwhile.
  if (session === undefined || session.stage === 'broken' || state.installing !== undefined) return;
  if (session.stage !== 'broadcast' || message.prevIndex > state.verified) return breakOff(state, session);
  append(state, message);
  advanceCommit(state, lower(message.commit, state.verified));
  answering.oweAnswer(state, message.sequence);
}

export function onCommit(state: ZabState, from: NodeId, message: Commit): void {
  const session = inSession(state, from, message.session);
  advanceCommit(state, lower(message.commit, state.verified));
  answering.noteSequence(state, message.sequence);
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

const answers: Answers<ZabState, Ack> = {
  isDurable: ({ promises, history, verified, log }) => promises.durable.history === history && verified <= log.stored,
  whole: ({ round, history, verified }, sequence) => ({ kind: 'ack', round, history, match: verified, sequence }),
  durablePart: ({ round, promises, verified, log }, sequence) => ({
    kind: 'ack',
    round,
    history: promises.durable.history,
    match: lower(verified, log.stored),
    sequence,
  }),
};

export const answerLeader = (state: ZabState, leader: NodeId, storing: 'storing' | 'not-storing'): void =>
  answering.answerLeader(state, leader, storing, answers);

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
