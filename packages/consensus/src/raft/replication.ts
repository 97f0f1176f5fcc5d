// The leader's side of replication (section 3.5, pipelined as in section 10.2.1): proposals go into the own log at once,
// and out to every follower at the end of the turn, with everything else that is new to it, in as few messages as their
// size allows.
import { assert } from '@reknit/base';
import { following, lower, preceding } from '../arithmetic.js';
import type { Progress } from '../progress.js';
import type { Proposed } from '../replica.js';
import { admit, noteUndecided, refuse } from '../shared/admission.js';
import { heardFrom } from '../shared/leadership.js';
import { appendOwn } from '../shared/own-log.js';
import { beginBarrier, confirmBarriers } from '../shared/reads.js';
import { mayOffer, offerSnapshot, passGap } from '../shared/snapshots.js';
import { type Entry, type EntryKind, type Index, type NodeId, noIndex, noRound, type Round } from '../types.js';
import { commitByCounting, hasDecidedOwn } from './commit.js';
import type { Appended, Rejected } from './messages.js';
import type { Leader, RaftState } from './state.js';

export function propose(state: RaftState, payloads: readonly Uint8Array[], kind: EntryKind): Proposed {
  const admission = admit(state, payloads);
  if (typeof admission === 'string') return refuse(state, admission);
  const first = following(state.log.last);
  appendOwn(state, payloads, kind);
  noteUndecided(admission.leader, state.log.last, admission.bytes);
  return { accepted: true, first, last: state.log.last, round: state.round };
}

/** At the end of a turn: whatever is new to each follower. */
export function replicate(state: RaftState, leader: Leader): void {
  const barrier = beginBarrier(state, leader, hasDecidedOwn(state, leader) ? 'ready' : 'not-ready');
  if (barrier === 'none' && leader.heartbeatDue) state.sequence++;
  const occasion = barrier === 'begun' || leader.heartbeatDue ? 'heartbeat' : 'news';
  leader.heartbeatDue = false;
  for (const progress of leader.progress.values()) sendTo(state, progress, occasion);
  confirmBarriers(state, leader);
}

export function onAppended(state: RaftState, leader: Leader, from: NodeId, message: Appended): void {
  const progress = heardFrom(state, leader, from, message.sequence);
  assert(message.match <= state.log.last, 'no follower holds more of the leader’s log than the leader', () => message);
  progress.accepted(message.match);
  passGap(state, progress);
  commitByCounting(state, leader);
  confirmBarriers(state, leader);
}

export function onRejected(state: RaftState, leader: Leader, from: NodeId, message: Rejected): void {
  const progress = heardFrom(state, leader, from, message.sequence);
  confirmBarriers(state, leader);
  if (isStale(progress, message)) return;
  const agreeing = lastThatMayAgree(state, message.hintIndex, message.hintRound);
  progress.probeFrom(lower(message.prevIndex, following(agreeing)));
}

/** A session to it began: what was in flight is lost, and it may not have heard of this leader for a while. */
export function onPeerConnected(state: RaftState, leader: Leader, peer: NodeId): void {
  probeAnew(state, leader, peer, 'reachable');
  leader.heartbeatDue = true;
}

export function onPeerLost(state: RaftState, leader: Leader, peer: NodeId): void {
  probeAnew(state, leader, peer, 'unreachable');
}

/** Where nothing is known of its log, the end is the best guess: its rejection will say how far back to go. */
function probeAnew(state: RaftState, leader: Leader, peer: NodeId, reach: 'reachable' | 'unreachable'): void {
  const progress = leader.progress.get(peer);
  if (progress === undefined) return;
  progress.reachable = reach === 'reachable';
  progress.probeFrom(following(progress.match === noIndex ? state.log.last : progress.match));
}

function sendTo(state: RaftState, progress: Progress, occasion: 'heartbeat' | 'news'): void {
  const { log, limits } = state;
  let sent = false;
  // Also with its window full: were all of that lost, no heartbeat could show the gap, for the place before it is gone.
  if (progress.reachable && progress.flow.kind !== 'snapshot' && preceding(progress.next) < log.base.index) {
    offerSnapshot(state, progress);
  }
  while (progress.next <= log.last && progress.mayCarryEntries(limits.inFlightMax)) {
    const prevRound = log.roundAt(preceding(progress.next));
    assert(prevRound !== undefined, 'the log reaches from its base to its end', () => ({ next: progress.next, base: log.base }));
    sendEntries(state, progress, prevRound);
    sent = true;
  }
  if (mayOffer(state, progress)) offerSnapshot(state, progress);
  // News of a decision rides on the next entries. Alone it leaves only once nothing is under way to this follower, or all is
  // decided: so that under load it costs no message of its own, and at rest no follower waits for it.
  const { flow } = progress;
  const idle = flow.kind === 'replicate' && (flow.inFlight.length === 0 || state.commit === log.last);
  const announces = idle && progress.announced < state.commit;
  if (!sent && (occasion === 'heartbeat' || announces)) sendEmpty(state, progress);
}

function sendEntries(state: RaftState, progress: Progress, prevRound: Round): void {
  const { log, limits } = state;
  const entries = log.read(progress.next, log.last, limits.messageBytesMax);
  assert(entries.length > 0, 'the log reaches from its base to its end', () => ({ next: progress.next, last: log.last }));
  sendAppend(state, progress, { prevIndex: preceding(progress.next), prevRound, entries });
  progress.sentEntries(entries.at(-1)!.index);
}

/** A heartbeat, or the news that more is decided. Where it also shows whether the logs agree, gaps come to light. */
function sendEmpty(state: RaftState, progress: Progress): void {
  const prevIndex = preceding(progress.next);
  const prevRound = progress.flow.kind === 'snapshot' || !progress.reachable ? undefined : state.log.roundAt(prevIndex);
  const place = prevRound === undefined ? { prevIndex: noIndex, prevRound: noRound } : { prevIndex, prevRound };
  sendAppend(state, progress, { ...place, entries: NO_ENTRIES });
}

const NO_ENTRIES: readonly Entry[] = [];

interface AppendPart {
  readonly prevIndex: Index;
  readonly prevRound: Round;
  readonly entries: readonly Entry[];
}

function sendAppend(state: RaftState, progress: Progress, { prevIndex, prevRound, entries }: AppendPart): void {
  const { round, commit, sequence } = state;
  progress.announced = commit;
  state.outbox.send(progress.id, { kind: 'append', round, prevIndex, prevRound, commit, sequence, entries });
}

/** An answer to a message that a later one has overtaken. */
function isStale(progress: Progress, { prevIndex }: Rejected): boolean {
  if (progress.flow.kind === 'snapshot' || prevIndex <= progress.match) return true;
  return progress.flow.kind === 'probe' ? prevIndex !== progress.next - 1 : prevIndex >= progress.next;
}

/** The follower's log ends, for our purposes, in (hintIndex, hintRound): our entries of later rounds cannot be there. */
function lastThatMayAgree(state: RaftState, hintIndex: Index, hintRound: Round): Index {
  const { log } = state;
  let index = lower(hintIndex, log.last);
  while (index > log.base.index && log.roundAt(index)! > hintRound) index = preceding(index);
  return index;
}
