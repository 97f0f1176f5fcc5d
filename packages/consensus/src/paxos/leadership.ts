// From phase 1 to phase 2 ("Paxos Made Simple", section 3; "Paxos Made Moderately Complex" calls the leader commander): every open
// slot is proposed at the new ballot, with the value accepted at the highest ballot that a majority told of; nobody can have decided
// anything in the slots that are empty everywhere, so no-ops fill them, lest what follows them wait for ever.
//
// Values keep the round whose leader first proposed them. A leader that finds no open slot has nothing to repeat and serves at
// once; only in a configuration that has decided nothing yet it begins with a no-op.
import { assert, EMPTY_BYTES } from '@reknit/base';
import { following, higher } from '../arithmetic.js';
import { beginLeading } from '../common/leadership.js';
import { type Entry, type Index, noRound } from '../types.js';
import { fillSlot } from './own-log.js';
import { acceptedLater, type SlotPage } from './slots.js';
import type { Candidate, Leader, PaxosState } from './state.js';

export function lead(state: PaxosState, candidate: Candidate): void {
  assert(state.leaderSeen === undefined, 'a ballot has one leader', () => ({ seen: state.leaderSeen, round: state.round }));
  const open = openSlots(state, candidate);
  if (open === 'unreadable') return;
  const recovered = proposeAnew(state, open);
  const leader: Leader = { ...beginLeading(state), recovered, beyond: new Map() };
  state.leaderSeen = state.self;
  state.suspected = undefined;
  state.role = leader;
  for (const [id, progress] of leader.progress) {
    const decided = candidate.hearings.get(id)?.decided;
    progress.probeFrom(following(decided ?? state.commit));
    if (decided !== undefined) progress.accepted(decided);
  }
}

/**
 * Those that a majority, this replica among it, has accepted. What it accepted itself and cannot read any more may be decided: unless
 * another told of that slot from the same ballot or a later one, it must not lead.
 */
function openSlots({ log, commit }: PaxosState, { reported }: Candidate): ReadonlyMap<Index, Entry> | 'unreadable' {
  const open = new Map(reported);
  for (let after: Index | undefined = commit; after !== undefined; ) {
    const { slots, unreadable }: SlotPage = log.readAbove(after, Number.POSITIVE_INFINITY);
    for (const slot of slots) if (acceptedLater(slot, open.get(slot.index))) open.set(slot.index, slot);
    if (unreadable !== undefined && (reported.get(unreadable)?.ballot ?? noRound) < log.ballotAt(unreadable)!)
      return 'unreadable';
    after = unreadable;
  }
  return open;
}

/** @returns the last of them */
function proposeAnew(state: PaxosState, open: ReadonlyMap<Index, Entry>): Index {
  const { commit, round } = state;
  let last = decidedNothing(state) ? following(commit) : commit;
  for (const index of open.keys()) last = higher(last, index);
  for (let index = following(commit); index <= last; index = following(index)) {
    const found: Entry = open.get(index) ?? { index, round, kind: 'noop', payload: EMPTY_BYTES };
    fillSlot(state, { ...found, ballot: round });
  }
  return last;
}

/** A log that begins at round 0 begins with its configuration. */
const decidedNothing = ({ log, commit }: PaxosState): boolean => commit === log.base.index && log.base.round === noRound;
