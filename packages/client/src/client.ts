// The client's surface: each call is an encoder, a path, a decoder, and whether it has an effect.
import {
  createHashKVRequest,
  createMemberListRequest,
  createStatusRequest,
  decodeHashKVResponse,
  decodeMemberListResponse,
  decodeStatusResponse,
  encodeHashKVRequest,
  encodeMemberListRequest,
  encodeStatusRequest,
  type HashKVResponse,
  type MemberListResponse,
  type StatusResponse,
} from '@reknit/etcd-api';
import { Caller, type CallOptions, type Operation } from './caller.js';
import { type Election, electionOf } from './coordination/election.js';
import { acquireLock, type Lock } from './coordination/lock.js';
import type { PlaceOptions } from './coordination/place.js';
import type { Balance } from './endpoints.js';
import { type KvClient, kvClient, type ReadOptions } from './kv.js';
import { KeptLease, type Lease, type LeaseOptions } from './lease/kept-lease.js';
import { type LeaseCalls, leaseCalls } from './lease/lease-calls.js';
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
  /** Granted now and kept alive until it is revoked. */
  lease(options?: LeaseOptions): Promise<Lease>;
  /** Waits until this client holds the name. */
  lock(name: string, options?: PlaceOptions): Promise<Lock>;
  election(name: string): Election;
  /** Batches of events, a revision each, over the loss of connections and members: none is left out, none comes twice. */
  watch(input: WatchInput, options?: WatchOptions): Watch;
  /** The same by callbacks, without promises; they must not throw. */
  subscribe(input: WatchInput, handlers: WatchHandlers): Subscription;
  /** Ends open calls, watches and connections; the client cannot be used again. */
  close(): void;
}

const read = (path: string): Operation => ({ path, effect: 'read' });

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
  const kv = kvClient(caller);
  const ground = { caller, kv };
  return {
    kv,
    leases: leaseCalls(caller),
    lease: (leaseOptions = {}) => KeptLease.grant(caller, leaseOptions),
    lock: (name, lockOptions = {}) => acquireLock(ground, name, lockOptions),
    election: (name) => electionOf(ground, name),
    maintenance: maintenanceClient(caller),
    cluster: clusterClient(caller),
    watch: (input, watchOptions = {}) => new BufferedWatch(caller, input, watchOptions),
    subscribe: (input, handlers) => new Watcher(caller, input, handlers),
    close: () => caller.close(),
    [Symbol.asyncDispose]: async () => caller.close(),
  };
}

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
