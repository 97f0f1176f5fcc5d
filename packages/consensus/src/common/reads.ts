// Linearizable reads without a log write (Raft's section 6.4). A barrier is (round, sequence): its index is the commit index at
// the moment when it is sent, and it is confirmed once a majority has answered that sequence or a later one of this round.
// A read joins only a barrier that has not been sent: answers to one already under way may predate the read.
import type { Millis } from '@reknit/base';
import { reachedByMajority } from '../quorum.js';
import type { ReadOutcome } from '../replica.js';
import type { NodeId } from '../types.js';
import { type Core, clock } from './core.js';
import { isStopped } from './delivery.js';
import type { ReadAnswer, ReadRequest } from './messages.js';
import type { Barrier, Follower, LeaderReads, Leading, ReadBatch } from './roles.js';

/** Reads that wait at one replica; above it they fail at once, and callers see a busy store instead of a growing one. */
const READS_MAX = 1 << 17;

export type Answering = Pick<Core, 'readOutcomes' | 'forwarded'>;
export type Barriers = Answering & Pick<Core, 'outbox' | 'round' | 'voters' | 'sequence' | 'commit' | 'stopSign'>;
type Asking = Answering & Pick<Core, 'outbox' | 'round' | 'now' | 'electionTimeout'>;

export const noReads = (): LeaderReads => ({ open: emptyBatch(), barriers: [], count: 0 });

const emptyBatch = (): ReadBatch => ({ tokens: [], requests: [] });

export function read(state: Answering & Pick<Core, 'role' | 'stopSign' | 'commit'>, token: number): void {
  const { role } = state;
  if (role.kind === 'leader' && admits(state, role.reads)) {
    role.reads.open.tokens.push(token);
    role.reads.count++;
  } else if (isFollowing(role) && state.forwarded.count < READS_MAX) {
    state.forwarded.waiting.push(token);
    state.forwarded.count++;
  } else {
    state.readOutcomes.push({ token, ok: false });
  }
}

/** Of a member that cannot confirm a barrier itself. */
export function onReadRequest(state: Barriers & Pick<Core, 'role'>, from: NodeId, { id }: ReadRequest): void {
  const { role } = state;
  if (role.kind === 'leader' && admits(state, role.reads)) {
    role.reads.open.requests.push({ from, id });
    role.reads.count++;
  } else {
    state.outbox.send(from, { kind: 'read-answer', round: state.round, id, index: undefined });
  }
}

/**
 * Begins the barrier of all reads that have come since the last one. The caller sends `state.sequence` to every voter
 * in this very turn.
 * @param readiness whether this leader knows all that was ever decided
 */
export function beginBarrier(state: Barriers, { reads }: Leading, readiness: 'ready' | 'not-ready'): 'begun' | 'none' {
  if (isEmpty(reads.open) || readiness === 'not-ready' || state.stopSign !== undefined) return 'none';
  state.sequence++;
  reads.barriers.push({ ...reads.open, sequence: state.sequence, index: state.commit });
  reads.open = emptyBatch();
  return 'begun';
}

/** After each answer: releases the barriers that a majority has confirmed, this leader counting itself. */
export function confirmBarriers(state: Barriers, leader: Leading): void {
  const { barriers } = leader.reads;
  if (barriers.length === 0 || state.stopSign !== undefined) return;
  const confirmed = reachedByMajority(state.voters.map((id) => leader.progress.get(id)?.acknowledged ?? state.sequence));
  while (barriers.length > 0 && barriers[0]!.sequence <= confirmed) release(state, leader.reads, barriers.shift()!);
}

/** At the end of this leadership, or once its configuration has ended: nothing it confirms from now on would count. */
export function failBarriers(state: Barriers, { reads }: Leading): void {
  for (const batch of [...reads.barriers, reads.open]) {
    failAll(state, batch.tokens);
    for (const { from, id } of batch.requests) {
      state.outbox.send(from, { kind: 'read-answer', round: state.round, id, index: undefined });
    }
  }
  reads.barriers.length = 0;
  reads.open = emptyBatch();
  reads.count = 0;
}

/** All reads of this turn in one request to the leader. */
export function forwardReads(state: Asking, leader: NodeId): void {
  const { forwarded } = state;
  if (forwarded.waiting.length === 0) return;
  const id = forwarded.nextId++;
  forwarded.underWay.set(id, { tokens: forwarded.waiting, giveUpAt: clock(state) + state.electionTimeout });
  forwarded.waiting = [];
  state.outbox.send(leader, { kind: 'read', round: state.round, id });
}

export function onReadAnswer(state: Answering, { id, index }: ReadAnswer): void {
  const tokens = state.forwarded.underWay.get(id)?.tokens;
  if (tokens === undefined) return;
  state.forwarded.underWay.delete(id);
  state.forwarded.count -= tokens.length;
  for (const token of tokens) state.readOutcomes.push(index === undefined ? { token, ok: false } : { token, ok: true, index });
}

/** The leader changed or its link broke: an answer may never come. */
export function failForwarded(state: Answering): void {
  const { forwarded } = state;
  failAll(state, forwarded.waiting);
  for (const { tokens } of forwarded.underWay.values()) failAll(state, tokens);
  forwarded.waiting = [];
  forwarded.underWay.clear();
  forwarded.count = 0;
}

/** A request or its answer may have been lost. */
export function expireForwarded(state: Answering & Pick<Core, 'now'>): void {
  const { forwarded } = state;
  for (const [id, { tokens, giveUpAt }] of forwarded.underWay) {
    if (giveUpAt > clock(state)) return;
    failAll(state, tokens);
    forwarded.underWay.delete(id);
    forwarded.count -= tokens.length;
  }
}

/** When the oldest request counts as lost. */
export function forwardedDueAt({ forwarded }: Answering): Millis {
  for (const { giveUpAt } of forwarded.underWay.values()) return giveUpAt;
  return Number.POSITIVE_INFINITY;
}

const NONE: readonly ReadOutcome[] = [];

export function takeReadOutcomes(state: Answering): readonly ReadOutcome[] {
  return state.readOutcomes.length === 0 ? NONE : state.readOutcomes.splice(0);
}

const isEmpty = (batch: ReadBatch): boolean => batch.tokens.length === 0 && batch.requests.length === 0;

const admits = (state: Pick<Core, 'stopSign' | 'commit'>, reads: LeaderReads): boolean =>
  !isStopped(state) && reads.count < READS_MAX;

const isFollowing = (role: Core['role']): role is Follower & { leader: NodeId } =>
  (role.kind === 'follower' || role.kind === 'learner') && role.leader !== undefined;

function release(state: Barriers, reads: LeaderReads, { index, tokens, requests }: Barrier): void {
  reads.count -= tokens.length + requests.length;
  for (const token of tokens) state.readOutcomes.push({ token, ok: true, index });
  for (const { from, id } of requests) state.outbox.send(from, { kind: 'read-answer', round: state.round, id, index });
}

function failAll(state: Answering, tokens: readonly number[]): void {
  for (const token of tokens) state.readOutcomes.push({ token, ok: false });
}
