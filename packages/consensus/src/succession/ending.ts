// From one stage to the next: what the old replica still says, what must be here before the new one begins, and the durable
// `Started` between them. Nothing acts on a stop-sign that is not decided: this file is entered only by a decision, the
// replica's own or that of a member that knows it.
import { assert } from '@reknit/base';
import { following, higher, lower } from '../arithmetic.js';
import type { Effects, StoreEffect } from '../replica.js';
import { type Entry, type Epoch, type HardState, noRound } from '../types.js';
import { decidedInLog, endNamedBy, enterEnd, runStage, SEALED, type SuccessionState } from './state.js';
import type { EngineMessage, StageEnd } from './types.js';
import { tell } from './witness.js';

/** Handed to the state machine in one turn. */
const DELIVERY_BYTES_MAX = 16 << 20;

type EngineEffects = Effects<EngineMessage>;

const NOTHING: EngineEffects = { send: [], store: undefined, commit: [], reads: [], install: undefined };

/** The replica's turn. Where its stage has ended, this is its last. */
export function drainEngine(state: SuccessionState): EngineEffects {
  const { phase } = state;
  // What the stages before decided comes first; until it has, the replica's own decisions wait in it.
  if (phase.kind !== 'running' || state.delivered < state.start) return NOTHING;
  const effects = phase.engine.effects();
  const at = effects.commit.findIndex(({ kind }) => kind === 'stop-sign');
  const commit = at === -1 ? effects.commit : effects.commit.slice(0, at + 1);
  const last = commit.at(-1);
  if (last !== undefined) state.delivered = last.index;
  const end = at === -1 ? state.heard : endNamedBy(state, last!);
  return end === undefined ? effects : conclude(state, { ...effects, commit }, end);
}

/** After the replica: towards `Started`, as far as what is here allows. */
export function settle(state: SuccessionState): void {
  if (state.phase.kind === 'sealed' && state.heard !== undefined) end(state, state.heard);
  state.heard = undefined;
  const { phase } = state;
  if (phase.kind !== 'ending' || phase.have < phase.end.index) return;
  begin(state, phase.end);
}

export function onBegun(state: SuccessionState, epoch: Epoch): void {
  const { phase } = state;
  if (phase.kind !== 'beginning' || phase.end.next.epoch !== epoch) return;
  const { index, next } = phase.end;
  state.previous = phase.end;
  state.stage = next;
  state.start = index;
  state.durable = higher(state.durable, index);
  state.preflight = undefined;
  runStage(state);
  if (state.phase.kind === 'running' && next.preferred === state.self) state.phase.engine.step({ kind: 'campaign' });
}

/** What was decided and did not come through the running replica. */
export function deliverFromLog(state: SuccessionState): readonly Entry[] {
  const { delivered } = state;
  const through = decidedInLog(state);
  if (delivered >= through) return [];
  const entries = state.options.log.read(following(delivered), through, DELIVERY_BYTES_MAX);
  assert(entries[0]?.index === following(delivered), 'what is decided can be read, in order', () => ({ delivered, through }));
  state.delivered = entries.at(-1)!.index;
  return entries;
}

/** The last replica's store effect, or the stages' own: what was fetched, and the seal. */
export function takeStore(
  state: SuccessionState,
  store: StoreEffect<EngineMessage> | undefined,
): StoreEffect<EngineMessage> | undefined {
  const { fetched } = state;
  if (store === undefined && fetched.length === 0 && !state.sealDue) return undefined;
  const sequence = ++state.storeSequence;
  const known = state.phase.kind === 'ending' ? state.phase.have : state.delivered;
  const reached = state.underWay.at(-1)?.durableThrough ?? state.durable;
  const durableThrough = store?.durableThrough ?? higher(known, reached);
  state.underWay.push({ sequence, durableThrough });
  if (store !== undefined && !state.sealDue) return store.sequence === sequence ? store : { ...store, sequence };
  const hardState = state.sealDue ? sealed(state) : undefined;
  state.sealDue = false;
  state.fetched = [];
  if (store !== undefined) return { ...store, sequence, hardState, unlocks: [] };
  return { sequence, truncateFrom: undefined, entries: fetched, hardState, durableThrough, unlocks: [] };
}

/**
 * A leader's last messages carry the news to its followers. A follower's would be answers: it confirms nothing any more, neither
 * now nor once its last entries are durable.
 */
function conclude(state: SuccessionState, effects: EngineEffects, at: StageEnd): EngineEffects {
  const { phase } = state;
  assert(phase.kind === 'running', 'what ends was running', () => phase.kind);
  const leads = phase.engine.status().role === 'leader';
  phase.engine.step({ kind: 'stop' });
  const { reads } = phase.engine.effects();
  end(state, at);
  if (leads) tell(state);
  const store = effects.store === undefined ? undefined : { ...effects.store, unlocks: [] };
  return { ...effects, store, send: leads ? effects.send : [], reads: [...effects.reads, ...reads], install: undefined };
}

function end(state: SuccessionState, at: StageEnd): void {
  const have = lower(state.delivered, at.index);
  enterEnd(state, at, have);
  state.endToTell = at;
  // `Started` follows at once where it can, and says as much.
  state.sealDue = state.phase.kind === 'retired' || have < at.index;
}

function begin(state: SuccessionState, at: StageEnd): void {
  state.phase = { kind: 'beginning', end: at };
  state.begin = { index: at.index, stage: at.next };
}

/** No promise of this stage is made after it; what is known to be decided is known after a restart. */
function sealed(state: SuccessionState): HardState {
  const { phase } = state;
  const commit = phase.kind === 'ending' || phase.kind === 'retired' ? phase.have : state.delivered;
  return { round: SEALED, vote: undefined, history: noRound, commit };
}
