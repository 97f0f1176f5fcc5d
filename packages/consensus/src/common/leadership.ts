// What a leader owes, in every protocol: to give up when no majority answers it (check-quorum, Raft's section 6.2) or when its
// disk no longer does, to hand over when asked (section 3.10), and to know its peers.
import { assert, type Millis } from '@reknit/base';
import { following } from '../arithmetic.js';
import { nextBeat } from '../beat.js';
import { Progress } from '../progress.js';
import { reachedByMajority } from '../quorum.js';
import type { PeerProgress } from '../replica.js';
import type { NodeId } from '../types.js';
import { type Core, clock, diskIsStalled, diskStallsAt, isMember } from './core.js';
import { noReads } from './reads.js';
import type { Leading } from './roles.js';
import { renounce, type Trusting } from './trust.js';

type Peers = Pick<Core, 'self' | 'voters' | 'learners' | 'log' | 'now'>;
type Transferring = Pick<Core, 'self' | 'voters' | 'role' | 'now' | 'electionTimeout' | 'outbox' | 'round' | 'log'>;
type Serving = Trusting & Pick<Core, 'self' | 'voters' | 'storeSequence' | 'storedSequence' | 'diskAnsweredAt'>;

/** The part of a new leader's role that every protocol has. */
export const beginLeading = (state: Peers & Pick<Core, 'heartbeatInterval'>): Leading => ({
  kind: 'leader',
  progress: newProgress(state),
  heartbeatAt: nextBeat(clock(state), state.heartbeatInterval),
  heartbeatDue: true,
  undecided: { batches: [], total: 0 },
  transfer: undefined,
  unreadable: false,
  reads: noReads(),
});

export function tickLeader(state: Serving, leader: Leading): void {
  const now = clock(state);
  if (leader.transfer !== undefined && now >= leader.transfer.giveUpAt) leader.transfer = undefined;
  if (!hearsMajority(state, leader)) return renounce(state);
  if (diskIsStalled(state) && state.majority > 1) return abdicate(state, leader);
  if (now < leader.heartbeatAt) return;
  leader.heartbeatAt = nextBeat(now, state.heartbeatInterval);
  leader.heartbeatDue = true;
}

/** Of a leader: when its tick has something to do. */
export function leaderDueAt(state: Serving, leader: Leading): Millis {
  const giveUpAt = leader.transfer?.giveUpAt ?? Number.POSITIVE_INFINITY;
  const stalledAt = state.majority > 1 ? diskStallsAt(state) : Number.POSITIVE_INFINITY;
  return Math.min(leader.heartbeatAt, giveUpAt, stalledAt, quorumEndsAt(state, leader));
}

export function beginTransfer(state: Transferring, to: NodeId): void {
  const { role } = state;
  if (role.kind !== 'leader' || to === state.self || !state.voters.includes(to)) return;
  role.transfer = { to, giveUpAt: clock(state) + state.electionTimeout };
  continueTransfer(state, role);
}

/** The successor may stand once it holds the whole log. */
export function continueTransfer(state: Transferring, leader: Leading): void {
  const to = leader.transfer?.to;
  if (to === undefined || leader.progress.get(to)!.match !== state.log.last) return;
  state.outbox.send(to, { kind: 'timeout-now', round: state.round });
}

/** A decided entry named the learners: those that are new get the log, those that left get nothing more. */
export function onLearners(state: Peers & Pick<Core, 'role'>, learners: readonly NodeId[]): void {
  assert(!learners.some((id) => state.voters.includes(id)), 'a voter is no learner', () => ({ learners, voters: state.voters }));
  state.learners = learners;
  if (state.role.kind === 'leader') observeMembers(state, state.role.progress);
}

/** After an answer: the peer lives, its link works, and it knows this round. */
export function heardFrom(state: Pick<Core, 'now' | 'sequence'>, leader: Leading, from: NodeId, sequence: number): Progress {
  const progress = leader.progress.get(from);
  assert(progress !== undefined, 'answers come from other members', () => from);
  assert(sequence <= state.sequence, 'nobody answers what was not sent', () => ({ from, sequence, sent: state.sequence }));
  progress.heardAt = clock(state);
  progress.reachable = true;
  progress.acknowledged = Math.max(progress.acknowledged, sequence);
  return progress;
}

export const peersOf = ({ progress }: Leading): readonly PeerProgress[] =>
  Array.from(progress.values(), ({ id, match, flow, inFlight }) => ({ id, match, state: flow.kind, inFlight }));

function newProgress(state: Peers): Map<NodeId, Progress> {
  const progress = new Map<NodeId, Progress>();
  observeMembers(state, progress);
  return progress;
}

function observeMembers(state: Peers, progress: Map<NodeId, Progress>): void {
  for (const id of progress.keys()) if (!isMember(state, id)) progress.delete(id);
  for (const id of [...state.voters, ...state.learners]) {
    if (id === state.self || progress.has(id)) continue;
    progress.set(id, new Progress(id, following(state.log.last), clock(state)));
  }
}

/** A leader that a majority no longer answers may have been replaced, and must not keep clients waiting. */
const hearsMajority = (state: Serving, leader: Leading): boolean => clock(state) < quorumEndsAt(state, leader);

/** A majority has been heard since an election time-out before that. */
function quorumEndsAt(state: Serving, leader: Leading): Millis {
  const heard = state.voters.map((id) => (id === state.self ? Number.POSITIVE_INFINITY : leader.progress.get(id)!.heardAt));
  return reachedByMajority(heard) + state.electionTimeout;
}

/**
 * At the end of a turn: what a follower or the own state machine needs cannot be read here. Somebody else may have what the own disk
 * has lost; where nobody else votes, nothing would be won.
 */
export function abdicateIfUnreadable(state: Serving & Pick<Core, 'unreadable'>, leader: Leading): void {
  if ((leader.unreadable || state.unreadable !== undefined) && state.majority > 1) abdicate(state, leader);
  leader.unreadable = false;
}

/**
 * Heartbeats flow and others may even decide, but a leader whose disk is silent takes in what it may never store: the
 * voter that holds most is asked to stand.
 */
function abdicate(state: Serving, leader: Leading): void {
  const others = state.voters.filter((id) => id !== state.self).map((id) => leader.progress.get(id)!);
  const heir = others.reduce((best, progress) => (progress.match > best.match ? progress : best));
  state.outbox.send(heir.id, { kind: 'timeout-now', round: state.round });
  renounce(state);
}
