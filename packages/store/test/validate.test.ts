import { utf8Encode } from '@reknit/base';
import {
  createCompare,
  createDeleteRangeRequest,
  createPutRequest,
  createRangeRequest,
  createRequestOp,
  createTxnRequest,
  type RequestOp,
  type TxnRequest,
} from '@reknit/etcd-api';
import { describe, expect, it } from 'vitest';
import { checkPut, checkRange, checkTxn } from '../src/api/validate.js';
import { EtcdErrors } from '../src/errors.js';

const bytes = utf8Encode;
const put = (key: string): RequestOp => createRequestOp({ requestPut: createPutRequest({ key: bytes(key) }) });
const remove = (key: string, end = ''): RequestOp =>
  createRequestOp({ requestDeleteRange: createDeleteRangeRequest({ key: bytes(key), rangeEnd: bytes(end) }) });
const nested = (success: RequestOp[], failure: RequestOp[] = []): RequestOp =>
  createRequestOp({ requestTxn: createTxnRequest({ success, failure }) });
const txn = (success: RequestOp[], failure: RequestOp[] = []): TxnRequest => createTxnRequest({ success, failure });

describe('requests are judged before they are proposed', () => {
  it('a key is needed', () => {
    expect(checkRange(createRangeRequest())).toBe(EtcdErrors.emptyKey);
    expect(checkPut(createPutRequest())).toBe(EtcdErrors.emptyKey);
    expect(checkTxn(createTxnRequest({ compare: [createCompare()] }), 128)).toBe(EtcdErrors.emptyKey);
    expect(checkTxn(txn([put('')]), 128)).toBe(EtcdErrors.emptyKey);
  });

  it('unknown sort orders and targets are refused', () => {
    expect(checkRange(createRangeRequest({ key: bytes('a'), sortOrder: 3 }))).toBe(EtcdErrors.invalidSort);
    expect(checkRange(createRangeRequest({ key: bytes('a'), sortTarget: 5 }))).toBe(EtcdErrors.invalidSort);
    expect(checkRange(createRangeRequest({ key: bytes('a'), sortTarget: 4, sortOrder: 2 }))).toBeUndefined();
  });

  it('ignore_value excludes a value, ignore_lease a lease', () => {
    expect(checkPut(createPutRequest({ key: bytes('a'), value: bytes('v'), ignoreValue: true }))).toBe(EtcdErrors.valueProvided);
    expect(checkPut(createPutRequest({ key: bytes('a'), lease: 1n, ignoreLease: true }))).toBe(EtcdErrors.leaseProvided);
  });

  it('operations are counted per list, nested ones against what is left', () => {
    const many = Array.from({ length: 3 }, (_, at) => put(`k${at}`));
    expect(checkTxn(txn(many), 3)).toBeUndefined();
    expect(checkTxn(txn(many), 2)).toBe(EtcdErrors.tooManyOperations);
    expect(checkTxn(txn([nested(many)]), 3)).toBe(EtcdErrors.tooManyOperations);
    expect(checkTxn(txn([nested(many)]), 4)).toBeUndefined();
  });

  it('an operation that says nothing is refused as etcd does', () => {
    expect(checkTxn(txn([createRequestOp()]), 128)).toBe(EtcdErrors.keyNotFound);
  });

  it('no key may be written twice on one path', () => {
    const duplicates = [
      txn([put('a'), put('a')]),
      txn([put('b'), remove('a', 'c')]),
      txn([remove('a', 'c'), put('b')]),
      txn([remove('a', '\0'), put('z')]),
      txn([put('a'), nested([put('a')])]),
      txn([remove('a', 'c'), nested([], [put('b')])]),
      txn([nested([put('a')]), nested([put('a')])]),
      txn([put('a'), nested([remove('a')])]),
    ];
    for (const request of duplicates) expect(checkTxn(request, 128)).toBe(EtcdErrors.duplicateKey);
  });

  it('branches that exclude each other, and overlapping deletions, may share keys', () => {
    const fine = [
      txn([put('a')], [put('a')]),
      txn([nested([put('a')], [put('a')])]),
      txn([remove('a', 'c'), remove('b', 'd')]),
      txn([remove('a', 'b'), put('b')]),
    ];
    for (const request of fine) expect(checkTxn(request, 128)).toBeUndefined();
  });
});
