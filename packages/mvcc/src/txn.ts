// A transaction in etcd's three steps: choose the branches (nested ones too) on the state before it, check everything on
// the chosen path, and only then run it. So a refused transaction has changed nothing.
//
// Surprising, and etcd's: a nested transaction's conditions do not see what was written before it in the outer one; its
// reads do.
import { assert, toBinaryString } from '@reknit/base';
import { compareHolds } from './compare.js';
import type { Cut } from './cut.js';
import { EMPTY_RANGE, RangeJob } from './range-task.js';
import type {
  Job,
  Leases,
  MvccError,
  OpResult,
  PutRequest,
  RangeRequest,
  RangeResult,
  RequestOp,
  TxnRequest,
  TxnResult,
  TxnResults,
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

/** A range of a transaction that its first slice did not finish; `response` gets the result. */
interface UnfinishedRange {
  readonly response: { kind: 'range'; result: RangeResult };
  readonly job: RangeJob;
  /** Reads at the transaction's own revision: what it writes next would be seen. */
  readonly seesOwn: boolean;
}

/**
 * Carries a plan out. Ranges that are large are only begun: each reads one revision of one cut, which later entries do not
 * touch, so the rest can be read in slices while the log goes on.
 */
export class TxnRun {
  readonly #cut: Cut;
  readonly #writer: Writer;
  readonly #results: TxnResults;
  #unfinished: UnfinishedRange[] = [];

  constructor(cut: Cut, writer: Writer, results: TxnResults) {
    this.#cut = cut;
    this.#writer = writer;
    this.#results = results;
  }

  run(plan: TxnPlan): TxnResult {
    return { succeeded: plan.succeeded, responses: plan.steps.map((step) => this.#runStep(step)) };
  }

  /** Undefined when everything is read. */
  rest(): Job<true> | undefined {
    return this.#unfinished.length === 0 ? undefined : new RangesJob(this.#unfinished);
  }

  #runStep({ op, nested }: TxnStep): OpResult {
    if (op.requestRange !== undefined) return this.#range(op.requestRange);
    if (op.requestPut !== undefined || op.requestDeleteRange !== undefined) this.#finishThoseThatWouldSeeMore();
    if (op.requestPut !== undefined) return { kind: 'put', result: this.#writer.put(op.requestPut) };
    if (op.requestDeleteRange !== undefined) return { kind: 'delete', result: this.#writer.deleteRange(op.requestDeleteRange) };
    assert(nested !== undefined, 'an operation of a transaction is set: the API refuses empty ones');
    return { kind: 'txn', result: this.run(nested) };
  }

  #range(request: RangeRequest): OpResult {
    const response = { kind: 'range' as const, result: EMPTY_RANGE };
    if (this.#results === 'unread') return response;
    const newest = this.#writer.readRevision;
    const revision = request.revision > 0 ? request.revision : newest;
    const job = new RangeJob(this.#cut, request, revision);
    const unfinished = { response, job, seesOwn: revision === this.#writer.main };
    if (!advance(unfinished)) this.#unfinished.push(unfinished);
    return response;
  }

  #finishThoseThatWouldSeeMore(): void {
    for (const range of this.#unfinished) if (range.seesOwn) while (!advance(range));
    this.#unfinished = this.#unfinished.filter(({ seesOwn }) => !seesOwn);
  }
}

/** True once the range has its result. */
function advance({ job, response }: UnfinishedRange): boolean {
  const outcome = job.step();
  if (outcome === undefined) return false;
  assert(outcome.ok, 'a range of a transaction was checked before it ran');
  response.result = outcome.value;
  return true;
}

class RangesJob implements Job<true> {
  readonly #ranges: UnfinishedRange[];

  constructor(ranges: UnfinishedRange[]) {
    this.#ranges = ranges;
  }

  step(): true | undefined {
    const range = this.#ranges[0];
    if (range !== undefined && advance(range)) this.#ranges.shift();
    return this.#ranges.length === 0 ? true : undefined;
  }

  cancel(): void {
    for (const { job } of this.#ranges) job.cancel();
  }
}
