// One key of an etcd-like store as a sequential object: a value with the mod revision of the write that left it. `step`
// says what an operation does to it, or that it cannot have happened there.
//
// A write whose outcome is unknown has no revision that anybody saw. Its state is `unresolved`: any mod revision from
// `modMin` on may turn out to be its own, and the first observation settles which. Everything else is exact.
import { unreachable } from '@reknit/base';
import type { Operation, OperationKind } from '../../history/operation.js';

export interface RegisterState {
  /** Interned; 0: the key is absent. */
  readonly value: number;
  /** 0: absent. */
  readonly mod: number;
  /** Lower bound while `mod` is unresolved. */
  readonly modMin: number;
  /** The store is known to have reached this revision: the next write has a higher one. */
  readonly floor: number;
}

/** An operation with everything resolved that does not depend on the order. */
export interface RegisterOp {
  readonly source: Operation;
  readonly kind: OperationKind;
  /** What it writes, interned; 0 for a delete, or for a deletion that is taken as a put of nothing. */
  readonly value: number;
  readonly expected: number;
  /** Of a required operation: it changed the key. */
  readonly wrote: boolean;
  /** It need not have happened. */
  readonly optional: boolean;
  /** Interned; 0 it saw nothing; UNSEEN it did not look. */
  readonly seenValue: number;
  /** 0: not told. */
  readonly seenMod: number;
  /** Its place in the store's order: its own revision, or the one it read at. 0: not told. */
  readonly position: number;
  /** How far a write without a position moves the floor: 1 where the store has revisions, else 0. */
  readonly advance: number;
  readonly invoke: number;
  readonly returns: number;
  /** Optional operations of one kin are interchangeable, but for when they were invoked. */
  readonly kin: number;
}

export const ABSENT_VALUE = 0;
export const UNSEEN = -1;
export const UNRESOLVED = -1;

/** Undefined: impossible in this state. The same object: nothing changed. */
export function step(state: RegisterState, op: RegisterOp): RegisterState | undefined {
  const before = observe(state, op);
  if (before === undefined) return undefined;
  const effect = effectOf(before, op);
  if (effect === 'impossible') return undefined;
  if (effect === 'reads') return read(before, op);
  return write(op.kind === 'cas' && before.mod === UNRESOLVED ? resolve(before, op.expected) : before, op);
}

/** The write that left this state turns out to have had this revision. */
const resolve = (state: RegisterState, mod: number): RegisterState => ({
  value: state.value,
  mod,
  modMin: mod,
  floor: Math.max(state.floor, mod),
});

function observe(state: RegisterState, op: RegisterOp): RegisterState | undefined {
  if (op.seenValue === UNSEEN) return state;
  if (op.seenValue !== state.value) return undefined;
  if (op.seenMod === 0 || op.seenMod === state.mod) return state;
  if (state.mod !== UNRESOLVED || op.seenMod < state.modMin) return undefined;
  return resolve(state, op.seenMod);
}

type Effect = 'writes' | 'reads' | 'impossible';

function effectOf(state: RegisterState, op: RegisterOp): Effect {
  switch (op.kind) {
    case 'get':
      return 'reads';
    case 'put':
      return 'writes';
    case 'delete':
      return decide(op, state.value === ABSENT_VALUE ? 'no' : 'yes');
    case 'cas':
      return decide(op, compareMod(state, op.expected));
    default:
      return unreachable(op.kind);
  }
}

type Answer = 'yes' | 'no' | 'maybe';

/** An optional operation that changes nothing is left out instead. */
function decide(op: RegisterOp, holds: Answer): Effect {
  if (op.optional) return holds === 'no' ? 'impossible' : 'writes';
  if (op.wrote) return holds === 'no' ? 'impossible' : 'writes';
  return holds === 'yes' ? 'impossible' : 'reads';
}

function compareMod(state: RegisterState, expected: number): Answer {
  if (state.value === ABSENT_VALUE) return expected === 0 ? 'yes' : 'no';
  if (state.mod !== UNRESOLVED) return state.mod === expected ? 'yes' : 'no';
  return expected === 0 || expected < state.modMin ? 'no' : 'maybe';
}

function write(state: RegisterState, op: RegisterOp): RegisterState | undefined {
  const { value } = op;
  if (op.position === 0) {
    const floor = state.floor + op.advance;
    return { value, mod: value === ABSENT_VALUE ? 0 : UNRESOLVED, modMin: floor, floor };
  }
  if (op.position <= state.floor) return undefined;
  return { value, mod: value === ABSENT_VALUE ? 0 : op.position, modMin: op.position, floor: op.position };
}

function read(state: RegisterState, op: RegisterOp): RegisterState | undefined {
  if (op.position === 0 || op.position === state.floor) return state;
  if (op.position < state.floor) return undefined;
  return { value: state.value, mod: state.mod, modMin: state.modMin, floor: op.position };
}
