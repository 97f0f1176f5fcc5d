// The search of Wing & Gong (1993) with Lowe's memory (2017): grow a linearization one operation at a time; only what was
// invoked before the earliest outstanding return may come next; never enter the same configuration (set, state) twice.
//
// What keeps it near linear on real histories, each without changing the verdict:
//  - operations that tell their place in the store's order are taken in that order;
//  - an operation that fits here and changes nothing is taken at once, without alternatives;
//  - a value that only one write can have left is not overwritten while somebody has yet to see it;
//  - an operation of unknown outcome is taken last of all, the earliest of its kin first, and never right before a write
//    that looks at nothing: such a write would wipe it out unseen;
//  - of two configurations that differ only in how many unknown operations they used up, the thriftier one can do all
//    that the other can.
// The memory compares whole configurations, not their hashes: a collision must not turn into a verdict.
import { assert } from '@reknit/base';
import type { Operation } from '../../history/operation.js';
import type { RegisterProblem } from './prepare.js';
import { ABSENT_VALUE, type RegisterOp, type RegisterState, step, UNSEEN } from './register.js';

export type SearchResult =
  | { readonly kind: 'linearizable' }
  /** `stuck`: where the longest linearization ends, the operation that must come next and cannot. */
  | { readonly kind: 'violation'; readonly stuck: Operation }
  | { readonly kind: 'exhausted' };

/** Configurations that may still be visited; the search takes from it. */
export interface SearchBudget {
  left: number;
}

/** A configuration on the path, and which of its successors were tried. */
interface Frame {
  readonly state: RegisterState;
  readonly low: number;
  readonly high: number;
  readonly nextRanked: number;
  readonly afterOptional: boolean;
  /** Indexes of required operations, and ~index of optional ones. */
  candidates: readonly number[];
  tried: number;
  optionalListed: boolean;
}

/** What varies among visits that agree in the required operations taken, the value and its revision. Less is better in all. */
interface Visit {
  readonly modMin: number;
  readonly floor: number;
  readonly afterOptional: boolean;
  readonly usedOfKin: Int32Array;
}

const FORCED = true;

export class RegisterSearch {
  readonly #problem: RegisterProblem;
  readonly #budget: SearchBudget;
  readonly #taken: Uint8Array;
  readonly #used: Uint8Array;
  /** How many of each kin are used. */
  readonly #usedOfKin: Int32Array;
  /** Required operations that have a position, in its order. */
  readonly #ranked: readonly number[];
  /** Required operations that have yet to see a value. */
  readonly #observers: Int32Array;
  readonly #visited: Map<string, Visit[]> = new Map();
  readonly #path: Frame[] = [];
  /** Everything below is taken, nothing from `high` on. */
  #low = 0;
  #high = 0;
  #nextRanked = 0;
  #count = 0;
  #deepest = -1;
  #stuck = 0;

  constructor(problem: RegisterProblem, budget: SearchBudget) {
    this.#problem = problem;
    this.#budget = budget;
    this.#taken = new Uint8Array(problem.required.length);
    this.#used = new Uint8Array(problem.optional.length);
    this.#usedOfKin = new Int32Array(problem.kins);
    this.#observers = problem.observers.slice();
    this.#ranked = rankByPosition(problem.required);
  }

  run(): SearchResult {
    const { required, initial } = this.#problem;
    if (required.length === 0) return { kind: 'linearizable' };
    this.#enter(initial, false);
    while (this.#path.length > 0) {
      if (this.#count === required.length) return { kind: 'linearizable' };
      if (this.#budget.left <= 0) return { kind: 'exhausted' };
      this.#advance(this.#path[this.#path.length - 1]!);
    }
    return { kind: 'violation', stuck: required[this.#stuck]!.source };
  }

  /** Tries the next successor of the configuration at the path's end, or leaves it. */
  #advance(frame: Frame): void {
    const candidate = this.#nextCandidate(frame);
    if (candidate === undefined) {
      this.#leave();
      return;
    }
    const op = this.#opOf(candidate);
    if (frame.afterOptional && looksAtNothing(op)) return;
    const state = step(frame.state, op);
    if (state === undefined || this.#hidesUnseen(frame.state, op)) return;
    this.#take(candidate);
    if (!this.#enter(state, op.optional)) this.#untake(candidate, frame);
  }

  #hidesUnseen(before: RegisterState, op: RegisterOp): boolean {
    if (!op.wrote || before.value === ABSENT_VALUE) return false;
    return this.#observers[before.value]! > (op.seenValue === before.value ? 1 : 0);
  }

  #nextCandidate(frame: Frame): number | undefined {
    if (frame.tried === frame.candidates.length && !frame.optionalListed) {
      frame.optionalListed = true;
      frame.candidates = this.#optionalCandidates();
      frame.tried = 0;
    }
    return frame.candidates[frame.tried++];
  }

  /** False: was here before. */
  #enter(state: RegisterState, afterOptional: boolean): boolean {
    const window = this.#window();
    const forced = this.#findForced(state, window);
    if (forced === undefined && !this.#remember(state, afterOptional)) return false;
    this.#budget.left--;
    this.#path.push({
      state,
      low: this.#low,
      high: this.#high,
      nextRanked: this.#nextRanked,
      afterOptional,
      candidates: forced === undefined ? window.filter((index) => this.#inOrder(index)) : [forced],
      tried: 0,
      optionalListed: forced === undefined ? !FORCED : FORCED,
    });
    return true;
  }

  #leave(): void {
    this.#path.pop();
    const parent = this.#path[this.#path.length - 1];
    if (parent !== undefined) this.#untake(parent.candidates[parent.tried - 1]!, parent);
  }

  /** Required operations that may come next as far as real time goes. */
  #window(): readonly number[] {
    const { required } = this.#problem;
    const window: number[] = [];
    let earliestReturn = Infinity;
    let next = this.#low;
    for (let index = this.#low; index < required.length; index++) {
      const op = required[index]!;
      if (op.invoke > earliestReturn) break;
      if (this.#taken[index] === 1) continue;
      window.push(index);
      if (op.returns >= earliestReturn) continue;
      earliestReturn = op.returns;
      next = index;
    }
    if (this.#count > this.#deepest) {
      this.#deepest = this.#count;
      this.#stuck = next;
    }
    return window;
  }

  #findForced(state: RegisterState, window: readonly number[]): number | undefined {
    return window.find((index) => {
      const op = this.#problem.required[index]!;
      if (op.wrote || !this.#inOrder(index)) return false;
      const after = step(state, op);
      return after !== undefined && after.mod === state.mod;
    });
  }

  /** No other operation must come first by its position. */
  #inOrder(index: number): boolean {
    const { required } = this.#problem;
    const op = required[index]!;
    const first = this.#ranked[this.#nextRanked];
    return op.position === 0 || first === undefined || rank(op) === rank(required[first]!);
  }

