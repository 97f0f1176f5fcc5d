// Shrinks a violation to a few operations that no order explains (delta debugging). What remains is a proof by itself:
// leaving an operation out also leaves out, or makes blind, all that saw its effect, so a linearization of the whole
// history would still be one of what remains.

import { type Operation, UNOBSERVED } from '../../history/operation.js';
import type { KnownState } from '../verdict.js';
import { namingsOf } from './namings.js';
import { prepareRegister } from './prepare.js';
import { RegisterSearch } from './search.js';

/** Searches per violation. Several thousand operations come down to a handful in about a hundred. */
const ATTEMPTS_MAX = 400;
/** Configurations in one of them; those that take longer count as not explaining. */
const ATTEMPT_VISITS_MAX = 200_000;
/** Configurations in all of them: bounds the wait to a second or so. */
const VISITS_MAX = 2_000_000;
/** Most violations involve operations that are close to each other. */
const WINDOW_MIN = 32;
const WINDOW_GROWTH = 4;

/** @param operations of one key, not linearizable. @returns those of them that explain it, by invocation */
export function minimiseViolation(operations: readonly Operation[], stuck: Operation, initial: KnownState): readonly Operation[] {
  const minimiser = new Minimiser(initial);
  const minimal = minimiser.run(operations, stuck);
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  return minimal.flatMap(({ id }) => byId.get(id) ?? []).sort((left, right) => left.invokeEvent - right.invokeEvent);
}

class Minimiser {
  readonly #initial: KnownState;
  #attempts = 0;
  #visits = 0;

  constructor(initial: KnownState) {
    this.#initial = initial;
  }

  run(operations: readonly Operation[], stuck: Operation): readonly Operation[] {
    const candidates = operations.filter(({ outcome }) => outcome.kind !== 'failed');
    return this.#shrink(this.#lastWindow(candidates, stuck.returnEvent ?? Infinity) ?? candidates);
  }

  /** The shortest of some stretches before the point where the search was stuck that explains it. */
  #lastWindow(operations: readonly Operation[], end: number): readonly Operation[] | undefined {
    const before = operations.filter(({ invokeEvent }) => invokeEvent < end);
    for (let size = WINDOW_MIN; ; size *= WINDOW_GROWTH) {
      const inside = new Set(before.slice(-size));
      const window = leaveOut(operations, new Set(operations.filter((operation) => !inside.has(operation))));
      if (this.#violates(window)) return window;
      if (size >= before.length) return undefined;
    }
  }

  #shrink(operations: readonly Operation[]): readonly Operation[] {
    let remaining = operations;
    for (let size = Math.ceil(operations.length / 2); size >= 1; size = Math.floor(size / 2)) {
      remaining = this.#shrinkBy(remaining, size);
      size = Math.min(size, remaining.length);
    }
    return remaining;
  }

  #shrinkBy(operations: readonly Operation[], size: number): readonly Operation[] {
    let remaining = operations;
    let start = 0;
    while (start < remaining.length && this.#hasBudget()) {
      const smaller = leaveOut(remaining, new Set(remaining.slice(start, start + size)));
      if (this.#violates(smaller)) remaining = smaller;
      else start += size;
    }
    return remaining;
  }

  #hasBudget(): boolean {
    return this.#attempts < ATTEMPTS_MAX && this.#visits < VISITS_MAX;
  }

  #violates(operations: readonly Operation[]): boolean {
    this.#attempts++;
    const budget = { left: ATTEMPT_VISITS_MAX };
    const result = new RegisterSearch(prepareRegister(operations, this.#initial), budget).run();
    this.#visits += ATTEMPT_VISITS_MAX - budget.left;
    return result.kind === 'violation';
  }
}

/** What the operations that are left out would have told the others. */
interface Omitted {
  readonly values: ReadonlySet<string>;
  readonly revisions: ReadonlySet<number>;
  /** Values are among them: a comparison with a revision that nothing names may have met one. */
  readonly anyRevision: boolean;
  /** Revisions that some answer connects with a value. */
  readonly named: ReadonlySet<number>;
  readonly anyWrite: boolean;
  /** Event at which the first omitted deletion was invoked. */
  readonly firstDeletion: number;
}

/** Keeps linearizable what is: `operations` are of one key. */
export function leaveOut(operations: readonly Operation[], out: ReadonlySet<Operation>): readonly Operation[] {
  const omitted = omit(operations, out);
  return operations.flatMap((operation) => (out.has(operation) ? [] : keepWithout(operation, omitted)));
}

function omit(operations: readonly Operation[], out: ReadonlySet<Operation>): Omitted {
  const values = new Set<string>();
  let anyWrite = false;
  let firstDeletion = Infinity;
  for (const { kind, value, outcome, invokeEvent } of out) {
    if (kind === 'get' || (outcome.kind === 'ok' && !outcome.wrote)) continue;
    anyWrite = true;
    if (value === undefined) firstDeletion = Math.min(firstDeletion, invokeEvent);
    else values.add(value);
  }
  const namings = operations.flatMap(namingsOf);
  const named = new Set(namings.map(({ revision }) => revision));
  const revisions = new Set(namings.filter(({ value }) => values.has(value)).map(({ revision }) => revision));
  const anyRevision = values.size > 0;
  return { values, revisions, named, anyRevision, anyWrite, firstDeletion };
}

function keepWithout(operation: Operation, omitted: Omitted): readonly Operation[] {
  if (!dependsOn(operation, omitted)) return [operation];
  const { kind, outcome } = operation;
  return kind === 'get' || (outcome.kind === 'ok' && !outcome.wrote) ? [] : [makeBlind(operation)];
}

/** Whether its result rests on a state that an omitted operation may have left. */
function dependsOn({ kind, expected, outcome, returnEvent }: Operation, omitted: Omitted): boolean {
  const end = outcome.kind === 'ok' ? (returnEvent ?? Infinity) : Infinity;
  const sawNothing = omitted.firstDeletion < end;
  if (kind === 'cas' && (outcome.kind !== 'ok' || outcome.wrote) && comparesWith(expected, omitted, sawNothing)) return true;
  if (outcome.kind !== 'ok') return false;
  if (outcome.seen.kind === 'value') return omitted.values.has(outcome.seen.value);
  if (outcome.seen.kind === 'absent') return sawNothing;
  if (kind === 'delete') return outcome.wrote ? omitted.anyWrite : sawNothing;
  return kind === 'cas' && !outcome.wrote && omitted.anyWrite;
}

function comparesWith(expected: number, omitted: Omitted, sawNothing: boolean): boolean {
  if (expected === 0) return sawNothing;
  return omitted.named.has(expected) ? omitted.revisions.has(expected) : omitted.anyRevision;
}

/** The same effect without a condition and without a look at what was there; a deletion becomes a put of nothing. */
function makeBlind(operation: Operation): Operation {
  const { outcome } = operation;
  return { ...operation, kind: 'put', expected: 0, outcome: outcome.kind === 'ok' ? { ...outcome, seen: UNOBSERVED } : outcome };
}
