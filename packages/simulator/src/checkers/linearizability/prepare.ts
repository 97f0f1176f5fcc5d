// Turns one key's operations into a search problem, and takes out of it what needs no search:
//  - what failed, unknown reads and serializable reads constrain nothing;
//  - a write of unknown outcome whose unique value somebody saw did happen, before the first who saw it returned;
//  - one whose value nobody saw can be left out, unless some operation tells of the key's presence without telling the value;
//  - the remaining unknown ones that do the same thing are of one kin: the search tries the earliest only.
import type { Operation, Seen } from '../../history/operation.js';
import { ABSENT_VALUE, type RegisterOp, type RegisterState, UNRESOLVED, UNSEEN } from './register.js';

export interface RegisterProblem {
  /** Must have happened; by invocation. */
  readonly required: readonly RegisterOp[];
  /** May have happened; by invocation. */
  readonly optional: readonly RegisterOp[];
  readonly kins: number;
  /** How many required operations saw each value; counted only where one write can have left it, else 0. */
  readonly observers: Int32Array;
  readonly initial: RegisterState;
}

interface Sighting {
  readonly modRevision: number;
  /** Event at which the first operation that saw the value had returned. */
  readonly returned: number;
}

/** What the answers of one key tell together. */
interface Evidence {
  readonly hasRevisions: boolean;
  /** Writes that may have happened, by value: where it is one, the value tells whose write was seen. */
  readonly writers: ReadonlyMap<string, number>;
  readonly sightings: ReadonlyMap<string, Sighting>;
  /** Some answer depends on a state that it does not name. */
  readonly blind: boolean;
}

export function prepareRegister(operations: readonly Operation[], initial: Seen): RegisterProblem {
  const relevant = operations.filter(constrains).sort((left, right) => left.invokeEvent - right.invokeEvent);
  const evidence = gatherEvidence(relevant, initial);
  const builder = new ProblemBuilder(evidence);
  for (const operation of relevant) builder.add(operation);
  return builder.finish(initial);
}

function constrains(operation: Operation): boolean {
  if (operation.outcome.kind === 'failed') return false;
  if (operation.kind !== 'get') return true;
  return operation.outcome.kind === 'ok' && operation.consistency === 'linearizable';
}

function gatherEvidence(operations: readonly Operation[], initial: Seen): Evidence {
  const hasRevisions = operations.every(({ outcome }) => outcome.kind !== 'ok' || outcome.revision > 0);
  const writers = new Map<string, number>();
  const sightings = new Map<string, Sighting>();
  const revisions = new Set<number>();
  if (initial.kind === 'value') {
    writers.set(initial.value, 1);
    revisions.add(initial.modRevision);
  }
  for (const { value, outcome, returnEvent } of operations) {
    const mayWrite = outcome.kind === 'unknown' || (outcome.kind === 'ok' && outcome.wrote);
    if (value !== undefined && mayWrite) writers.set(value, (writers.get(value) ?? 0) + 1);
    if (outcome.kind !== 'ok') continue;
    if (outcome.wrote) revisions.add(outcome.revision);
    if (outcome.seen.kind !== 'value') continue;
    revisions.add(outcome.seen.modRevision);
    noteSighting(sightings, outcome.seen.value, { modRevision: outcome.seen.modRevision, returned: returnEvent ?? Infinity });
  }
  const named = hasRevisions ? revisions : undefined;
  const blind = operations.some((operation) => mustHaveHappened(operation, sightings) && isBlind(operation, named));
  return { hasRevisions, writers, sightings, blind };
}

function noteSighting(sightings: Map<string, Sighting>, value: string, sighting: Sighting): void {
  const known = sightings.get(value);
  if (known === undefined || sighting.returned < known.returned) sightings.set(value, sighting);
}

const mustHaveHappened = ({ value, outcome }: Operation, sightings: ReadonlyMap<string, Sighting>): boolean =>
  outcome.kind === 'ok' || (value !== undefined && sightings.has(value));

/** @param revisions those that name a state; undefined where the store has none */
function isBlind({ kind, expected, outcome }: Operation, revisions: ReadonlySet<number> | undefined): boolean {
  if (outcome.kind === 'ok' && outcome.seen.kind !== 'unobserved') return false;
  if (kind === 'delete') return outcome.kind === 'ok' && outcome.wrote;
  if (kind !== 'cas') return false;
  if (outcome.kind === 'ok' && !outcome.wrote) return true;
  return expected !== 0 && revisions?.has(expected) !== true;
}