  /** The earliest unused one of each kin, if it was invoked in time. */
  #optionalCandidates(): readonly number[] {
    const { required, optional } = this.#problem;
    const earliestReturn = this.#window().reduce((least, index) => Math.min(least, required[index]!.returns), Infinity);
    const kins = new Set<number>();
    const candidates: number[] = [];
    for (const [index, op] of optional.entries()) {
      if (op.invoke > earliestReturn) break;
      if (this.#used[index] === 1 || kins.has(op.kin)) continue;
      kins.add(op.kin);
      candidates.push(~index);
    }
    return candidates;
  }

  #opOf(candidate: number): RegisterOp {
    const op = candidate >= 0 ? this.#problem.required[candidate] : this.#problem.optional[~candidate];
    assert(op !== undefined, 'a candidate is an operation', () => ({ candidate }));
    return op;
  }

  #take(candidate: number): void {
    if (candidate < 0) {
      this.#used[~candidate] = 1;
      this.#usedOfKin[this.#opOf(candidate).kin]!++;
      return;
    }
    this.#taken[candidate] = 1;
    this.#count++;
    this.#noteSeen(candidate, -1);
    this.#high = Math.max(this.#high, candidate + 1);
    while (this.#taken[this.#low] === 1) this.#low++;
    while (this.#nextRanked < this.#ranked.length && this.#taken[this.#ranked[this.#nextRanked]!] === 1) this.#nextRanked++;
  }

  #untake(candidate: number, frame: Frame): void {
    if (candidate < 0) {
      this.#used[~candidate] = 0;
      this.#usedOfKin[this.#opOf(candidate).kin]!--;
      return;
    }
    this.#taken[candidate] = 0;
    this.#count--;
    this.#noteSeen(candidate, 1);
    this.#low = frame.low;
    this.#high = frame.high;
    this.#nextRanked = frame.nextRanked;
  }

  #noteSeen(index: number, change: number): void {
    const { seenValue } = this.#problem.required[index]!;
    if (seenValue > ABSENT_VALUE && this.#problem.observers[seenValue]! > 0) this.#observers[seenValue]! += change;
  }

  /** False: a visit that could do as much, or more, has been here. Kin are interchangeable: their numbers stand for the set. */
  #remember(state: RegisterState, afterOptional: boolean): boolean {
    const place = this.#place(state);
    const visit = { modMin: state.modMin, floor: state.floor, afterOptional, usedOfKin: this.#usedOfKin };
    const visits = this.#visited.get(place) ?? [];
    if (visits.some((earlier) => covers(earlier, visit))) return false;
    visits.push({ ...visit, usedOfKin: this.#usedOfKin.slice() });
    if (visits.length === 1) this.#visited.set(place, visits);
    return true;
  }

  #place(state: RegisterState): string {
    let place = `${this.#low} ${state.value} ${state.mod}`;
    for (let index = this.#low + 1; index < this.#high; index++) {
      if (this.#taken[index] === 1) place += `,${index - this.#low}`;
    }
    return place;
  }
}

function covers(earlier: Visit, later: Visit): boolean {
  if (earlier.modMin > later.modMin || earlier.floor > later.floor) return false;
  if (earlier.afterOptional && !later.afterOptional) return false;
  return earlier.usedOfKin.every((used, kin) => used <= later.usedOfKin[kin]!);
}

const looksAtNothing = (op: RegisterOp): boolean => !op.optional && op.kind === 'put' && op.seenValue === UNSEEN;

/** Of two operations at one revision the write is first: the other read what it left. */
const rank = (op: RegisterOp): number => op.position * 2 + (op.wrote ? 0 : 1);

function rankByPosition(required: readonly RegisterOp[]): readonly number[] {
  const positioned = required.flatMap((op, index) => (op.position > 0 ? [index] : []));
  return positioned.sort((left, right) => rank(required[left]!) - rank(required[right]!));
}
