// The state machine's results in etcd's message shapes.
import { unreachable } from '@reknit/base';
import {
  createResponseHeader,
  createResponseOp,
  type DeleteRangeResponse,
  type PutResponse,
  type RangeResponse,
  type ResponseHeader,
  type ResponseOp,
  type TxnResponse,
} from '@reknit/etcd-api';
import type { DeleteRangeResult, OpResult, PutResult, RangeResult, TxnResult } from '@reknit/mvcc';

export const rangeResponse = (header: ResponseHeader, { kvs, more, count }: RangeResult): RangeResponse => ({
  header,
  kvs,
  more,
  count,
});

export const putResponse = (header: ResponseHeader, { prevKv }: PutResult): PutResponse => ({ header, prevKv });

export const deleteResponse = (header: ResponseHeader, { deleted, prevKvs }: DeleteRangeResult): DeleteRangeResponse => ({
  header,
  deleted,
  prevKvs,
});

/** The responses within carry only the revision in their headers, as etcd's do. */
export function txnResponse(header: ResponseHeader, { succeeded, responses }: TxnResult): TxnResponse {
  const inner = createResponseHeader({ revision: header.revision });
  return { header, succeeded, responses: responses.map((response) => responseOp(inner, response)) };
}

function responseOp(header: ResponseHeader, operation: OpResult): ResponseOp {
  switch (operation.kind) {
    case 'range':
      return createResponseOp({ responseRange: rangeResponse(header, operation.result) });
    case 'put':
      return createResponseOp({ responsePut: putResponse(header, operation.result) });
    case 'delete':
      return createResponseOp({ responseDeleteRange: deleteResponse(header, operation.result) });
    case 'txn':
      return createResponseOp({ responseTxn: txnResponse(header, operation.result) });
    default:
      return unreachable(operation);
  }
}
