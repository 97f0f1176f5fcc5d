// The proposal of a stop-sign: one plan at a time, for the epoch that follows, and only when its voters are ready.
import type { Index, Round } from '../types.js';
import { preflightOf } from './preflight.js';
import { decodeStage, encodeStage, type Stage } from './stage.js';
import type { SuccessionState } from './state.js';
import type { StopOutcome } from './types.js';

export function stop(state: SuccessionState, stage: Stage): StopOutcome {
  const { phase } = state;
  if (phase.kind !== 'running') return { accepted: false, reason: 'stopped', leader: undefined };
  const { role, round, leader, stopSign } = phase.engine.status();
  if (role !== 'leader') return { accepted: false, reason: 'not-leader', leader };
  if (stage.epoch !== state.stage.epoch + 1) return { accepted: false, reason: 'other-epoch', leader };
  if (stopSign !== undefined) return underWay(state, stage, { index: stopSign, round });
  const preflight = preflightOf(state);
  if (preflight?.stage.plan !== stage.plan || !preflight.ready) return { accepted: false, reason: 'not-prepared', leader };
  const proposed = phase.engine.propose([encodeStage(stage)], 'stop-sign');
  if (proposed.accepted) state.proposedStop = { round, plan: stage.plan };
  return proposed;
}

/** A stop-sign stands in the leader's log: asked for again, it is the same one. */
function underWay(
  state: SuccessionState,
  { plan }: Stage,
  { index, round }: { readonly index: Index; readonly round: Round },
): StopOutcome {
  // Of this leadership: a later one may have found another's in that place.
  const known = state.proposedStop?.round === round ? state.proposedStop.plan : inheritedPlan(state, index);
  if (known === plan) return { accepted: true, index };
  return { accepted: false, reason: 'other-plan', leader: state.self };
}

function inheritedPlan({ options }: SuccessionState, index: Index): string | undefined {
  const [entry] = options.log.view().read(index, index, 0);
  return entry?.kind === 'stop-sign' ? decodeStage(entry.payload).plan : undefined;
}
