// How a member gets what an ended stage decided without it: entries, or, where they are gone or more than one stage lies between,
// the state. It does not depend on the protocol and moves only what is decided.
//
// The surprising thing: fetched entries are stored as slots, whatever the protocol. A slot replaces the entry in its place and
// truncates nothing: what else this member holds may be one of the few copies of something decided.
import { assert } from '@reknit/base';
import { following, higher } from '../arithmetic.js';
import type { SnapshotOffer } from '../replica.js';
import { type Epoch, type HardState, type Index, type NodeId, noRound } from '../types.js';
import type { Decided, Fetch, Offer } from './messages.js';
import { decidedInLog, type Phase, runStage, type SuccessionState, say } from './state.js';
import type { SuccessionInput } from './types.js';
import { hearEnd, knownEndOf, offerState } from './witness.js';

/** In one answer: as large as a replica's messages, for the same reason. */
const ANSWER_BYTES_MAX = 1 << 20;

type Ending = Phase & { kind: 'ending' };
type Installed = SuccessionInput & { kind: 'installed' };

export const lacksPrefix = (phase: Phase): phase is Ending => phase.kind === 'ending' && phase.have < phase.end.index;

/**
 * What is missing is asked for once all that is on its way to the disk is there: only then does the log show what it holds.
 * Whoever is asked in vain is not asked next.
 */
export function askForRest(state: SuccessionState): void {
  const { phase, stage, underWay } = state;
  if (underWay.length > 0 || state.installing !== undefined) return;
  if (lacksPrefix(phase)) return ask(state, state.witness!.peers, following(phase.have));
  // A learner says nothing unasked: nobody would tell it that its stage has ended while it was away.
  const alone = phase.kind === 'running' && phase.engine.status().leader === undefined;
  if (phase.kind === 'sealed' || alone) ask(state, stage.voters, following(state.delivered));
}

/** Somebody speaks in a later epoch: the present one has ended, and it knows how. */
export function askAhead(state: SuccessionState, from: NodeId): void {
  if (state.phase.kind === 'running' || state.phase.kind === 'sealed') {
    say(state, from, { kind: 'fetch', epoch: state.stage.epoch, from: following(state.delivered) });
  }
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

export function onDecided(state: SuccessionState, { end, entries }: Decided): void {
  const { phase, underWay } = state;
  if (end.epoch !== state.stage.epoch) return;
  hearEnd(state, end);
  if (!lacksPrefix(phase) || underWay.length > 0) return;
  const { log } = state.options;
  for (const entry of entries) {
    if (entry.index !== following(phase.have) || entry.index > end.index) continue;
    phase.have = entry.index;
    if (log.roundAt(entry.index) !== entry.round) state.fetched.push({ ...entry, ballot: entry.round });
  }
  if (lacksPrefix(phase) && entries.length > 0 && state.fetched.length === 0) askForRest(state);
}

export function onOffer(state: SuccessionState, from: NodeId, { epoch, index, indexRound }: Offer): void {
  const wanted = epoch > state.stage.epoch || (epoch === state.stage.epoch && lacksPrefix(state.phase));
  if (!wanted || state.installing !== undefined) return;
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
  state.installing = undefined;
  if (stage.epoch < state.stage.epoch || (stage.epoch === state.stage.epoch && index < state.delivered)) return;
  if (stage.epoch > state.stage.epoch) return leap(state, input);
  const { phase } = state;
  assert(round === (index === input.start ? noRound : input.round), 'the log begins where the snapshot ends', () => input);
  state.durable = higher(state.durable, index);
  if (phase.kind === 'running') phase.engine.step({ kind: 'installed', index, round });
  else if (phase.kind === 'ending') phase.have = higher(phase.have, index);
  state.delivered = higher(state.delivered, index);
}

export function onInstallFailed(state: SuccessionState, index: Index): void {
  state.installing = undefined;
  if (state.phase.kind === 'running') state.phase.engine.step({ kind: 'install-failed', index });
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
  state.heard = undefined;
  state.witness = undefined;
  state.endToTell = undefined;
  state.begin = undefined;
  state.sealDue = false;
  state.fetched = [];
  state.preflight = undefined;
  state.preparing = undefined;
  runStage(state, BEYOND(index));
}

/** The state machine holds all up to there, so it is decided. */
const BEYOND = (commit: Index): HardState => ({ round: noRound, vote: undefined, history: noRound, commit });

function ask(state: SuccessionState, ids: readonly NodeId[], from: Index): void {
  const others = ids.filter((id) => id !== state.self && !state.lost.has(id));
  const asked = others[state.turns++ % others.length];
  if (asked !== undefined) say(state, asked, { kind: 'fetch', epoch: state.stage.epoch, from });
}
