// Phase 2: before anything new is broadcast, a follower's history becomes the leader's, and NEWLEADER makes that the follower's
// currentEpoch. How depends on where the two logs part: DIFF sends what is missing, TRUNC also cuts what the leader does not
// have, SNAP (../common/catchup.ts) comes first where what is missing is gone from the leader's log.
//
// NEWLEADER carries the last piece of the history, so that cut, history and currentEpoch reach the disk in one store effect
// or, where the history takes several messages, the epoch in the last of them: never the epoch before the log, and never an
// ACK before both. Most of ZooKeeper's data losses were one of these (ZOOKEEPER-3911, 4643, 4646, 2846, 3104).
// The surprising thing: TRUNC cuts only at the first entry that differs. What is shared stays on the disk throughout, for it may
// be decided, and this copy among those that decided it.
import { assert } from '@reknit/base';
import { following, higher, lower, shift } from '../arithmetic.js';
import { oweAnswer } from '../common/answering.js';
import { advanceCommit, clock } from '../common/core.js';
import { adopt, agreesAt, cutFrom } from '../common/verified-log.js';
import { type NodeId, noIndex } from '../types.js';
import { breakOff, inSession } from './following.js';
import type { AckEpoch, Diff, NewLeader } from './messages.js';
import { lastShared } from './own-log.js';
import type { Attendance, Leader, Session, ZabState } from './state.js';

/** Leader: the follower has promised this epoch and told the ends of its log. */
export function beginSynchronization(state: ZabState, leader: Leader, from: NodeId, message: AckEpoch): void {
  const { log } = state;
  const progress = leader.progress.get(from);
  const session = sessionWith(leader, from);
  if (progress === undefined || session.id !== message.session || session.stage.kind !== 'discovery') return;
  assert(message.commit <= log.last, 'a leader holds all that is decided', () => ({
    from,
    decided: message.commit,
    last: log.last,
  }));
  const shared = higher(lastShared(log, message.commit, message.ends), progress.match);
  const mode = message.ends[0]!.index > shared ? 'trunc' : 'diff';
  session.stage = { kind: 'synchronization', mode, through: leader.phase === 'broadcast' ? log.last : leader.historyEnd };
  progress.next = following(shared);
  progress.flow = { kind: 'replicate', inFlight: [] };
  progress.announced = noIndex;
  progress.heardAt = clock(state);
  progress.reachable = true;
}

/** Leader: as it stands, or the first. */
export function sessionWith({ sessions, lastSession }: Leader, peer: NodeId): Session {
  const known = sessions.get(peer);
  if (known !== undefined) return known;
  const session: Session = { id: lastSession, stage: { kind: 'discovery', due: true }, acknowledged: false };
  sessions.set(peer, session);
  return session;
}

/** Follower: of the session's history. */
export function onHistory(state: ZabState, from: NodeId, message: Diff | NewLeader): void {
  const session = inSession(state, from, message.session);
  // Beyond NEWLEADER it is a repetition. While a snapshot is on its way in, what it will replace is not extended.
  if (session === undefined || !takesHistory(session) || state.installing !== undefined) return;
  if (!agreesAt(state, message.prevIndex, message.prevRound)) return breakOff(state, session);
  session.stage = 'synchronization';
  const outcome = adopt(state, message.entries);
  assert(outcome === 'added' || message.mode === 'trunc', 'a DIFF cuts nothing', () => message);
  state.verified = higher(state.verified, shift(message.prevIndex, message.entries.length));
  if (message.kind === 'new-leader') onNewLeader(state, session, message);
  oweAnswer(state);
}

function onNewLeader(state: ZabState, session: Attendance, { mode, commit }: NewLeader): void {
  const { log, verified } = state;
  if (log.last > verified) {
    assert(mode === 'trunc', 'a DIFF cuts nothing', () => ({ last: log.last, verified }));
    cutFrom(state, following(verified));
  }
  state.history = state.round;
  session.stage = 'broadcast';
  advanceCommit(state, lower(commit, verified));
}

const takesHistory = ({ stage }: Attendance): boolean => stage === 'discovery' || stage === 'synchronization';
