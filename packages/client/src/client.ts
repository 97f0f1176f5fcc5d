// The client's surface: each call is an encoder, a path, a decoder, and whether it has an effect.
import {
  type CompactionResponse,
  createCompactionRequest,
  createHashKVRequest,
  createMemberListRequest,
  createStatusRequest,
  type DeleteRangeResponse,
  decodeCompactionResponse,
  decodeDeleteRangeResponse,
  decodeHashKVResponse,
  decodeMemberListResponse,
  decodePutResponse,
  decodeRangeResponse,
  decodeStatusResponse,
  decodeTxnResponse,
  encodeCompactionRequest,
  encodeDeleteRangeRequest,
  encodeHashKVRequest,
  encodeMemberListRequest,
  encodePutRequest,
  encodeRangeRequest,
  encodeStatusRequest,
  encodeTxnRequest,
  type HashKVResponse,
  type MemberListResponse,
  type PutResponse,
  type RangeResponse,
  type StatusResponse,
  type TxnResponse,
} from '@reknit/etcd-api';
import { Caller, type CallOptions, type Operation } from './caller.js';
import type { Balance } from './endpoints.js';
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
import { type LeaseCalls, leaseCalls } from './leases.js';
import { createNodeTransport } from './node/transport.js';
import type { Transport } from './transport.js';
import type { WatchInput } from './watch/events.js';
import { BufferedWatch, type Watch, type WatchOptions } from './watch/watch.js';
import { type Subscription, Watcher, type WatchHandlers } from './watch/watcher.js';

export interface ClientOptions {
  /** `host:port` or `http://host:port`, tried by turns. */
  readonly endpoints: readonly string[];
  /** Default: the server's own, `default`. */
  readonly keyspace?: string;
  /** Per call, over all attempts. Default 5000. */
  readonly timeoutMs?: number;
  /** Default `reads`. `none`: one attempt for every call. */
  readonly retry?: 'reads' | 'none';
  /** Default `round-robin`; `sticky` stays with an endpoint until it fails. */
  readonly balance?: Balance;
  /** Default: HTTP/2 on Node. */
  readonly transport?: Transport;
}

export interface ReadOptions extends CallOptions {
  /** Default true. False: whatever the asked member has, perhaps stale, without a quorum. */
  readonly linearizable?: boolean | undefined;
}

export interface KvClient {
  range(input: RangeInput, options?: ReadOptions): Promise<RangeResponse>;
  put(input: PutInput, options?: CallOptions): Promise<PutResponse>;
  deleteRange(input: DeleteRangeInput, options?: CallOptions): Promise<DeleteRangeResponse>;
  txn(input: TxnInput, options?: CallOptions): Promise<TxnResponse>;
  compact(revision: number, options?: CallOptions & { readonly physical?: boolean }): Promise<CompactionResponse>;
}

export interface MaintenanceClient {
  /** Of one member: the given one, or whichever is asked. */
  status(endpoint?: string, options?: CallOptions): Promise<StatusResponse>;
  /** @param revision 0 for the member's newest */
  hashKV(revision: number, endpoint?: string, options?: CallOptions): Promise<HashKVResponse>;
}

export interface ClusterClient {
  memberList(options?: ReadOptions): Promise<MemberListResponse>;
}

export interface Client extends AsyncDisposable {
  readonly kv: KvClient;
  readonly leases: LeaseCalls;
  readonly maintenance: MaintenanceClient;
  readonly cluster: ClusterClient;
  /** Batches of events, a revision each, over the loss of connections and members: none is left out, none comes twice. */
  watch(input: WatchInput, options?: WatchOptions): Watch;
  /** The same by callbacks, without promises; they must not throw. */
  subscribe(input: WatchInput, handlers: WatchHandlers): Subscription;
  /** Ends open calls, watches and connections; the client cannot be used again. */
  close(): void;
}

const read = (path: string): Operation => ({ path, effect: 'read' });
const write = (path: string): Operation => ({ path, effect: 'write' });

const RANGE = read('/etcdserverpb.KV/Range');
const PUT = write('/etcdserverpb.KV/Put');
const DELETE_RANGE = write('/etcdserverpb.KV/DeleteRange');
const TXN = write('/etcdserverpb.KV/Txn');
const TXN_OF_READS = read(TXN.path);
const COMPACT = write('/etcdserverpb.KV/Compact');
const STATUS = read('/etcdserverpb.Maintenance/Status');
const HASH_KV = read('/etcdserverpb.Maintenance/HashKV');
const MEMBER_LIST = read('/etcdserverpb.Cluster/MemberList');

const DEFAULT_TIMEOUT_MS = 5000;

export function createClient(options: ClientOptions): Client {
  const caller = new Caller({
    endpoints: options.endpoints,
    balance: options.balance ?? 'round-robin',
    metadata: options.keyspace === undefined ? {} : { 'reknit-keyspace': options.keyspace },
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    retry: options.retry ?? 'reads',
    transport: options.transport ?? createNodeTransport(),
  });
  return {
    kv: kvClient(caller),
    leases: leaseCalls(caller),
    maintenance: maintenanceClient(caller),
    cluster: clusterClient(caller),
    watch: (input, watchOptions = {}) => new BufferedWatch(caller, input, watchOptions),
    subscribe: (input, handlers) => new Watcher(caller, input, handlers),
    close: () => caller.close(),
    [Symbol.asyncDispose]: async () => caller.close(),
  };
}

function kvClient(caller: Caller): KvClient {
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

function maintenanceClient(caller: Caller): MaintenanceClient {
  return {
    async status(endpoint, options = {}) {
      const message = encodeStatusRequest(createStatusRequest());
      return decodeStatusResponse(await caller.call(STATUS, message, { ...options, endpoint: endpoint ?? options.endpoint }));
    },
    async hashKV(revision, endpoint, options = {}) {
      const message = encodeHashKVRequest(createHashKVRequest({ revision }));
      return decodeHashKVResponse(await caller.call(HASH_KV, message, { ...options, endpoint: endpoint ?? options.endpoint }));
    },
  };
}

function clusterClient(caller: Caller): ClusterClient {
  return {
    async memberList(options = {}) {
      const message = encodeMemberListRequest(createMemberListRequest({ linearizable: options.linearizable ?? true }));
      return decodeMemberListResponse(await caller.call(MEMBER_LIST, message, options));
    },
  };
}
