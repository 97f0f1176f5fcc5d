// Copies of one incident meet again: the journal's and the store's. The further one wins as a whole, so merging is
// commutative and idempotent, and a late copy never takes a record back.
import { assert } from '@reknit/base';
import { INCIDENT_FORMAT, type Incident, isFinal } from './incident.js';

/** Positive when `left` is the further one, zero when they are the same change. Of two that were closed the first closing stands. */
export function compareProgress(left: Incident, right: Incident): number {
  assert(left.id === right.id, 'only copies of one incident are compared', () => [left.id, right.id]);
  if (isFinal(left) && isFinal(right)) return right.phase.at - left.phase.at || left.change - right.change;
  return Number(isFinal(left)) - Number(isFinal(right)) || left.attempt - right.attempt || left.change - right.change;
}

export const further = (left: Incident, right: Incident): Incident => (compareProgress(left, right) >= 0 ? left : right);

export const encodeIncident = (incident: Incident): string => JSON.stringify(incident);

/** Undefined for what is not an incident of this format: written by a later version, or not by us at all. */
export function decodeIncident(text: string): Incident | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isIncident(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isIncident(value: unknown): value is Incident {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Partial<Record<keyof Incident, unknown>>;
  return (
    record.format === INCIDENT_FORMAT &&
    typeof record.id === 'string' &&
    typeof record.subject === 'string' &&
    typeof record.change === 'number' &&
    typeof record.phase === 'object'
  );
}
