// All checkers over one history, and one answer.
import type { Operation } from '../history/operation.js';
import { checkLinearizability, type LinearizabilityOptions } from './linearizability/check.js';
import { checkLostAndStale, type FinalRead, type LostAndStale } from './lost-and-stale.js';
import { checkRevisionOrder, type RevisionVerdict } from './revision-order.js';
import type { LinearizabilityVerdict } from './verdict.js';

export interface Judgement {
  /** Everything was checked and nothing found. */
  readonly clean: boolean;
  readonly linearizability: LinearizabilityVerdict;
  readonly revisions: RevisionVerdict;
  readonly writes: LostAndStale;
}

/** @param final each key as read back once the workload had drained */
export function judgeHistory(
  operations: readonly Operation[],
  final: ReadonlyMap<string, FinalRead>,
  options: LinearizabilityOptions = {},
): Judgement {
  const linearizability = checkLinearizability(operations, options);
  const revisions = checkRevisionOrder(operations);
  const writes = checkLostAndStale(operations, final);
  const clean = linearizability.kind === 'linearizable' && revisions.kind === 'ordered' && writes.verdict === 'clean';
  return { clean, linearizability, revisions, writes };
}
