import type { Operation, Seen } from '../history/operation.js';

export type LinearizabilityVerdict =
  | { readonly kind: 'linearizable' }
  | {
      readonly kind: 'violation';
      readonly key: string;
      /** As few as were found that no order explains, whatever else happened; by invocation. */
      readonly operations: readonly Operation[];
      readonly reason: string;
    }
  /** No violation was found, but not everything could be searched. */
  | { readonly kind: 'unknown'; readonly why: string };

/** A key whose state is known: before the history began, or after it ended. */
export type KnownState = Exclude<Seen, { readonly kind: 'unobserved' }>;

/** Keys that are not in it are absent. */
export type InitialStates = ReadonlyMap<string, KnownState>;

export function groupByKey<Keyed extends { readonly key: string }>(
  operations: readonly Keyed[],
): ReadonlyMap<string, readonly Keyed[]> {
  const groups = new Map<string, Keyed[]>();
  for (const operation of operations) {
    const group = groups.get(operation.key);
    if (group === undefined) groups.set(operation.key, [operation]);
    else group.push(operation);
  }
  return groups;
}
