// The definition, tried out: every order of every choice of the unknown operations, and every revision that an
// unobserved write may have had. For a handful of operations; shares no code with the checker.
import type { Operation } from '../../src/index.js';

interface State {
  readonly value: string | undefined;
  readonly mod: number;
  /** The last revision that is known to exist. */
  readonly revision: number;
}

export function isLinearizable(operations: readonly Operation[], revisionMax: number): boolean {
  const relevant = operations.filter(({ kind, outcome, consistency }) =>
    outcome.kind === 'ok' ? consistency === 'linearizable' : outcome.kind === 'unknown' && kind !== 'get',
  );
  return extend({ value: undefined, mod: 0, revision: 0 }, relevant, revisionMax);
}

function extend(state: State, rest: readonly Operation[], revisionMax: number): boolean {
  if (rest.every(({ outcome }) => outcome.kind === 'unknown')) return true;
  return rest.some((next) => {
    const others = rest.filter((other) => other !== next);
    if (others.some((other) => endOf(other) < next.invokeEvent)) return false;
    return successors(state, next, revisionMax).some((after) => extend(after, others, revisionMax));
  });
}

const endOf = ({ outcome, returnEvent }: Operation): number => (outcome.kind === 'ok' ? returnEvent! : Infinity);

function successors(state: State, operation: Operation, revisionMax: number): readonly State[] {
  const { outcome } = operation;
  const writes = changes(state, operation);
  const value = operation.kind === 'delete' ? undefined : operation.value;
  const modOf = (revision: number): number => (value === undefined ? 0 : revision);
  if (outcome.kind === 'unknown') {
    if (!writes) return [];
    const revisions = Array.from({ length: Math.max(0, revisionMax - state.revision) }, (_, step) => state.revision + 1 + step);
    return revisions.map((revision) => ({ value, mod: modOf(revision), revision }));
  }
  if (outcome.kind !== 'ok' || outcome.wrote !== writes || !sees(state, operation)) return [];
  if (!writes) return outcome.revision >= state.revision ? [{ ...state, revision: outcome.revision }] : [];
  return outcome.revision > state.revision ? [{ value, mod: modOf(outcome.revision), revision: outcome.revision }] : [];
}

function changes(state: State, operation: Operation): boolean {
  if (operation.kind === 'put') return true;
  if (operation.kind === 'delete') return state.value !== undefined;
  return operation.kind === 'cas' && state.mod === operation.expected;
}

function sees(state: State, { outcome }: Operation): boolean {
  if (outcome.kind !== 'ok' || outcome.seen.kind === 'unobserved') return true;
  if (outcome.seen.kind === 'absent') return state.value === undefined;
  return state.value === outcome.seen.value && state.mod === outcome.seen.modRevision;
}

/** The same for a store without revisions: a comparison tells only whether the key was to be absent. */
export function isLinearizableByValue(operations: readonly Operation[]): boolean {
  const relevant = operations.filter(({ kind, outcome, consistency }) =>
    outcome.kind === 'ok' ? consistency === 'linearizable' : outcome.kind === 'unknown' && kind !== 'get',
  );
  return extendByValue(undefined, relevant);
}

function extendByValue(value: string | undefined, rest: readonly Operation[]): boolean {
  if (rest.every(({ outcome }) => outcome.kind === 'unknown')) return true;
  return rest.some((next) => {
    const others = rest.filter((other) => other !== next);
    if (others.some((other) => endOf(other) < next.invokeEvent)) return false;
    return valuesAfter(value, next).some((after) => extendByValue(after, others));
  });
}

function valuesAfter(value: string | undefined, operation: Operation): readonly (string | undefined)[] {
  const { kind, outcome, expected } = operation;
  const possible =
    kind === 'put' || kind === 'get' || (kind === 'delete' || expected !== 0 ? value !== undefined : value === undefined);
  const certain =
    kind === 'put' || (kind === 'delete' && value !== undefined) || (kind === 'cas' && expected === 0 && value === undefined);
  const written = kind === 'delete' ? undefined : operation.value;
  if (outcome.kind === 'unknown') return possible ? [written] : [];
  if (outcome.kind !== 'ok') return [];
  const seen = outcome.seen;
  if (seen.kind === 'absent' && value !== undefined) return [];
  if (seen.kind === 'value' && value !== seen.value) return [];
  if (outcome.wrote) return possible ? [written] : [];
  return certain ? [] : [value];
}
