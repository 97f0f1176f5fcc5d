// The leader's side of phase 2 (the commander of "Paxos Made Moderately Complex", with the batches and the pipeline of "Paxos
// Made Live"): values go into the own slots at once, and out to every acceptor at the end of the turn, with everything else that is
// new to it, in as few messages as their size allows. A hole that an acceptor reports is filled beside the pipeline.
import { assert } from '@reknit/base';
import { following, lower, preceding } from '../arithmetic.js';
import { heardFrom } from '../common/leadership.js';
import { confirmBarriers } from '../common/reads.js';
import { announces, type Occasion, offerWhatIsGone, readNext } from '../common/sending.js';
import { offerSnapshot, passGap } from '../common/snapshots.js';
import type { Progress } from '../progress.js';
import { type Entry, type Index, type NodeId, noIndex } from '../types.js';
import { commitByCounting } from './commit.js';
import type { Accepted, Learn } from './messages.js';
import type { Leader, PaxosState } from './state.js';

export function onAccepted(state: PaxosState, leader: Leader, from: NodeId, message: Accepted): void {
  const { match, beyond, sequence } = message;
  const progress = heardFrom(state, leader, from, sequence);
  assert(match <= state.log.last, 'no acceptor holds more at this ballot than its leader', () => message);
  progress.accepted(match);
  if (beyond.length > 0) leader.beyond.set(from, beyond);
  else leader.beyond.delete(from);
  passGap(state, progress);
  commitByCounting(state, leader);
  confirmBarriers(state, leader);
}

/**
 * What is under way beyond the hole need not be sent again. Nor is a hole below `match` a contradiction: a crash may have taken
 * back the knowledge that these slots are decided. All else shows that where the acceptor stands was only guessed.
 */
export function onLearn(state: PaxosState, leader: Leader, from: NodeId, { after, through }: Learn): void {
  const progress = heardFrom(state, leader, from, noIndex);
  const { flow, match, next } = progress;
  if (flow.kind === 'snapshot') return;
  if (after < state.log.base.index) return offerSnapshot(state, progress);
  if (after >= match && (flow.kind === 'probe' || through >= next)) return progress.probeFrom(following(after));
  const end = lower(through, preceding(next));
  const missing = state.log.read(following(after), end, state.limits.messageBytesMax);
  if (missing.length === 0 && after < end) leader.unreadable = true;
  sendAccept(state, progress, after, missing);
}

/** A session to it began: what was in flight is lost, and it may not have heard of this leader for a while. */
export function onPeerConnected(state: PaxosState, leader: Leader, peer: NodeId): void {
  probeAnew(state, leader, peer, 'reachable');
  leader.heartbeatDue = true;
}

export function onPeerLost(state: PaxosState, leader: Leader, peer: NodeId): void {
  probeAnew(state, leader, peer, 'unreachable');
}

/** Where nothing is known of its slots, the first open one is the best guess: it asks for what it lacks below. */
function probeAnew(state: PaxosState, leader: Leader, peer: NodeId, reach: 'reachable' | 'unreachable'): void {
  const progress = leader.progress.get(peer);
  if (progress === undefined) return;
  progress.reachable = reach === 'reachable';
  progress.probeFrom(following(progress.match === noIndex ? state.commit : progress.match));
}

/** At the end of a turn: whatever is new to this acceptor. */
export function sendTo(state: PaxosState, leader: Leader, progress: Progress, occasion: Occasion): void {
  const { log, limits } = state;
  let sent = false;
  offerWhatIsGone(state, progress);
  while (progress.next <= log.last && progress.mayCarryEntries(limits.inFlightMax)) {
    const slots = readNext(state, leader, progress, log.last);
    if (slots.length === 0) break;
    sendAccept(state, progress, preceding(progress.next), slots);
    progress.sentEntries(slots.at(-1)!.index);
    sent = true;
  }
  if (!sent && (occasion === 'heartbeat' || announces(state, progress))) sendEmpty(state, progress);
}

/** A heartbeat, or the news that more is decided. It names the last slot sent, so that a loss comes to light. */
function sendEmpty(state: PaxosState, progress: Progress): void {
  const place = progress.flow.kind === 'snapshot' || !progress.reachable ? noIndex : preceding(progress.next);
  sendAccept(state, progress, place, NONE);
}

const NONE: readonly Entry[] = [];

function sendAccept(state: PaxosState, progress: Progress, previous: Index, entries: readonly Entry[]): void {
  const { round, commit, sequence } = state;
  progress.announced = commit;
  state.outbox.send(progress.id, { kind: 'accept', round, previous, commit, sequence, entries });
}
