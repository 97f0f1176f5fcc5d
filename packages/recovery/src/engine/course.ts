// What comes after what in an open incident, by what its record says and what is seen now.
import type { Diagnosis } from '../diagnose/diagnose.js';
import { classOf } from '../faults/catalogue.js';
import type { Incident } from '../incidents/incident.js';
import { isSpent } from '../recover/back-off.js';
import { afterFutile, afterSuccess, firstMove, lastRun, type Move } from '../recover/ladder.js';
import type { Hold } from './hold.js';

/** Plans made for one incident: whose diagnosis changes that often is not understood. */
const PLANS_MAX = 6;

/**
 * Of a life that was started in spite of a verdict that forbids starts (a crash loop): what looks milder in it is the same
 * trouble, until it has held its soak.
 */
export function keepsVerdict({ phase, diagnosis }: Incident, now: Diagnosis['verdict']): boolean {
  const before = classOf(diagnosis?.verdict);
  if (phase.kind !== 'verifying' || before === undefined || before.ladder.flat().includes('restart')) return false;
  return (classOf(now)?.severity ?? 0) < before.severity;
}

/** What comes next for the open incident. */
export function nextMove(hold: Hold, diagnosis: Diagnosis | undefined): Move {
  const incident = hold.case.require();
  const { plan, phase } = incident;
  if (plan === undefined || (plan.number ?? 1) > PLANS_MAX) return { kind: 'end' };
  const last = lastRun(incident);
  if (last === undefined) return firstMove(plan);
  if (last.outcome === 'interrupted' || mayRepeat(hold, incident, diagnosis)) return startOfRung(incident, last.step);
  if (last.outcome === 'succeeded' && phase.kind !== 'verifying') return afterSuccess(plan, last.step);
  return afterFutile(plan, last.step);
}

/** Down again, or silent again: one more restart is a reflex, within its budget. */
function mayRepeat({ desk, subject, state }: Hold, incident: Incident, diagnosis: Diagnosis | undefined): boolean {
  const { plan } = incident;
  if (state.kind === 'living' && diagnosis?.facts.silence === undefined) return false;
  const last = lastRun(incident);
  const rung = plan?.steps[last?.step ?? 0]?.rung;
  const restarts = plan?.steps.some((step) => step.rung === rung && step.action === 'restart') === true;
  return restarts && (state.kind !== 'living' || !isSpent(desk.recall(subject).budget, desk.stamp(), desk.backOff(subject)));
}

function startOfRung({ plan }: Incident, step: number): Move {
  const rung = plan?.steps[step]?.rung;
  const first = plan?.steps.findIndex((each) => each.rung === rung) ?? -1;
  const found = plan?.steps[first];
  return found === undefined ? { kind: 'end' } : { kind: 'step', step: first, action: found.action };
}
