// The acceptor's side of phase 2, and learning: a slot is accepted wherever it lies, beyond holes too, unless a higher ballot is
// promised; what is decided is learned in order, from the leader's commit index, for slots held at the leader's own ballot. Where a
// hole shows, the leader is asked to fill it.
import { assert } from '@reknit/base';
import { higher, lower, preceding, shift } from '../arithmetic.js';
import type { Answers } from '../common/answering.js';
import * as answering from '../common/answering.js';
import { advanceCommit } from '../common/core.js';
import { beginRound } from '../common/trust.js';
import type { Entry, Index, NodeId, Round } from '../types.js';
import type { Accept, Accepted } from './messages.js';
import { fillSlot, noteStopSign } from './own-log.js';
import { absorb, type SlotRange, withRange } from './ranges.js';
import type { PaxosState } from './state.js';

/** The caller has recognised `from` as this ballot's leader. */
export function onAccept(state: PaxosState, from: NodeId, message: Accept): void {
  const { entries, sequence } = message;
  const [first, last] = acceptAll(state, message);
  if (first !== undefined && last !== undefined) hold(state, { first, last });
  advanceCommit(state, lower(message.commit, state.held));
  if (entries.length > 0) answering.oweAnswer(state, sequence);
  else answering.noteSequence(state, sequence);
  askForHole(state, from, message);
}

const answers: Answers<PaxosState, Accepted> = {
  isDurable: ({ log, held, beyond }) => log.allStored || (held <= log.stored && beyond.length === 0),
  whole: ({ round, held, beyond }, sequence) => ({ kind: 'accepted', round, match: held, beyond, sequence }),
  durablePart: ({ round, held, log }, sequence) => ({
    kind: 'accepted',
    round,
    match: lower(held, log.stored),
    beyond: NONE,
    sequence,
  }),
};

export const answerLeader = (state: PaxosState, leader: NodeId, storing: 'storing' | 'not-storing'): void =>
  answering.answerLeader(state, leader, storing, answers);

/** All slots up to here are decided, or accepted at the present ballot. */
export function holdThrough(state: PaxosState, index: Index): void {
  const { held, ranges } = absorb(higher(state.held, index), state.beyond);
  state.held = held;
  state.beyond = ranges;
}

/** A higher ballot, of a message or its own: this replica promises to accept nothing lower. */
export function enterRound(state: PaxosState, round: Round): void {
  beginRound(state, round);
  state.held = state.commit;
  state.beyond = NONE;
  state.asked = undefined;
  answering.forgetAnswers(state);
}

const NONE: readonly SlotRange[] = [];

/** @returns the first and the last of those that are held now */
function acceptAll(state: PaxosState, { entries, commit }: Accept): [first?: Index, last?: Index] {
  let from = 0;
  // What a snapshot on its way in will replace is not touched meanwhile.
  const replaced = state.installing?.offer.index;
  while (replaced !== undefined && from < entries.length && entries[from]!.index <= replaced) from++;
  let to = from;
  while (to < entries.length && state.log.reaches(entries[to]!.index)) acceptOne(state, entries[to++]!, commit);
  return to === from ? [] : [entries[from]!.index, entries[to - 1]!.index];
}

/** @param decided what the leader knows to be decided: where the value is here already, its ballot does not matter any more */
function acceptOne(state: PaxosState, slot: Entry, decided: Index): void {
  const { index, round } = slot;
  const own = index > state.log.last ? undefined : state.log.roundAt(index);
  if (index <= state.commit) {
    return assert(own === undefined || own === round, 'what is decided is never contradicted', () => ({ index, round, own }));
  }
  const accepted = own === undefined ? undefined : state.log.ballotAt(index);
  if (accepted === state.round || (own === round && index <= decided)) {
    assert(own === round, 'a ballot proposes one value for a slot', () => ({ index, round, own, ballot: accepted }));
    return noteStopSign(state, slot);
  }
  fillSlot(state, slot.ballot === state.round ? slot : { ...slot, ballot: state.round });
}

function hold(state: PaxosState, range: SlotRange): void {
  if (range.first <= state.held + 1) return holdThrough(state, range.last);
  state.beyond = withRange(state.beyond, range);
}

/** Once for each hole and sequence: the answer may be under way. */
function askForHole(state: PaxosState, leader: NodeId, { previous, entries, sequence }: Accept): void {
  // What a snapshot on its way in brings is not asked for.
  if (state.installing !== undefined) return;
  const known = shift(previous, entries.length);
  const through = state.beyond.length > 0 ? preceding(state.beyond[0]!.first) : known;
  const after = state.held;
  if (after >= through || (state.asked?.after === after && state.asked.sequence >= sequence)) return;
  state.asked = { after, sequence };
  state.outbox.send(leader, { kind: 'learn', round: state.round, after, through });
}
