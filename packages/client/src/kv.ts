// Keys and values: each call is an encoder, a path, a decoder, and whether it has an effect.
import {
  type CompactionResponse,
  createCompactionRequest,
  type DeleteRangeResponse,
  decodeCompactionResponse,
  decodeDeleteRangeResponse,
  decodePutResponse,
  decodeRangeResponse,
  decodeTxnResponse,
  encodeCompactionRequest,
  encodeDeleteRangeRequest,
  encodePutRequest,
  encodeRangeRequest,
  encodeTxnRequest,
  type PutResponse,
  type RangeResponse,
  type TxnResponse,
} from '@reknit/etcd-api';
import type { Caller, CallOptions, Operation } from './caller.js';
import {
  type DeleteRangeInput,
  type PutInput,
  type RangeInput,
  type TxnInput,
  toDeleteRange,
  toPut,
  toRange,
  toTxn,
} from './inputs.js';

export interface ReadOptions extends CallOptions {
  /** Default true. False: whatever the asked member has, perhaps stale, without a quorum. */
  readonly linearizable?: boolean | undefined;
}

export interface KvClient {
  /**
   * Reads one key, a range or a prefix; linearizable unless told otherwise.
   *
   * @example
   * ```ts
   * import { startCluster } from 'reknit';
   *
   * await using cluster = await startCluster({ nodes: 1 });
   * const { kv } = cluster.client();
   * await kv.put({ key: 'fruit/apple', value: 'green' });
   * const { kvs } = await kv.range({ key: 'fruit/', prefix: true });
   * console.log(kvs.length);
   * ```
   */
  range(input: RangeInput, options?: ReadOptions): Promise<RangeResponse>;
  /**
   * Writes one key. A failed one says by its `outcome` whether it may have been written.
   *
   * @example
   * ```ts
   * import { startCluster } from 'reknit';
   *
   * await using cluster = await startCluster({ nodes: 1 });
   * const { header } = await cluster.client().kv.put({ key: 'name', value: 'reknit' });
   * console.log('written at revision', header?.revision);
   * ```
   */
  put(input: PutInput, options?: CallOptions): Promise<PutResponse>;
  /**
   * Deletes one key, a range or a prefix.
   *
   * @example
   * ```ts
   * import { startCluster } from 'reknit';
   *
   * await using cluster = await startCluster({ nodes: 1 });
   * const { deleted } = await cluster.client().kv.deleteRange({ key: 'fruit/', prefix: true });
   * console.log(deleted, 'keys are gone');
   * ```
   */
  deleteRange(input: DeleteRangeInput, options?: CallOptions): Promise<DeleteRangeResponse>;
  /**
   * Compares, then does one of two lists of operations, as one revision. See `compare`.
   *
   * @example
   * ```ts
   * import { compare, startCluster } from 'reknit';
   *
   * await using cluster = await startCluster({ nodes: 1 });
   * const { kv } = cluster.client();
   * const { succeeded } = await kv.txn({
   *   compare: [compare.absent('owner')],
   *   success: [{ put: { key: 'owner', value: 'me' } }],
   *   failure: [{ range: { key: 'owner' } }],
   * });
   * console.log(succeeded ? 'mine' : 'taken');
   * ```
   */
  txn(input: TxnInput, options?: CallOptions): Promise<TxnResponse>;
  /**
   * Drops the history before a revision; what is current stays.
   * @param options.physical answer only when it is removed from the disk too
   *
   * @example
   * ```ts
   * import { startCluster } from 'reknit';
   *
   * await using cluster = await startCluster({ nodes: 1 });
   * const { kv } = cluster.client();
   * const { header } = await kv.put({ key: 'k', value: 'newest' });
   * await kv.compact(header?.revision ?? 1);
   * ```
   */
  compact(revision: number, options?: CallOptions & { readonly physical?: boolean }): Promise<CompactionResponse>;
}

const read = (path: string): Operation => ({ path, effect: 'read' });
const write = (path: string): Operation => ({ path, effect: 'write' });

const RANGE = read('/etcdserverpb.KV/Range');
const PUT = write('/etcdserverpb.KV/Put');
const DELETE_RANGE = write('/etcdserverpb.KV/DeleteRange');
const TXN = write('/etcdserverpb.KV/Txn');
const TXN_OF_READS = read(TXN.path);
const COMPACT = write('/etcdserverpb.KV/Compact');

export function kvClient(caller: Caller): KvClient {
  return {
    async range(input, options = {}) {
      const serializable = options.linearizable === undefined ? (input.serializable ?? false) : !options.linearizable;
      return decodeRangeResponse(await caller.call(RANGE, encodeRangeRequest(toRange({ ...input, serializable })), options));
    },
    async put(input, options = {}) {
      return decodePutResponse(await caller.call(PUT, encodePutRequest(toPut(input)), options));
    },
    async deleteRange(input, options = {}) {
      return decodeDeleteRangeResponse(await caller.call(DELETE_RANGE, encodeDeleteRangeRequest(toDeleteRange(input)), options));
    },
    async txn(input, options = {}) {
      const operation = onlyReads(input) ? TXN_OF_READS : TXN;
      return decodeTxnResponse(await caller.call(operation, encodeTxnRequest(toTxn(input)), options));
    },
    async compact(revision, options = {}) {
      const request = createCompactionRequest({ revision, physical: options.physical ?? false });
      return decodeCompactionResponse(await caller.call(COMPACT, encodeCompactionRequest(request), options));
    },
  };
}

const onlyReads = ({ success = [], failure = [] }: TxnInput): boolean =>
  [...success, ...failure].every((operation) => 'range' in operation || ('txn' in operation && onlyReads(operation.txn)));
