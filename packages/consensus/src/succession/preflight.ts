// Before a stop-sign is proposed: a stage whose voters cannot run it would be born dead, and its predecessor cannot come back. So
// a majority of them must have said lately that they hold nearly all of the log, can run the protocol, and have durably noted
// that the plan may come.
import type { Millis } from '@reknit/base';
import { majorityOf } from '../quorum.js';
import type { NodeId } from '../types.js';
import type { Prepare, Prepared } from './messages.js';
import type { Stage } from './stage.js';
import { clock, type PreflightAnswer, type SuccessionState, say } from './state.js';
import type { Preflight } from './types.js';

/** An answer counts for so many election time-outs: who has been silent since may be gone. */
const FRESH_TIMEOUTS = 2;
/** What a voter may lack of the log: fetched in a fraction of the time that an election takes. */
const LAG_ENTRIES_MAX = 1000;

export function beginPreflight(state: SuccessionState, stage: Stage): void {
  if (state.preflight?.stage.plan === stage.plan) return;
  state.preflight = { stage, answers: new Map() };
  askVoters(state);
}

/** Again and again while it lasts: what counts is what was said lately. */
export function askVoters(state: SuccessionState): void {
  const { preflight, phase } = state;
  if (preflight === undefined) return;
  if (phase.kind !== 'running' || phase.engine.status().role !== 'leader') {
    state.preflight = undefined;
    return;
  }
  for (const id of preflight.stage.voters) {
    if (id === state.self) onPrepare(state, id, { kind: 'prepare', stage: preflight.stage });
    else say(state, id, { kind: 'prepare', stage: preflight.stage });
  }
}

export function onPrepare(state: SuccessionState, from: NodeId, { stage }: Prepare): void {
  if (state.phase.kind !== 'running' || stage.epoch !== state.stage.epoch + 1) return;
  if (state.prepared?.plan === stage.plan) return answer(state, from, state.prepared);
  if (state.preparing?.stage.plan === stage.plan) state.preparing.askers.add(from);
  else state.preparing = { stage, askers: new Set([from]), announced: false };
}

/** What the host is to note durably; told once. */
export function takePrepare({ preparing }: SuccessionState): Stage | undefined {
  if (preparing === undefined || preparing.announced) return undefined;
  preparing.announced = true;
  return preparing.stage;
}

/** The note is durable, or the host refuses. */
export function onNoted(state: SuccessionState, plan: string, refusal: string): void {
  const { preparing } = state;
  if (preparing?.stage.plan !== plan) return;
  state.preparing = undefined;
  // A refusal may have a cause that passes: asked again, the host judges again.
  if (refusal === '') state.prepared = { plan, refusal };
  for (const asker of preparing.askers) answer(state, asker, { plan, refusal });
}

export function onPrepared(state: SuccessionState, from: NodeId, { plan, stored, refusal }: Prepared): void {
  const { preflight, phase } = state;
  if (preflight?.stage.plan !== plan || phase.kind !== 'running') return;
  // Against what was decided then: under load much more is by the time that the answer is looked at.
  const lacks = phase.engine.status().commit - stored;
  preflight.answers.set(from, { lacks, refusal, at: clock(state) });
}

export function preflightOf(state: SuccessionState): Preflight | undefined {
  const { preflight } = state;
  if (preflight === undefined) return undefined;
  const { stage, answers } = preflight;
  const missing: { readonly id: NodeId; readonly why: string }[] = [];
  for (const id of stage.voters) {
    const why = objection(state, answers.get(id));
    if (why !== undefined) missing.push({ id, why });
  }
  return { stage, ready: stage.voters.length - missing.length >= majorityOf(stage.voters.length), missing };
}

function objection(state: SuccessionState, given: PreflightAnswer | undefined): string | undefined {
  const freshFor: Millis = FRESH_TIMEOUTS * state.options.electionTimeout;
  if (given === undefined) return 'has not answered';
  if (given.refusal !== '') return given.refusal;
  if (clock(state) - given.at > freshFor) return 'has not answered lately';
  return given.lacks > LAG_ENTRIES_MAX ? `lags ${given.lacks} entries behind` : undefined;
}

function answer(
  state: SuccessionState,
  to: NodeId,
  { plan, refusal }: { readonly plan: string; readonly refusal: string },
): void {
  const message: Prepared = { kind: 'prepared', plan, stored: state.durable, refusal };
  if (to === state.self) onPrepared(state, to, message);
  else say(state, to, message);
}
