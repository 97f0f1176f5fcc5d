// Everything about a request that can be judged without the state is judged here, before it is proposed, in etcd's order and
// with etcd's texts; so applying an entry can only meet what depends on the state.
import { compareBytes, fromBinaryString, toBinaryString } from '@reknit/base';
import type { Compare, DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest } from '@reknit/etcd-api';
import type { Failure } from '@reknit/grpc';
import { EtcdErrors } from '../errors.js';

const SORT_ORDER_MAX = 2;
const SORT_TARGET_MAX = 4;

export function checkRange(request: RangeRequest): Failure | undefined {
  if (request.key.length === 0) return EtcdErrors.emptyKey;
  const known = inRange(request.sortOrder, SORT_ORDER_MAX) && inRange(request.sortTarget, SORT_TARGET_MAX);
  return known ? undefined : EtcdErrors.invalidSort;
}

export function checkPut(request: PutRequest): Failure | undefined {
  if (request.key.length === 0) return EtcdErrors.emptyKey;
  if (request.ignoreValue && request.value.length !== 0) return EtcdErrors.valueProvided;
  if (request.ignoreLease && request.lease !== 0n) return EtcdErrors.leaseProvided;
  return undefined;
}

export const checkDeleteRange = (request: DeleteRangeRequest): Failure | undefined =>
  request.key.length === 0 ? EtcdErrors.emptyKey : undefined;

export function checkTxn(request: TxnRequest, operationsMax: number): Failure | undefined {
  return checkOperations(request, operationsMax) ?? checkWriteSets(request);
}

const inRange = (value: number, max: number): boolean => value >= 0 && value <= max;

function checkOperations(request: TxnRequest, operationsMax: number): Failure | undefined {
  const most = Math.max(request.compare.length, request.success.length, request.failure.length);
  if (most > operationsMax) return EtcdErrors.tooManyOperations;
  if (request.compare.some((compare: Compare) => compare.key.length === 0)) return EtcdErrors.emptyKey;
  for (const operations of [request.success, request.failure]) {
    for (const operation of operations) {
      const failure = checkOperation(operation, operationsMax - most);
      if (failure !== undefined) return failure;
    }
  }
  return undefined;
}

function checkOperation(operation: RequestOp, operationsLeft: number): Failure | undefined {
  if (operation.requestRange !== undefined) return checkRange(operation.requestRange);
  if (operation.requestPut !== undefined) return checkPut(operation.requestPut);
  if (operation.requestDeleteRange !== undefined) return checkDeleteRange(operation.requestDeleteRange);
  if (operation.requestTxn !== undefined) return checkOperations(operation.requestTxn, operationsLeft);
  return EtcdErrors.keyNotFound;
}

interface WriteSet {
  readonly puts: Set<string>;
  readonly deletes: DeleteRangeRequest[];
}

function checkWriteSets(request: TxnRequest): Failure | undefined {
  return collect(request.success) === undefined || collect(request.failure) === undefined ? EtcdErrors.duplicateKey : undefined;
}

/**
 * What one branch may write; undefined when a key could be written twice (etcd, v3rpc/key.go checkIntervals). The two
 * branches of a nested transaction exclude each other, so they may share keys, but not with anything around them.
 */
function collect(operations: readonly RequestOp[]): WriteSet | undefined {
  const set: WriteSet = { puts: new Set(), deletes: operations.flatMap((operation) => operation.requestDeleteRange ?? []) };
  for (const { requestTxn } of operations) {
    if (requestTxn === undefined) continue;
    const success = collect(requestTxn.success);
    const failure = collect(requestTxn.failure);
    if (success === undefined || failure === undefined) return undefined;
    if (clash(set, success) || clash(set, failure)) return undefined;
    for (const branch of [success, failure]) {
      for (const key of branch.puts) set.puts.add(key);
      set.deletes.push(...branch.deletes);
    }
  }
  for (const { requestPut } of operations) {
    if (requestPut === undefined) continue;
    const key = toBinaryString(requestPut.key);
    if (set.puts.has(key) || set.deletes.some((range) => covers(range, requestPut.key))) return undefined;
    set.puts.add(key);
  }
  return set;
}

function clash(around: WriteSet, inner: WriteSet): boolean {
  for (const key of inner.puts) {
    if (around.puts.has(key) || around.deletes.some((range) => coversKey(range, key))) return true;
  }
  for (const key of around.puts) if (inner.deletes.some((range) => coversKey(range, key))) return true;
  return false;
}

const coversKey = (range: DeleteRangeRequest, key: string): boolean => covers(range, fromBinaryString(key));

function covers(range: DeleteRangeRequest, key: Uint8Array): boolean {
  if (range.rangeEnd.length === 0) return compareBytes(range.key, key) === 0;
  if (compareBytes(key, range.key) < 0) return false;
  const unbounded = range.rangeEnd.length === 1 && range.rangeEnd[0] === 0;
  return unbounded || compareBytes(key, range.rangeEnd) < 0;
}
