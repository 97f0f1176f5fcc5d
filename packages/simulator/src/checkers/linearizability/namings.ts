import type { Operation } from '../../history/operation.js';

/** An answer's word that this value has this mod revision. */
export interface Naming {
  readonly value: string;
  readonly revision: number;
  readonly by: Operation;
}

/** What one operation saw, and then what it wrote. Without revisions nothing is named. */
export function namingsOf(operation: Operation): readonly Naming[] {
  const { value, outcome } = operation;
  if (outcome.kind !== 'ok' || outcome.revision === 0) return [];
  const { seen, wrote, revision } = outcome;
  const saw = seen.kind === 'value' ? [{ value: seen.value, revision: seen.modRevision, by: operation }] : [];
  return wrote && value !== undefined ? [...saw, { value, revision, by: operation }] : saw;
}
