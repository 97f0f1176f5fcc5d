// The leader's side of phases 2 and 3. What it is given goes into its own log at once, and at the end of the turn out to every
// follower whose session has come so far: LEADERINFO to begin one, the history with NEWLEADER at its end, then proposals,
// all in one FIFO stream, which a slow follower bounds by what it has not acknowledged.
//
// Proposals go to everyone that has acknowledged the epoch, right behind NEWLEADER and before its ACK, but to nobody as long as
// no majority has acknowledged NEWLEADER.
import { assert } from '@reknit/base';
import { higher, preceding } from '../arithmetic.js';
import { heardFrom } from '../common/leadership.js';
import { confirmBarriers } from '../common/reads.js';
import { announces, type Occasion, offerWhatIsGone, readNext } from '../common/sending.js';
import type { Progress } from '../progress.js';
import { type Entry, type Index, type NodeId, noIndex, type Round } from '../types.js';
import { commitByCounting } from './commit.js';
import type { Ack, FollowerInfo } from './messages.js';
import type { Leader, Session, Stage, ZabState } from './state.js';
import { sessionWith } from './synchronization.js';

/** A fact of this epoch, in whichever session it was earned: what is durable there stays so. */
export function onAck(state: ZabState, leader: Leader, from: NodeId, message: Ack): void {
  const progress = heardFrom(state, leader, from, message.sequence);
  assert(message.match <= state.log.last, 'no follower holds more of the leader’s log than the leader', () => message);
  const synchronized = message.history === state.round;
  // Its session may be younger than that and not have come as far: what the epoch began with is durable there all the same.
  note(progress, synchronized ? higher(message.match, leader.historyEnd) : message.match);
  if (progress.flow.kind === 'snapshot' && progress.match >= state.log.base.index) {
    progress.flow = { kind: 'replicate', inFlight: [] };
  }
  if (synchronized) sessionWith(leader, from).acknowledged = true;
  commitByCounting(state, leader);
  confirmBarriers(state, leader);
}

/** The follower is past the session that it names: something is missing there. */
export function onFollowerInfo(state: ZabState, leader: Leader, from: NodeId, { session }: FollowerInfo): void {
  heardFrom(state, leader, from, 0);
  if (sessionWith(leader, from).id === session) renewSession(leader, from);
}

export function onPeerLost(leader: Leader, peer: NodeId): void {
  const progress = leader.progress.get(peer);
  if (progress !== undefined) progress.reachable = false;
}

/** Links are FIFO from here on, and only from here on. */
export function onPeerConnected(leader: Leader, peer: NodeId): void {
  const progress = leader.progress.get(peer);
  if (progress === undefined) return;
  progress.reachable = true;
  renewSession(leader, peer);
}

/** Learners come and go within an epoch. */
export function forgetSessions({ sessions, progress }: Leader): void {
  for (const id of sessions.keys()) if (!progress.has(id)) sessions.delete(id);
}

function renewSession(leader: Leader, peer: NodeId): void {
  const session = sessionWith(leader, peer);
  session.id = ++leader.lastSession;
  session.stage = { kind: 'discovery', due: true };
  const progress = leader.progress.get(peer)!;
  progress.probeFrom(progress.next);
}

function note(progress: Progress, match: Index): void {
  // A probe waits for ACKEPOCH, and for nothing else.
  if (progress.flow.kind === 'probe') progress.match = higher(progress.match, match);
  else progress.accepted(match);
}

/** At the end of a turn: whatever is new to this follower. */
export function sendTo(state: ZabState, leader: Leader, progress: Progress, occasion: Occasion): void {
  const session = sessionWith(leader, progress.id);
  if (session.stage.kind === 'discovery') return beginSession(state, progress, session, session.stage, occasion);
  offerWhatIsGone(state, progress);
  const sent = stream(state, leader, progress, session);
  if (sent === 'nothing' && (occasion === 'heartbeat' || announces(state, progress))) sendCommit(state, progress, session);
}

/** Repeated by each heartbeat until ACKEPOCH is here. */
function beginSession(
  { outbox, round }: ZabState,
  { id: peer }: Progress,
  { id }: Session,
  stage: Stage & { kind: 'discovery' },
  occasion: Occasion,
): void {
  if (!stage.due && occasion === 'news') return;
  stage.due = false;
  outbox.send(peer, { kind: 'leader-info', round, session: id });
}

function stream(state: ZabState, leader: Leader, progress: Progress, session: Session): 'something' | 'nothing' {
  const { inFlightMax } = state.limits;
  let sent: 'something' | 'nothing' = 'nothing';
  while (session.stage.kind === 'synchronization' && flows(progress, inFlightMax)) {
    const { through } = session.stage;
    const entries = progress.next <= through ? readNext(state, leader, progress, through) : NO_ENTRIES;
    if (leader.unreadable) return sent;
    sendHistory(state, progress, session, session.stage, entries);
    sent = 'something';
  }
  if (leader.phase !== 'broadcast' || session.stage.kind !== 'broadcast') return sent;
  while (progress.next <= state.log.last && flows(progress, inFlightMax)) {
    const entries = readNext(state, leader, progress, state.log.last);
    if (entries.length === 0) break;
    sendProposal(state, progress, session, entries);
    sent = 'something';
  }
  return sent;
}

const flows = (progress: Progress, inFlightMax: number): boolean =>
  progress.flow.kind === 'replicate' && progress.mayCarryEntries(inFlightMax);

function sendHistory(
  state: ZabState,
  progress: Progress,
  session: Session,
  { mode, through }: Stage & { kind: 'synchronization' },
  entries: readonly Entry[],
): void {
  const { round, commit } = state;
  const prevIndex = preceding(progress.next);
  const place = { round, session: session.id, mode, prevIndex, prevRound: roundBefore(state, progress) };
  if (prevIndex + entries.length < through) {
    state.outbox.send(progress.id, { kind: 'diff', ...place, entries });
  } else {
    session.stage = { kind: 'broadcast' };
    state.outbox.send(progress.id, { kind: 'new-leader', ...place, commit, entries });
    progress.announced = commit;
  }
  if (entries.length > 0) progress.sentEntries(entries.at(-1)!.index);
}

function sendProposal(state: ZabState, progress: Progress, session: Session, entries: readonly Entry[]): void {
  const { round, commit, sequence } = state;
  const prevIndex = preceding(progress.next);
  state.outbox.send(progress.id, { kind: 'propose', round, session: session.id, prevIndex, commit, sequence, entries });
  progress.announced = commit;
  progress.sentEntries(entries.at(-1)!.index);
}

const NO_ENTRIES: readonly Entry[] = [];

function roundBefore({ log }: ZabState, { next }: Progress): Round {
  const round = log.roundAt(preceding(next));
  assert(round !== undefined, 'the log reaches from its base to its end', () => ({ next, base: log.base }));
  return round;
}

function sendCommit(state: ZabState, progress: Progress, session: Session): void {
  const { round, commit, sequence } = state;
  const streams = progress.reachable && progress.flow.kind === 'replicate';
  const through = streams ? preceding(progress.next) : noIndex;
  const stage = session.stage.kind === 'broadcast' ? 'broadcast' : 'synchronization';
  progress.announced = commit;
  state.outbox.send(progress.id, { kind: 'commit', round, session: session.id, stage, through, commit, sequence });
}
