// The leader's side of replication (section 3.5, pipelined as in section 10.2.1): proposals go into the own log at once,
// and out to every follower at the end of the turn, with everything else that is new to it, in as few messages as their
// size allows.
import { assert } from '@reknit/base';
import { following, lower, preceding } from '../arithmetic.js';
import { heardFrom } from '../common/leadership.js';
import { confirmBarriers } from '../common/reads.js';
import { announces, type Occasion, offerWhatIsGone, readNext } from '../common/sending.js';
import { passGap } from '../common/snapshots.js';
import type { Progress } from '../progress.js';
import { type Entry, type Index, type NodeId, noIndex, noRound, type Round } from '../types.js';
import { commitByCounting } from './commit.js';
import type { Appended, Rejected } from './messages.js';
import type { Leader, RaftState } from './state.js';

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

/** At the end of a turn: whatever is new to this follower. */
export function sendTo(state: RaftState, leader: Leader, progress: Progress, occasion: Occasion): void {
  const { log, limits } = state;
  let sent = false;
  offerWhatIsGone(state, progress);
  while (progress.next <= log.last && progress.mayCarryEntries(limits.inFlightMax)) {
    const entries = readNext(state, leader, progress, log.last);
    if (entries.length === 0) break;
    sendEntries(state, progress, entries);
    sent = true;
  }
  if (!sent && (occasion === 'heartbeat' || announces(state, progress))) sendEmpty(state, progress);
}

function sendEntries(state: RaftState, progress: Progress, entries: readonly Entry[]): void {
  const prevRound = state.log.roundAt(preceding(progress.next));
  assert(prevRound !== undefined, 'the log reaches from its base to its end', () => progress.next);
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