class ProblemBuilder {
  readonly #evidence: Evidence;
  readonly #values = new Map<string, number>();
  readonly #kins = new Map<string, number>();
  readonly #required: RegisterOp[] = [];
  readonly #optional: RegisterOp[] = [];

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
  }

  add(operation: Operation): void {
    if (operation.outcome.kind === 'ok') this.#addAnswered(operation);
    else if (this.#sightingOf(operation) !== undefined) this.#addSeen(operation);
    else if (operation.kind === 'delete' || this.#evidence.blind || this.#isSighted(operation)) this.#addOptional(operation);
  }

  finish(initial: Seen): RegisterProblem {
    return {
      required: this.#required,
      optional: this.#optional,
      kins: this.#kins.size,
      initial: this.#initialState(initial),
      observers: this.#countObservers(),
    };
  }

  #countObservers(): Int32Array {
    const observers = new Int32Array(this.#values.size + 1);
    for (const { source, seenValue } of this.#required) {
      const { outcome } = source;
      if (outcome.kind !== 'ok' || outcome.seen.kind !== 'value') continue;
      if ((this.#evidence.writers.get(outcome.seen.value) ?? 0) <= 1) observers[seenValue]!++;
    }
    return observers;
  }

  #initialState(initial: Seen): RegisterState {
    if (initial.kind !== 'value') return { value: ABSENT_VALUE, mod: 0, modMin: 0, floor: 0 };
    const known = this.#evidence.hasRevisions && initial.modRevision > 0;
    const floor = known ? initial.modRevision : 0;
    return { value: this.#intern(initial.value), mod: known ? floor : UNRESOLVED, modMin: floor, floor };
  }

  #addAnswered(operation: Operation): void {
    const { outcome, returnEvent } = operation;
    if (outcome.kind !== 'ok') return;
    const { seen } = outcome;
    this.#required.push({
      ...this.#common(operation),
      wrote: outcome.wrote,
      optional: false,
      seenValue: seen.kind === 'value' ? this.#intern(seen.value) : seen.kind === 'absent' ? ABSENT_VALUE : UNSEEN,
      seenMod: seen.kind === 'value' && this.#evidence.hasRevisions ? seen.modRevision : 0,
      position: this.#evidence.hasRevisions ? outcome.revision : 0,
      returns: returnEvent ?? Infinity,
      kin: 0,
    });
  }

  /** Nobody said so, but it happened. */
  #addSeen(operation: Operation): void {
    const sighting = this.#sightingOf(operation);
    this.#required.push({
      ...this.#common(operation),
      wrote: true,
      optional: false,
      seenValue: UNSEEN,
      seenMod: 0,
      position: this.#evidence.hasRevisions ? (sighting?.modRevision ?? 0) : 0,
      returns: sighting?.returned ?? Infinity,
      kin: 0,
    });
  }

  #addOptional(operation: Operation): void {
    const common = this.#common(operation);
    const kin = this.#internKin(`${operation.kind} ${common.value} ${operation.expected}`);
    const unseen = { seenValue: UNSEEN, seenMod: 0, position: 0 };
    this.#optional.push({ ...common, ...unseen, wrote: true, optional: true, returns: Infinity, kin });
  }

  #common(operation: Operation): Pick<RegisterOp, 'source' | 'kind' | 'value' | 'expected' | 'advance' | 'invoke'> {
    return {
      source: operation,
      kind: operation.kind,
      value: operation.value === undefined ? ABSENT_VALUE : this.#intern(operation.value),
      expected: operation.expected,
      advance: this.#evidence.hasRevisions ? 1 : 0,
      invoke: operation.invokeEvent,
    };
  }

  #isSighted({ value }: Operation): boolean {
    return value !== undefined && this.#evidence.sightings.has(value);
  }

  #sightingOf({ value }: Operation): Sighting | undefined {
    if (value === undefined || this.#evidence.writers.get(value) !== 1) return undefined;
    return this.#evidence.sightings.get(value);
  }

  /** Values that nobody saw cannot be told apart: one number for all of them makes their writes one kin. */
  #intern(value: string): number {
    return internIn(this.#values, this.#evidence.sightings.has(value) ? `=${value}` : 'unseen', 1);
  }

  #internKin(kin: string): number {
    return internIn(this.#kins, kin, 0);
  }
}

function internIn(numbers: Map<string, number>, name: string, first: number): number {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  const number = numbers.size + first;
  numbers.set(name, number);
  return number;
}
