// What may still be proposed when room is short. While there is some left for what helps (to delete, to compact, to end leases,
// to disarm the alarm, to change the cluster) only what makes the data grow is refused; the very last is for the cluster itself:
// votes, the no-op of a new leader, stop-signs and what carries a change of members to its end must always find room, or a full
// disk would cost the quorum too.
import { MalformedBytesError } from '@reknit/base';
import { decodeTxnRequest, type RequestOp, type TxnRequest } from '@reknit/etcd-api';
import { HEADER_BYTES, Operation } from './envelope.js';

export type Admits = 'all' | 'needful' | 'nothing';

/** Few, and small. */
const OF_THE_CLUSTER: ReadonlySet<number | undefined> = new Set([Operation.configure, Operation.alarm]);

/** @param payload an envelope */
export function isAdmitted(payload: Uint8Array, admits: Admits): boolean {
  const operation = payload[1];
  if (admits === 'all' || OF_THE_CLUSTER.has(operation)) return true;
  return admits === 'needful' && !grows(operation, payload.subarray(HEADER_BYTES));
}

/** As etcd judges by the cost of a request: whether it makes the data grow. */
export function grows(operation: number | undefined, request: Uint8Array): boolean {
  if (operation === Operation.txn) return txnGrows(request);
  return operation === Operation.put || operation === Operation.leaseGrant;
}

/** Narrower of the two. */
export const narrower = (left: Admits, right: Admits): Admits =>
  left === 'nothing' || right === 'all' ? left : right === 'nothing' || left === 'all' ? right : left;

function txnGrows(request: Uint8Array): boolean {
  try {
    return hasPut(decodeTxnRequest(request));
  } catch (error) {
    if (error instanceof MalformedBytesError) return false;
    throw error;
  }
}

const hasPut = ({ success, failure }: TxnRequest): boolean => success.some(puts) || failure.some(puts);

const puts = ({ requestPut, requestTxn }: RequestOp): boolean =>
  requestPut !== undefined || (requestTxn !== undefined && hasPut(requestTxn));
