// What a plan is about: for people, and for those who carry it out.
import { unreachable } from '@reknit/base';
import type { NodeId } from '@reknit/consensus';
import type { MemberRecord, Plan, PlannedChange } from './record.js';

/** Who must not be missing when the plan's stop-sign is decided. */
export function newcomer({ change }: Plan): NodeId | undefined {
  switch (change.kind) {
    case 'add':
    case 'promote':
      return change.member;
    case 'replace':
      return change.by;
    case 'remove':
    case 'switch':
      return undefined;
    default:
      return unreachable(change);
  }
}

export function describePlan({ change, phase }: Plan, members: readonly MemberRecord[]): string {
  return `${describeChange(change, (id) => members.find((member) => member.id === id)?.name || id)} (${phaseOf(phase)})`;
}

function describeChange(change: PlannedChange, nameOf: (id: NodeId) => string): string {
  switch (change.kind) {
    case 'add':
      return `adding member ${nameOf(change.member)}`;
    case 'promote':
      return `promoting member ${nameOf(change.member)}`;
    case 'remove':
      return `removing member ${nameOf(change.member)}`;
    case 'replace':
      return `replacing member ${nameOf(change.member)} by ${nameOf(change.by)}`;
    case 'switch':
      return `switching to ${change.protocol}`;
    default:
      return unreachable(change);
  }
}

/** For people. */
export const phaseOf = (phase: Plan['phase']): string => (phase === 'stopping' ? 'stopping' : 'catching up');
