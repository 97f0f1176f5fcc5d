// What a leader takes in: bounded by the bytes that are proposed and not yet decided.
import { assert } from '@reknit/base';
import type { Proposed } from '../replica.js';
import type { Index } from '../types.js';
import type { Core } from './core.js';
import type { Leading } from './roles.js';

/** What an entry costs in memory beside its payload: bounds a flood of empty proposals. */
const ENTRY_OVERHEAD_BYTES = 64;

export type Admission = { readonly leader: Leading; readonly bytes: number } | 'not-leader' | 'stopped' | 'busy';

/** @returns the bytes to be noted once they are appended, or why not */
export function admit(
  state: Pick<Core, 'role' | 'stopSign' | 'limits' | 'unreadable'>,
  payloads: readonly Uint8Array[],
): Admission {
  const { role } = state;
  if (role.kind !== 'leader') return 'not-leader';
  if (state.stopSign !== undefined) return 'stopped';
  // What it takes in while its own state machine stands still is without a bound.
  if (role.transfer !== undefined || state.unreadable !== undefined) return 'busy';
  assert(payloads.length > 0, 'a proposal has payloads');
  const bytes = payloads.reduce((sum, payload) => sum + payload.length + ENTRY_OVERHEAD_BYTES, 0);
  const { total } = role.undecided;
  return total > 0 && total + bytes > state.limits.undecidedBytesMax ? 'busy' : { leader: role, bytes };
}

export function noteUndecided({ undecided }: Leading, last: Index, bytes: number): void {
  undecided.batches.push({ last, bytes });
  undecided.total += bytes;
}

export function forgetDecided({ commit }: Pick<Core, 'commit'>, { undecided }: Leading): void {
  const { batches } = undecided;
  let decided = 0;
  while (decided < batches.length && batches[decided]!.last <= commit) undecided.total -= batches[decided++]!.bytes;
  if (decided > 0) batches.splice(0, decided);
}

export function refuse({ role, self }: Pick<Core, 'role' | 'self'>, reason: 'not-leader' | 'busy' | 'stopped'): Proposed {
  // Not one that is only suspected: what is not sent yet had better wait for the outcome.
  const follows = role.kind === 'follower' || role.kind === 'learner' ? role.leader : undefined;
  return { accepted: false, reason, leader: role.kind === 'leader' ? self : follows };
}
