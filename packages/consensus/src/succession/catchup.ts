// How a member gets what an ended stage decided without it: entries, or, where they are gone or more than one stage lies between,
// the state. It does not depend on the protocol and moves only what is decided.
//
// The surprising thing: fetched entries wait in memory until all are here, and are then stored as slots, whatever the protocol.
// Until then the replica owns the log; and a slot replaces the entry in its place and truncates nothing: what else this
// member holds may be one of the few copies of something decided.
import { assert } from '@reknit/base';
import { following, higher } from '../arithmetic.js';
import type { SnapshotOffer } from '../replica.js';
import { type Epoch, type HardState, type Index, type NodeId, noRound } from '../types.js';
import type { Decided, Fetch, Offer } from './messages.js';
import { clock, decidedInLog, type Informed, runStage, type SuccessionState, say } from './state.js';
import type { SuccessionInput } from './types.js';
import { inform, knownEndOf, offerState } from './witness.js';

/** In one answer: as large as a replica's messages, for the same reason. */
const ANSWER_BYTES_MAX = 1 << 20;
/** Whoever lacks more than a log keeps in memory is better served by the state. */
const FETCHED_BYTES_MAX = 64 << 20;

type Installed = SuccessionInput & { kind: 'installed' };

/** Now and then, of each that may know in turn: whoever is asked in vain is not asked next. */
export function askForRest(state: SuccessionState): void {
  const { phase, stage, informed } = state;
  if (phase.kind !== 'running' || state.installing !== undefined) return;
  if (informed !== undefined) return ask(state, [...new Set([...stage.voters, ...informed.end.next.voters])]);
  // A learner says nothing unasked: nobody would tell it that its stage has ended while it was away.
  if (clock(state) - state.heardAt >= state.options.electionTimeout) ask(state, stage.voters);
}

/** Somebody speaks in a later epoch: the present one has ended, and it knows how. */
export function askAhead(state: SuccessionState, from: NodeId): void {
  if (state.phase.kind === 'running' && state.informed === undefined) fetchFrom(state, from);
}

export function onFetch(state: SuccessionState, from: NodeId, { epoch, from: first }: Fetch): void {
  const end = knownEndOf(state, epoch);
  if (end === undefined) {
    if (epoch < state.stage.epoch) offerState(state, from);
    return;
  }
  const { log } = state.options;
  if (decidedInLog(state) < end.index || first > end.index) return say(state, from, { kind: 'stopped', end });
  if (first <= log.base.index || log.epochAt(first) !== epoch) return offerState(state, from);
  say(state, from, { kind: 'decided', end, entries: log.read(first, end.index, ANSWER_BYTES_MAX) });
}

export function onDecided(state: SuccessionState, from: NodeId, { end, entries }: Decided): void {
  if (end.epoch !== state.stage.epoch) return;
  inform(state, end);
  const { informed } = state;
  if (informed === undefined) return;
  let news = false;
  for (const entry of entries) {
    if (entry.index !== nextWanted(state) || entry.index > end.index) continue;
    informed.fetched.push(entry);
    informed.bytes += entry.payload.length;
    news = true;
  }
  if (informed.bytes > FETCHED_BYTES_MAX) return preferState(state, from);
  if (news && nextWanted(state) <= end.index) fetchFrom(state, from);
}

export function onOffer(state: SuccessionState, from: NodeId, { epoch, index, indexRound }: Offer): void {
  const passes = state.unreadable !== undefined && index >= state.unreadable;
  const wanted = epoch > state.stage.epoch || (epoch === state.stage.epoch && state.informed !== undefined) || passes;
  if (!wanted || state.phase.kind !== 'running' || state.installing !== undefined) return;
  state.installing = { offer: { from, index, round: indexRound }, announced: false };
}

export function takeInstall(state: SuccessionState): SnapshotOffer | undefined {
  if (state.installing === undefined || state.installing.announced) return undefined;
  state.installing.announced = true;
  return state.installing.offer;
}

export function onInstalled(state: SuccessionState, input: Installed): void {
  const { index, stage } = input;
  const round = state.options.log.view().roundAt(index);
  if (stage.epoch < state.stage.epoch || (stage.epoch === state.stage.epoch && index < state.delivered)) {
    // Of no use to the replica, but the state machine stands there.
    state.delivered = higher(state.delivered, index);
    return onInstallFailed(state, index);
  }
  state.installing = undefined;
  if (stage.epoch > state.stage.epoch) return leap(state, input);
  const { phase } = state;
  assert(round === (index === input.start ? noRound : input.round), 'the log begins where the snapshot ends', () => input);
  state.durable = higher(state.durable, index);
  state.delivered = higher(state.delivered, index);
  if (state.informed !== undefined) dropFetched(state.informed);
  if (phase.kind === 'running') phase.engine.step({ kind: 'installed', index, round });
}

/** It came too late, or not at all. The replica knows it by what was offered, which is not what came. */
export function onInstallFailed(state: SuccessionState, index: Index): void {
  const offered = state.installing?.offer.index ?? index;
  state.installing = undefined;
  if (state.phase.kind === 'running') state.phase.engine.step({ kind: 'install-failed', index: offered });
}

/** The state is of a later stage: whatever lies between is in it. */
function leap(state: SuccessionState, { index, stage, start }: Installed): void {
  assert(index >= start, 'a stage’s state does not lie before the stage', () => ({ index, start }));
  if (state.phase.kind === 'running') {
    state.phase.engine.step({ kind: 'stop' });
    state.readOutcomes.push(...state.phase.engine.effects().reads);
  }
  state.previous = { epoch: (stage.epoch - 1) as Epoch, index: start, next: stage };
  state.stage = stage;
  state.start = start;
  state.delivered = index;
  state.durable = index;
  state.underWay.length = 0;
  state.early = [];
  state.informed = undefined;
  state.witness = undefined;
  state.endToTell = undefined;
  state.begin = undefined;
  state.ownStore = undefined;
  state.ownCommit = [];
  state.preflight = undefined;
  state.preparing = undefined;
  runStage(state, BEYOND(index));
}

/** The state machine holds all up to there, so it is decided. */
const BEYOND = (commit: Index): HardState => ({ round: noRound, vote: undefined, history: noRound, commit });

function ask(state: SuccessionState, ids: readonly NodeId[]): void {
  const others = ids.filter((id) => id !== state.self && !state.lost.has(id));
  const asked = others[state.turns++ % others.length];
  if (asked !== undefined) fetchFrom(state, asked);
}

function fetchFrom(state: SuccessionState, from: NodeId): void {
  say(state, from, { kind: 'fetch', epoch: state.stage.epoch, from: nextWanted(state) });
}

/** The replica may meanwhile have got further than what was fetched. */
function nextWanted({ informed, delivered }: SuccessionState): Index {
  return following(higher(informed?.fetched.at(-1)?.index ?? delivered, delivered));
}

function preferState(state: SuccessionState, from: NodeId): void {
  const { informed } = state;
  assert(informed !== undefined, 'only what is fetched can be too much');
  dropFetched(informed);
  state.installing ??= { offer: { from, index: informed.end.index, round: noRound }, announced: false };
}

function dropFetched(informed: Informed): void {
  informed.fetched = [];
  informed.bytes = 0;
}
