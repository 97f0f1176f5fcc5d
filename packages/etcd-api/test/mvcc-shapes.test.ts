// Checked by the compiler: decoded messages go into the key space, and its records into messages, without conversion.
import type * as mvcc from '@reknit/mvcc';
import { expectTypeOf, test } from 'vitest';
import type * as api from '../src/index.js';

test('decoded requests are what the key space takes', () => {
  expectTypeOf<api.RangeRequest>().toExtend<mvcc.RangeRequest>();
  expectTypeOf<api.PutRequest>().toExtend<mvcc.PutRequest>();
  expectTypeOf<api.DeleteRangeRequest>().toExtend<mvcc.DeleteRangeRequest>();
  expectTypeOf<api.Compare>().toExtend<mvcc.Compare>();
  expectTypeOf<api.RequestOp>().toExtend<mvcc.RequestOp>();
  expectTypeOf<api.TxnRequest>().toExtend<mvcc.TxnRequest>();
});

test('records of the key space are what responses hold', () => {
  expectTypeOf<mvcc.KeyValue>().toExtend<api.KeyValue>();
  expectTypeOf<api.KeyValue>().toExtend<mvcc.KeyValue>();
});
