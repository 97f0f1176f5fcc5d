// The judge of a plan, apart from its author: it plays the plan on the voters of each key and looks at every state between two
// actions. A plan that comes from elsewhere can be judged too.
import { refuse } from '../errors.js';
import type { Placement } from '../placement.js';
import type { MovementPlan, PlanAction } from './types.js';

const quorumOf = (voters: number): number => Math.floor(voters / 2) + 1;

/** The voters and learners of one key. */
interface Members {
  readonly voters: Set<string>;
  readonly learners: Set<string>;
}

/**
 * @throws 'quorum-lost' where, at any moment of the plan, fewer live voters are left than a majority of all voters;
 * 'other-plan' where an action does not fit the placement
 */
export function requireQuorums({ steps, dead }: Pick<MovementPlan, 'steps' | 'dead'>, from: Placement): void {
  const actions = groupByKey(steps.flatMap((step) => step.actions));
  for (const [key, ids] of from.keys) {
    const members: Members = { voters: new Set(ids), learners: new Set() };
    const due = actions.get(key) ?? [];
    if (due.length > 0) requireQuorum(key, members, dead);
    for (const action of due) {
      applyAction(members, action);
      requireQuorum(key, members, dead);
    }
  }
}

function groupByKey(actions: readonly PlanAction[]): ReadonlyMap<string, readonly PlanAction[]> {
  const groups = new Map<string, PlanAction[]>();
  for (const action of actions) {
    const group = groups.get(action.key);
    if (group === undefined) groups.set(action.key, [action]);
    else group.push(action);
  }
  return groups;
}

export function applyAction({ voters, learners }: Members, { kind, key, node }: PlanAction): void {
  const misfit = (what: string): never =>
    refuse('other-plan', `${kind} of ${JSON.stringify(key)} at ${JSON.stringify(node)}: ${what}`);
  if (kind === 'copy') {
    if (voters.has(node)) misfit('it is a voter already');
    learners.add(node);
    return;
  }
  if (kind === 'add') {
    if (!learners.delete(node)) misfit('nothing was copied there');
    voters.add(node);
    return;
  }
  if (!voters.delete(node)) misfit('it is no voter');
}

function requireQuorum(key: string, { voters }: Members, dead: readonly string[]): void {
  const alive = [...voters].filter((id) => !dead.includes(id)).length;
  if (alive >= quorumOf(voters.size)) return;
  refuse(
    'quorum-lost',
    `${JSON.stringify(key)} would have ${alive} live voters of ${voters.size}, a majority is ${quorumOf(voters.size)}: no plan can move it safely`,
  );
}
