// Doing a plan, across restarts. Progress is one number. After a crash the step it names may have been done in part; its
// actions are idempotent, so it is simply done again. Where even the number was lost, the voters themselves tell (`recognise`).
import { refuse } from '../errors.js';
import type { Placement } from '../placement.js';
import { open, seal } from '../serialize.js';
import { applyAction } from './check.js';
import type { MovementPlan, PlanProgress, PlanStep } from './types.js';

const PLAN_FORMAT = 'reknit-movement-plan';
const PROGRESS_FORMAT = 'reknit-movement-progress';

export const startPlan = ({ id }: MovementPlan): PlanProgress => ({ plan: id, completed: 0 });

/** @returns what is to be done now; undefined when all is done */
export function currentStep(plan: MovementPlan, progress: PlanProgress): PlanStep | undefined {
  requireSame(plan, progress);
  return plan.steps[progress.completed];
}

/** To be recorded durably before the next step begins. */
export function completeStep(plan: MovementPlan, progress: PlanProgress): PlanProgress {
  if (currentStep(plan, progress) === undefined) refuse('other-plan', 'this plan is done; there is no step to complete');
  return { plan: plan.id, completed: progress.completed + 1 };
}

/** The placement when so much is done: what a new plan starts from if this one is given up half-way. */
export function placementAfter(plan: MovementPlan, progress: PlanProgress, from: Placement): Placement {
  requireSame(plan, progress);
  if (from.version !== plan.fromVersion)
    refuse('other-plan', `the plan starts from version ${plan.fromVersion}, the placement has ${from.version}`);
  const members = new Map(Array.from(from.keys, ([key, ids]) => [key, { voters: new Set(ids), learners: new Set<string>() }]));
  for (const { actions } of plan.steps.slice(0, progress.completed)) {
    for (const action of actions) {
      const one = members.get(action.key) ?? refuse('other-plan', `the placement lacks the key ${JSON.stringify(action.key)}`);
      applyAction(one, action);
    }
  }
  return { ...from, keys: new Map(Array.from(members, ([key, { voters }]) => [key, [...voters]])) };
}

/**
 * Progress from what is seen, as each voter changes once in a plan: the step after the last one whose votes all show. Copies
 * do not show; they are done again.
 * @param votersOf what each key's voters are now
 */
export function recognise(plan: MovementPlan, votersOf: (key: string) => readonly string[]): PlanProgress {
  const shows = ({ actions }: PlanStep): boolean =>
    actions.every(({ kind, key, node }) => kind !== 'copy' && votersOf(key).includes(node) === (kind === 'add'));
  return { plan: plan.id, completed: plan.steps.findLastIndex(shows) + 1 };
}

export const serializePlan = (plan: MovementPlan): string => seal(PLAN_FORMAT, plan);
/** @throws 'foreign', 'later-format', 'damaged' */
export const deserializePlan = (text: string): MovementPlan => open<MovementPlan>(PLAN_FORMAT, text);
export const serializeProgress = (progress: PlanProgress): string => seal(PROGRESS_FORMAT, progress);
/** @throws 'foreign', 'later-format', 'damaged' */
export const deserializeProgress = (text: string): PlanProgress => open<PlanProgress>(PROGRESS_FORMAT, text);

function requireSame({ id, steps }: MovementPlan, { plan, completed }: PlanProgress): void {
  if (plan !== id) refuse('other-plan', `this progress belongs to plan ${plan}, not to ${id}`);
  if (!Number.isSafeInteger(completed) || completed < 0 || completed > steps.length)
    refuse('other-plan', `the plan has ${steps.length} steps; ${String(completed)} cannot be done`);
}
