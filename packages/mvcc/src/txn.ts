// A transaction in etcd's three steps: choose the branches (nested ones too) on the state before it, check everything on
// the chosen path, and only then run it. So a refused transaction has changed nothing.
//
// Surprising, and etcd's: a nested transaction's conditions do not see what was written before it in the outer one; its
// reads do.
import { assert, toBinaryString } from '@reknit/base';
import { compareHolds } from './compare.js';
import type { Cut } from './cut.js';
import type {
  Leases,
  MvccError,
  OpResult,
  PutRequest,
  RangeRequest,
  RangeResult,
  RequestOp,
  TxnRequest,
  TxnResult,
} from './types.js';
import type { Writer } from './writer.js';

/** What a transaction will do, chosen and not yet done. */
export interface TxnPlan {
  readonly succeeded: boolean;
  readonly steps: readonly TxnStep[];
}

type TxnStep = { readonly op: RequestOp; readonly nested: TxnPlan | undefined };

/** The state that a transaction is planned and checked on. */
export interface TxnState {
  readonly cut: Cut;
  readonly revision: number;
  readonly compactRevision: number;
  readonly leases: Leases;
}

export function planTxn(state: TxnState, request: TxnRequest): TxnPlan {
  const succeeded = request.compare.every((compare) => compareHolds(state.cut, compare, state.revision));
  const ops = succeeded ? request.success : request.failure;
  return { succeeded, steps: ops.map((op) => ({ op, nested: op.requestTxn && planTxn(state, op.requestTxn) })) };
}

/** The first refusal in the order of the operations. */
export function checkTxn(state: TxnState, plan: TxnPlan): MvccError | undefined {
  for (const { op, nested } of plan.steps) {
    const error = checkOp(state, op, nested);
    if (error !== undefined) return error;
  }
  return undefined;
}

function checkOp(state: TxnState, op: RequestOp, nested: TxnPlan | undefined): MvccError | undefined {
  if (op.requestRange !== undefined) return checkRange(state, op.requestRange);
  if (op.requestPut !== undefined) return checkPut(state, op.requestPut);
  return nested === undefined ? undefined : checkTxn(state, nested);
}

export function checkRange(state: TxnState, request: RangeRequest): MvccError | undefined {
  if (request.revision > state.revision) return 'future-revision';
  return request.revision > 0 && request.revision < state.compactRevision ? 'compacted' : undefined;
}

export function checkPut(state: TxnState, request: PutRequest): MvccError | undefined {
  if ((request.ignoreValue || request.ignoreLease) && !exists(state, request.key)) return 'key-not-found';
  return request.lease !== 0n && !state.leases.has(request.lease) ? 'lease-not-found' : undefined;
}

function exists(state: TxnState, key: Uint8Array): boolean {
  const head = state.cut.headAt(toBinaryString(key), state.revision);
  return head !== undefined && !head.deleted;
}

export interface TxnRunner {
  readonly writer: Writer;
  /** Reads within the transaction; a revision of 0 or less sees what it has written so far. */
  range(request: RangeRequest): RangeResult;
}

export function runTxn(runner: TxnRunner, plan: TxnPlan): TxnResult {
  return { succeeded: plan.succeeded, responses: plan.steps.map((step) => runStep(runner, step)) };
}

function runStep(runner: TxnRunner, step: TxnStep): OpResult {
  const { op, nested } = step;
  if (op.requestRange !== undefined) return { kind: 'range', result: runner.range(op.requestRange) };
  if (op.requestPut !== undefined) return { kind: 'put', result: runner.writer.put(op.requestPut) };
  if (op.requestDeleteRange !== undefined) return { kind: 'delete', result: runner.writer.deleteRange(op.requestDeleteRange) };
  assert(nested !== undefined, 'an operation of a transaction is set: the API refuses empty ones');
  return { kind: 'txn', result: runTxn(runner, nested) };
}
