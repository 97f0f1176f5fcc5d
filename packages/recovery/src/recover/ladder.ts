// Where a plan stands, and what comes next: the arithmetic of ladders, without any doing. What was done is read from the
// record's runs, so that whoever takes an incident over goes on where it was left.
import type { Incident, Plan, StepRun } from '../incidents/incident.js';
import type { Action } from './actions.js';

export type Move =
  | { readonly kind: 'step'; readonly step: number; readonly action: Action }
  /** All of the rung is done: whether it helped is for the verification to say. */
  | { readonly kind: 'verify' }
  /** There is nothing more that could be tried. */
  | { readonly kind: 'end' };

/** How far an action has failed: try the next rung; only rungs that act elsewhere; nothing but a human. */
export type Futility = 'rung' | 'here' | 'everywhere';

/** They do nothing where the subject is. */
const ELSEWHERE: ReadonlySet<Action> = new Set<Action>(['replace', 'relocate', 'unsafe-recover', 'page']);

export const firstMove = (plan: Plan): Move => moveTo(plan, 0, () => true);

/** After this step was done. */
export function afterSuccess(plan: Plan, step: number): Move {
  const next = plan.steps[step + 1];
  return next !== undefined && rungOf(plan, step + 1) === rungOf(plan, step)
    ? { kind: 'step', step: step + 1, action: next.action }
    : { kind: 'verify' };
}

/** After the rung of this step has proven futile. */
export function afterFutile(plan: Plan, step: number, futility: Futility = 'rung'): Move {
  const rung = rungOf(plan, step);
  const next = plan.steps.findIndex((_, at) => rungOf(plan, at) > rung);
  return next < 0 ? { kind: 'end' } : moveTo(plan, next, (action) => mayHelp(action, futility));
}

/** The newest run of the plan that is in force; those before it belong to plans that it took the place of. */
export function lastRun({ plan, runs }: Pick<Incident, 'plan' | 'runs'>): StepRun | undefined {
  const last = runs.at(-1);
  return last !== undefined && last.attempt > (plan?.since ?? 0) ? last : undefined;
}

/** Begun, and how it ended is not known. */
export function underWay(incident: Pick<Incident, 'plan' | 'runs'>): StepRun | undefined {
  const last = lastRun(incident);
  return last?.outcome === undefined ? last : undefined;
}

const rungOf = ({ steps }: Plan, step: number): number => steps[step]?.rung ?? 0;

const mayHelp = (action: Action, futility: Futility): boolean =>
  futility === 'rung' || (futility === 'here' ? ELSEWHERE.has(action) : action === 'page');

/** The first step of the first rung, from this one on, that can be tried. */
function moveTo(plan: Plan, from: number, allows: (action: Action) => boolean): Move {
  const step = plan.steps.findIndex(
    ({ skipped, action }, at) => at >= from && skipped === undefined && isFirstOfRung(plan, at) && allows(action),
  );
  const found = plan.steps[step];
  return found === undefined ? { kind: 'end' } : { kind: 'step', step, action: found.action };
}

const isFirstOfRung = (plan: Plan, step: number): boolean => step === 0 || rungOf(plan, step - 1) !== rungOf(plan, step);
