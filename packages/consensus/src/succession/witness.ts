// Who knows that a stage has ended tells it: as the only answer to whatever is said in that stage, and unasked, until the next
// stage has decided an entry. Those who leave stay that long, for only then can the next stage do without them.
import { following } from '../arithmetic.js';
import type { Epoch, NodeId } from '../types.js';
import type { Started, Stopped } from './messages.js';
import { endOf, type SuccessionState, say } from './state.js';
import type { StageEnd } from './types.js';

/** To whoever speaks in a stage that has ended here. */
export function answerStopped(state: SuccessionState, to: NodeId, epoch: Epoch): void {
  if (state.told.has(to)) return;
  state.told.add(to);
  const end = knownEndOf(state, epoch);
  if (end !== undefined) return say(state, to, { kind: 'stopped', end });
  if (epoch < state.stage.epoch) offerState(state, to);
}

/** How that stage ended, as far as this member still knows. */
export function knownEndOf(state: SuccessionState, epoch: Epoch): StageEnd | undefined {
  const end = endOf(state);
  if (end?.epoch === epoch) return end;
  return state.previous?.epoch === epoch ? state.previous : undefined;
}

/** More than one stage lies between: only the state leads there. */
export function offerState(state: SuccessionState, to: NodeId): void {
  const { index, round } = state.options.log.base;
  const beyond = index > state.start ? { index, indexRound: round } : { index: state.start, indexRound: round };
  say(state, to, { kind: 'offer', epoch: state.stage.epoch, ...beyond });
}

export function onStopped(state: SuccessionState, from: NodeId, { end }: Stopped): void {
  const { epoch } = state.stage;
  if (end.epoch === epoch) {
    // What it decided is asked for at once, of whoever knows.
    if (inform(state, end) === 'news') say(state, from, { kind: 'fetch', epoch, from: following(state.delivered) });
    return;
  }
  if (end.epoch > epoch) return say(state, from, { kind: 'fetch', epoch, from: state.delivered });
  if (end.epoch < epoch - 1) return say(state, from, { kind: 'started', epoch: end.next.epoch, decided: true });
  if (state.phase.kind === 'retired') return;
  say(state, from, { kind: 'started', epoch, decided: hasDecided(state) });
}

export function inform(state: SuccessionState, end: StageEnd): 'news' | 'known' {
  if (state.phase.kind !== 'running' || state.informed !== undefined) return 'known';
  state.informed = { end, fetched: [], bytes: 0 };
  return 'news';
}

export function onStarted({ witness }: SuccessionState, { epoch, decided }: Started): void {
  if (witness !== undefined && epoch >= witness.end.next.epoch) witness.decided ||= decided;
}

/** A decision of the next stage is seen: it stands by itself now. */
export function observeDecided(state: SuccessionState): void {
  if (state.phase.kind === 'running' && hasDecided(state)) state.witness = undefined;
}

/** Now and then: the news, or its answer, may have been lost, and answers change. */
export function tell(state: SuccessionState): void {
  const { witness } = state;
  if (witness === undefined || witness.decided) return;
  for (const id of witness.peers) say(state, id, { kind: 'stopped', end: witness.end });
}

/** What a stage decides, a majority of its voters has accepted, and none of them accepts before it has durably begun. */
export const mayLeave = ({ witness }: SuccessionState): boolean => witness?.decided === true;

const hasDecided = (state: SuccessionState): boolean => state.delivered > state.start;
