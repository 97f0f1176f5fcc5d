// Phase 1: a prospective leader gathers the promises of a majority never to follow an older epoch, and their histories'
// ends (NEWEPOCH, ACKEPOCH). The same answer opens the session of one that joins an epoch which has its leader (LEADERINFO).
//
// ACKEPOCH leaves once the promise is durable, and all of the log that it tells of. As in ZooKeeper and other than in the paper,
// nobody leads with a history fetched from others: who finds an answer ahead of its own history does not count it.
import { assert } from '@reknit/base';
import { clock } from '../common/core.js';
import { partAfterSplit, stand } from '../common/pre-vote.js';
import { drawTimeout, leaderSeemsAlive } from '../common/trust.js';
import type { NodeId } from '../types.js';
import { compare, maySupport, zabElections } from './elections.js';
import { lead } from './leadership.js';
import type { AckEpoch, LeaderInfo, NewEpoch } from './messages.js';
import { logEnds } from './own-log.js';
import type { Candidate, ZabState } from './state.js';
import { beginSynchronization } from './synchronization.js';

/** Of the current epoch. */
export function onNewEpoch(state: ZabState, from: NodeId, message: NewEpoch): void {
  if (!state.isVoter || !state.voters.includes(from)) return;
  const free = maySupport(state, from);
  if (free && compare(state, message) !== 'behind') {
    state.vote = from;
    state.electionAt = clock(state) + drawTimeout(state);
    return attend(state, from, message.session);
  }
  state.outbox.send(from, { kind: 'refuse-epoch', round: state.round });
  if (free && state.role.kind === 'follower' && !leaderSeemsAlive(state)) stand(state, zabElections);
}

/**
 * The caller has recognised `from` as this epoch's leader. It has its majority of promises, so that this replica may follow
 * it even where it promised the epoch to another.
 */
export function onLeaderInfo(state: ZabState, from: NodeId, { session }: LeaderInfo): void {
  if (state.session?.leader === from && session < state.session.id) return;
  attend(state, from, session);
}

/** Begins a session, or answers again where the first answer may be lost. */
function attend(state: ZabState, leader: NodeId, id: number): void {
  const known = state.session;
  if (known?.leader === leader && known.id === id && known.stage !== 'discovery') return;
  state.session = { leader, id, stage: 'discovery' };
  const { round, history, commit, log } = state;
  state.outbox.sendOnceStored(leader, { kind: 'ack-epoch', round, session: id, history, commit, ends: logEnds(log, commit) });
}

/** Of the current epoch. */
export function onAckEpoch(state: ZabState, from: NodeId, message: AckEpoch): void {
  const { role } = state;
  if (role.kind === 'leader') return beginSynchronization(state, role, from, message);
  if (role.kind !== 'candidate' || !state.voters.includes(from)) return;
  const end = message.ends[0]!;
  const claim = compare(state, { history: message.history, lastIndex: end.index, lastRound: end.round });
  if (claim === 'ahead') return onRefuseEpoch(state, from);
  role.promises.set(from, message);
  role.granted.add(from);
  count(state, role);
}

/** Of the current epoch. */
export function onRefuseEpoch(state: ZabState, from: NodeId): void {
  const { role } = state;
  if (role.kind !== 'candidate' || !state.voters.includes(from)) return;
  role.refused.add(from);
  count(state, role);
}

/** The own promise is durable at last. */
export function onHardStateStored(state: ZabState): void {
  const { role, promises } = state;
  if (role.kind !== 'candidate' || promises.durable.round !== state.round) return;
  assert(promises.durable.vote === state.self, 'a candidate promises its epoch to itself', () => promises.durable);
  role.granted.add(state.self);
  count(state, role);
}

function count(state: ZabState, candidate: Candidate): void {
  if (candidate.granted.has(state.self) && candidate.granted.size >= state.majority) return lead(state, candidate);
  partAfterSplit(state, candidate);
}
