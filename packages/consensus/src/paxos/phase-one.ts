// The proposer's side of phase 1, once for all open slots ("Paxos Made Simple", section 3; "Paxos Made Moderately Complex" calls
// it the scout): a majority promises to accept nothing of a lower ballot, and tells what it has accepted.
//
// What a voter knows to be decided is learned on the spot, whatever ballot its copy has; of all else the highest ballot wins, and
// that is settled only once a majority has told everything. Answers come in pages that are asked for one by one, so that
// a long log is neither one huge message nor lost as a whole.
import { assert } from '@reknit/base';
import { higher } from '../arithmetic.js';
import { advanceCommit, clock, roundIsDurable } from '../common/core.js';
import { beginInstall } from '../common/snapshots.js';
import { drawTimeout } from '../common/trust.js';
import type { Entry, NodeId, Round } from '../types.js';
import { enterRound, holdThrough } from './following.js';
import { lead } from './leadership.js';
import type { Prepare, Promised } from './messages.js';
import { fillSlot, noteStopSign } from './own-log.js';
import { acceptedLater } from './slots.js';
import type { Candidate, Hearing, PaxosState } from './state.js';

/**
 * The requests leave before the own promise is durable, in parallel with its write. That is safe: without it nothing is proposed,
 * so that a crash may take it back, and the same ballot be begun again.
 */
export function campaign(state: PaxosState, ballot: Round, cause: Prepare['cause']): void {
  enterRound(state, ballot);
  state.vote = state.self;
  state.electionAt = clock(state) + drawTimeout(state);
  const others = state.voters.filter((id) => id !== state.self);
  const hearing = (): Hearing => ({ after: state.commit, decided: undefined, complete: false });
  state.role = { kind: 'candidate', cause, hearings: new Map(others.map((id) => [id, hearing()])), reported: new Map() };
  for (const voter of others) askForPage(state, voter);
}

/** What was asked for before may be lost. */
export function askForPage(state: PaxosState, voter: NodeId): void {
  const { role, round } = state;
  const hearing = role.kind === 'candidate' ? role.hearings.get(voter) : undefined;
  if (role.kind !== 'candidate' || hearing === undefined || hearing.complete) return;
  state.outbox.send(voter, { kind: 'prepare', round, after: hearing.after, cause: role.cause });
}

/** Of the current ballot. */
export function onPromise(state: PaxosState, from: NodeId, message: Promised): void {
  const { role } = state;
  const hearing = role.kind === 'candidate' ? role.hearings.get(from) : undefined;
  if (role.kind !== 'candidate' || hearing === undefined) return;
  // Another page, or what was asked for before a crash. And beside a snapshot on its way in nothing is learned.
  if (hearing.complete || message.after !== hearing.after || state.installing !== undefined) return;
  const { base, baseRound: round } = message;
  if (base > state.commit) return beginInstall(state, { from, index: base, round });
  hear(state, role, message);
  hearing.decided = message.decided;
  hearing.complete = !message.more;
  hearing.after = message.entries.at(-1)?.index ?? higher(hearing.after, base);
  if (message.more) askForPage(state, from);
  concludeIfHeard(state);
}

/** After a snapshot: what lies above it can be told now. */
export function askAnew(state: PaxosState): void {
  const { role } = state;
  if (role.kind !== 'candidate') return;
  for (const [voter, hearing] of role.hearings) {
    if (hearing.after < state.commit) hearing.after = state.commit;
    askForPage(state, voter);
  }
  concludeIfHeard(state);
}

/** Phase 1 ends once a majority, with this replica's own durable promise, has told all that it has accepted. */
export function concludeIfHeard(state: PaxosState): void {
  const { role } = state;
  if (role.kind !== 'candidate' || !roundIsDurable(state) || state.installing !== undefined) return;
  let heard = 1;
  for (const { complete } of role.hearings.values()) if (complete) heard++;
  if (heard >= state.majority) lead(state, role);
}

function hear(state: PaxosState, { reported }: Candidate, { entries, decided }: Promised): void {
  for (const slot of entries) {
    if (slot.index <= decided) learn(state, slot);
    else if (acceptedLater(slot, reported.get(slot.index))) reported.set(slot.index, slot);
  }
}

/** Decided: no ballot will ever bring another value for this slot, so that it may be accepted at the present one. */
function learn(state: PaxosState, slot: Entry): void {
  const { index } = slot;
  if (index <= state.commit) return;
  assert(index === state.commit + 1, 'what is decided is told without a gap', () => ({ index, commit: state.commit }));
  if (state.log.roundAt(index) === slot.round) noteStopSign(state, slot);
  else fillSlot(state, { ...slot, ballot: state.round });
  holdThrough(state, index);
  advanceCommit(state, index);
}
