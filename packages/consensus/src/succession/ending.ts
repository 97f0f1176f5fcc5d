// From one stage to the next: what the old replica still says, and the durable `Started` between the two. Nothing acts on a
// stop-sign that is not decided, nor on one that is merely told of: a member ends its stage once it holds all that the stage
// decided, by its replica's own decision or because it fetched the rest.
//
// The surprising thing is the last condition. Were it enough to be told, one member that decides, tells and dies could silence a
// majority none of which knows which of its entries were decided, for ever. As it is, whoever is silent holds everything; while
// too few do, the others still form a majority of the old stage, whose protocol finds out again.
import { assert } from '@reknit/base';
import { following } from '../arithmetic.js';
import type { Effects, StoreEffect } from '../replica.js';
import { type Entry, type Epoch, noRound } from '../types.js';
import { takeMended } from './mending.js';
import { decidedInLog, endNamedBy, enterEnd, runStage, type SuccessionState } from './state.js';
import type { EngineMessage, StageEnd } from './types.js';
import { tell } from './witness.js';

/** Handed to the state machine in one turn. */
const DELIVERY_BYTES_MAX = 16 << 20;

type EngineEffects = Effects<EngineMessage>;

const NOTHING: EngineEffects = {
  send: [],
  store: undefined,
  commit: [],
  reads: [],
  install: undefined,
  unreadable: undefined,
};

/** The replica's turn. Where its stage has ended, this is its last. */
export function drainEngine(state: SuccessionState): EngineEffects {
  const { phase } = state;
  // What the stages before decided comes first; until it has, the replica's own decisions wait in it.
  if (phase.kind !== 'running' || state.delivered < state.start) return NOTHING;
  if (hasFetchedAll(state)) return concludeByOthers(state);
  const effects = phase.engine.effects();
  const at = effects.commit.findIndex(({ kind }) => kind === 'stop-sign');
  const commit = at === -1 ? effects.commit : effects.commit.slice(0, at + 1);
  const last = commit.at(-1);
  if (last !== undefined) state.delivered = last.index;
  return at === -1 ? effects : conclude(state, { ...effects, commit }, endNamedBy(state, last!));
}

export function onBegun(state: SuccessionState, epoch: Epoch): void {
  const { phase } = state;
  if (phase.kind !== 'beginning' || phase.end.next.epoch !== epoch) return;
  const { index, next } = phase.end;
  state.previous = phase.end;
  state.stage = next;
  state.start = index;
  state.durable = index;
  runStage(state);
  if (state.phase.kind === 'running' && next.preferred === state.self) state.phase.engine.step({ kind: 'campaign' });
}

/** What was decided in stages that have ended and did not come through their running replica. */
export function takeCommit(state: SuccessionState): readonly Entry[] {
  const { ownCommit, delivered } = state;
  if (ownCommit.length > 0) {
    state.ownCommit = [];
    state.delivered = ownCommit.at(-1)!.index;
    return ownCommit;
  }
  const through = decidedInLog(state);
  if (delivered >= through) return ownCommit;
  const first = following(delivered);
  const { log } = state.options;
  const entries = state.unreadable === first ? takeMended(state, through) : log.read(first, through, DELIVERY_BYTES_MAX);
  if (entries.length === 0) {
    state.unreadable = first;
    return entries;
  }
  assert(entries[0]!.index === first, 'what is decided is handed out in order', () => ({ delivered, got: entries[0]!.index }));
  state.delivered = entries.at(-1)!.index;
  return entries;
}

/** The replica's store effect, or the stages' own. Each counts in its own way; the host sees one sequence. */
export function takeStore(
  state: SuccessionState,
  store: StoreEffect<EngineMessage> | undefined,
): StoreEffect<EngineMessage> | undefined {
  const { ownStore } = state;
  if (store === undefined && ownStore === undefined) return undefined;
  const sequence = ++state.storeSequence;
  state.ownStore = undefined;
  const { durableThrough } = store ?? ownStore!;
  state.underWay.push({ sequence, durableThrough });
  if (store === undefined) return { ...ownStore!, sequence, truncateFrom: undefined, unlocks: [] };
  const hardState = ownStore?.hardState ?? store.hardState;
  return store.sequence === sequence && ownStore === undefined ? store : { ...store, sequence, hardState };
}

/** The replica itself has decided the stop-sign, and what its stage decided is in its log, or in this very store effect. */
function conclude(state: SuccessionState, effects: EngineEffects, end: StageEnd): EngineEffects {
  const { leads, reads } = stopEngine(state);
  finish(state, end, []);
  if (leads) tell(state);
  // A leader's last messages carry the news. A follower's would be answers: it confirms nothing any more, neither now nor once
  // its last entries are durable.
  const store = effects.store === undefined ? undefined : { ...effects.store, unlocks: [] };
  return { ...effects, store, send: leads ? effects.send : [], reads: [...effects.reads, ...reads], install: undefined };
}

const hasFetchedAll = ({ informed, delivered }: SuccessionState): boolean =>
  informed !== undefined && (informed.fetched.at(-1)?.index ?? delivered) === informed.end.index;

/** What the replica still had to say or to store promises nothing yet, and is dropped with it. */
function concludeByOthers(state: SuccessionState): EngineEffects {
  const { end, fetched } = state.informed!;
  const { reads } = stopEngine(state);
  const missing = fetched.filter(({ index }) => index > state.delivered);
  state.ownCommit = missing;
  finish(state, end, missing);
  return { ...NOTHING, reads };
}

function stopEngine({ phase }: SuccessionState): { readonly leads: boolean } & Pick<EngineEffects, 'reads'> {
  assert(phase.kind === 'running', 'what ends was running', () => phase.kind);
  const leads = phase.engine.status().role === 'leader';
  phase.engine.step({ kind: 'stop' });
  return { leads, reads: phase.engine.effects().reads };
}

/** @param missing from the log: they replace, slot by slot, what stands there, and truncate nothing */
function finish(state: SuccessionState, end: StageEnd, missing: readonly Entry[]): void {
  enterEnd(state, end);
  state.endToTell = end;
  state.repeatAt = 0;
  // Whoever begins the next stage has durably left this one; who does not knows by the commit index.
  if (missing.length === 0 && state.phase.kind !== 'retired') return;
  const hardState = { round: noRound, vote: undefined, history: noRound, commit: end.index };
  state.ownStore = { entries: missing.map((entry) => ({ ...entry, ballot: entry.round })), hardState, durableThrough: end.index };
}
