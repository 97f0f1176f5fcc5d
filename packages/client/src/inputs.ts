// What callers write, turned into the API's messages: strings where it wants bytes, and only the fields that matter.
import { EMPTY_BYTES, utf8Encode } from '@reknit/base';
import {
  type Compare,
  createCompare,
  createDeleteRangeRequest,
  createPutRequest,
  createRangeRequest,
  createRequestOp,
  createTxnRequest,
  type DeleteRangeRequest,
  type PutRequest,
  type RangeRequest,
  type RequestOp,
  type TxnRequest,
} from '@reknit/etcd-api';

/** A string stands for its UTF-8 bytes. */
export type Bytes = Uint8Array | string;

export interface KeyInput {
  readonly key: Bytes;
  readonly rangeEnd?: Bytes;
  /** All keys that begin with `key`; instead of `rangeEnd`. */
  readonly prefix?: boolean;
}

export type RangeInput = KeyInput & Partial<Omit<RangeRequest, 'key' | 'rangeEnd'>>;
export type PutInput = { readonly key: Bytes; readonly value?: Bytes } & Partial<Omit<PutRequest, 'key' | 'value'>>;
export type DeleteRangeInput = KeyInput & Partial<Omit<DeleteRangeRequest, 'key' | 'rangeEnd'>>;
export type CompareInput = { readonly key: Bytes; readonly value?: Bytes } & Partial<Omit<Compare, 'key' | 'value'>>;

export type OperationInput =
  | { readonly range: RangeInput }
  | { readonly put: PutInput }
  | { readonly deleteRange: DeleteRangeInput }
  | { readonly txn: TxnInput };

export interface TxnInput {
  readonly compare?: readonly CompareInput[];
  readonly success?: readonly OperationInput[];
  readonly failure?: readonly OperationInput[];
}

const toBytes = (value: Bytes): Uint8Array => (typeof value === 'string' ? utf8Encode(value) : value);

export const toRange = (input: RangeInput): RangeRequest => createRangeRequest({ ...input, ...keyRange(input) });

export const toPut = (input: PutInput): PutRequest =>
  createPutRequest({ ...input, key: toBytes(input.key), value: toBytes(input.value ?? EMPTY_BYTES) });

export const toDeleteRange = (input: DeleteRangeInput): DeleteRangeRequest =>
  createDeleteRangeRequest({ ...input, ...keyRange(input) });

export const toTxn = ({ compare = [], success = [], failure = [] }: TxnInput): TxnRequest =>
  createTxnRequest({ compare: compare.map(toCompare), success: success.map(toOperation), failure: failure.map(toOperation) });

const toCompare = (input: CompareInput): Compare =>
  createCompare({ ...input, key: toBytes(input.key), value: toBytes(input.value ?? EMPTY_BYTES) });

function toOperation(input: OperationInput): RequestOp {
  if ('range' in input) return createRequestOp({ requestRange: toRange(input.range) });
  if ('put' in input) return createRequestOp({ requestPut: toPut(input.put) });
  if ('deleteRange' in input) return createRequestOp({ requestDeleteRange: toDeleteRange(input.deleteRange) });
  return createRequestOp({ requestTxn: toTxn(input.txn) });
}

export function keyRange({ key, rangeEnd = EMPTY_BYTES, prefix = false }: KeyInput): { key: Uint8Array; rangeEnd: Uint8Array } {
  const bytes = toBytes(key);
  if (!prefix) return { key: bytes, rangeEnd: toBytes(rangeEnd) };
  // The empty prefix has no first key in etcd's API: everything begins at a zero byte.
  return { key: bytes.length === 0 ? Uint8Array.of(0) : bytes, rangeEnd: prefixEnd(bytes) };
}

/** The first key after all that begin with `prefix`; a zero byte, "to the end", when there is none. */
export function prefixEnd(prefix: Uint8Array): Uint8Array {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  if (length === 0) return Uint8Array.of(0);
  const end = prefix.slice(0, length);
  end[length - 1] = end[length - 1]! + 1;
  return end;
}
