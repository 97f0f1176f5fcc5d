// What the members of a healed cluster hold in the end: all the same, and what the decided requests mean.
import type { KeySpace } from '@reknit/mvcc';
import type { KeySpaceModel } from '../model/key-space-model.js';
import { compareWithModel } from './model-comparison.js';
import type { SimulatedMember } from './simulated-member.js';
import type { Violation } from './violation.js';

const KEYSPACES = ['_system', 'default'] as const;

/** One leader for all, and each has applied what it knows to be decided. */
export const haveConverged = (members: readonly SimulatedMember[]): boolean =>
  members.every(({ member }) => {
    const group = member?.group('default');
    return group?.hasLeader === true && group.status.commit === group.space.applied.index;
  });

export function haveAppliedTheSame(members: readonly SimulatedMember[]): boolean {
  const indexes = members.map(({ member }) => KEYSPACES.map((name) => member?.group(name)?.space.applied.index).join());
  return new Set(indexes).size === 1;
}

/** Of members that have applied the same. */
export function compareStates(members: readonly SimulatedMember[], model: KeySpaceModel): readonly Violation[] {
  const violations: Violation[] = [];
  for (const keyspace of KEYSPACES) {
    const hashes = members.map(({ member }) => hashOf(member!.group(keyspace)!.space));
    if (new Set(hashes).size > 1) violations.push({ rule: 'equal states', detail: `${keyspace}: ${hashes.join(', ')}` });
  }
  for (const { name, member } of members) {
    const difference = compareWithModel(member!.group('default')!.space, model);
    if (difference !== undefined) violations.push({ rule: 'meaning', detail: `${name}: ${difference}` });
  }
  return violations;
}

export function describeMember({ name, member, lost }: SimulatedMember): string {
  if (member === undefined) return `${name} is ${lost ? 'out' : 'down'}`;
  const groups = [...member.groups].map(({ name: keyspace, status, space }) => {
    const progress = status.progress.map(({ id, match, state, inFlight }) => `${id.slice(0, 4)} ${state} ${match} (${inFlight})`);
    return `${keyspace} ${status.role} of round ${status.round}, commit ${status.commit}, applied ${space.applied.index} [${progress.join(', ')}]`;
  });
  return `${name}: ${groups.join(' | ')}`;
}

function hashOf(space: KeySpace): string {
  const job = space.hashJob(0);
  for (;;) {
    const result = job.step();
    if (result !== undefined) return JSON.stringify(result);
  }
}
