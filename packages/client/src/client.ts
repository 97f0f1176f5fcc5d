// The client's surface: each call is an encoder, a path, a decoder, and whether it has an effect.
import {
  AlarmAction,
  AlarmType,
  createAlarmRequest,
  createHashKVRequest,
  createMemberListRequest,
  createMoveLeaderRequest,
  createStatusRequest,
  decodeHashKVResponse,
  decodeMemberListResponse,
  decodeStatusResponse,
  encodeAlarmRequest,
  encodeHashKVRequest,
  encodeMemberListRequest,
  encodeMoveLeaderRequest,
  encodeStatusRequest,
  type HashKVResponse,
  type MemberListResponse,
  type StatusResponse,
} from '@reknit/etcd-api';
import { Caller, type CallOptions, type Operation } from './caller.js';
import { type ConfigurationClient, configurationClient } from './configuration.js';
import { type Election, electionOf } from './coordination/election.js';
import { acquireLock, type Lock } from './coordination/lock.js';
import type { PlaceOptions } from './coordination/place.js';
import type { Balance } from './endpoints.js';
import { type KvClient, kvClient, type ReadOptions } from './kv.js';
import { KeptLease, type Lease, type LeaseOptions } from './lease/kept-lease.js';
import { type LeaseCalls, leaseCalls } from './lease/lease-calls.js';
import { checkEndpoint } from './node/connect.js';
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

/**
 * What operators ask.
 *
 * @example
 * ```ts
 * import { startCluster } from 'reknit';
 *
 * await using cluster = await startCluster({ nodes: 1 });
 * const { maintenance } = cluster.client();
 * const { version, leader } = await maintenance.status(cluster.endpoints[0]);
 * const { hash } = await maintenance.hashKV(0);
 * console.log(version, leader.toString(16), hash);
 * ```
 */
export interface MaintenanceClient {
  /** Of one member: the given one, or whichever is asked. */
  status(endpoint?: string, options?: CallOptions): Promise<StatusResponse>;
  /** @param revision 0 for the member's newest */
  hashKV(revision: number, endpoint?: string, options?: CallOptions): Promise<HashKVResponse>;
  /**
   * The member that is asked gives its lead of the keyspace to this one; refused by one that does not lead.
   * @param endpoint the leader's
   */
  moveLeader(targetId: bigint, endpoint: string, options?: CallOptions): Promise<void>;
  /** Writes are taken again, once there is room: the alarm of every member that ran out of it is lifted. */
  disarmNoSpace(options?: CallOptions): Promise<void>;
}

/**
 * Who belongs to the cluster.
 *
 * @example
 * ```ts
 * import { startCluster } from 'reknit';
 *
 * await using cluster = await startCluster({ nodes: 1 });
 * const { members } = await cluster.client().cluster.memberList();
 * console.log(members.map(({ name }) => name));
 * ```
 */
export interface ClusterClient {
  memberList(options?: ReadOptions): Promise<MemberListResponse>;
}

export interface Client extends AsyncDisposable {
  readonly kv: KvClient;
  readonly leases: LeaseCalls;
  readonly maintenance: MaintenanceClient;
  readonly cluster: ClusterClient;
  readonly configuration: ConfigurationClient;
  /**
   * Grants a lease and keeps it alive until it is revoked. It knows how long it certainly holds.
   *
   * @example
   * ```ts
   * import { startCluster } from 'reknit';
   *
   * await using cluster = await startCluster({ nodes: 1 });
   * const client = cluster.client();
   * await using lease = await client.lease({ ttl: 5 });
   * await client.kv.put({ key: 'alive', value: 'yes', lease: lease.id });
   * lease.signal.addEventListener('abort', () => console.log('stop: the lease is over'));
   * ```
   */
  lease(options?: LeaseOptions): Promise<Lease>;
  /**
   * Waits until this client holds the name. Write under `fence`, so that a holder that lost the lock without knowing is refused.
   * As with etcd the queue is all keys below `name/`, so one name must not lie below another.
   *
   * @example
   * ```ts
   * import { startCluster } from 'reknit';
   *
   * await using cluster = await startCluster({ nodes: 1 });
   * const client = cluster.client();
   * await using lock = await client.lock('nightly-job', { ttl: 5 });
   * const { succeeded } = await client.kv.txn({
   *   compare: [lock.fence],
   *   success: [{ put: { key: 'last-run', value: `token ${lock.token}` } }],
   * });
   * console.log(succeeded);
   * ```
   */
  lock(name: string, options?: PlaceOptions): Promise<Lock>;
  /**
   * Leader election for a name.
   *
   * @example
   * ```ts
   * import { startCluster } from 'reknit';
   *
   * await using cluster = await startCluster({ nodes: 1 });
   * const election = cluster.client().election('scheduler');
   * await using leadership = await election.campaign('node 1', { ttl: 5 });
   * console.log('leading with token', leadership.token, (await election.leader())?.token);
   * ```
   */
  election(name: string): Election;
  /**
   * Batches of events, a revision each, over the loss of connections and members: none is left out, none comes twice.
   * A compacted start ends it with a CompactedError.
   *
   * @example
   * ```ts
   * import { startCluster } from 'reknit';
   *
   * await using cluster = await startCluster({ nodes: 1 });
   * const client = cluster.client();
   * await using watch = client.watch({ key: 'config/', prefix: true });
   * await watch.ready;
   * await client.kv.put({ key: 'config/mode', value: 'fast' });
   * for await (const { revision, events } of watch) {
   *   console.log(revision, events.length);
   *   break;
   * }
   * ```
   */
  watch(input: WatchInput, options?: WatchOptions): Watch;
  /**
   * As `watch`, by callbacks and without promises; they must not throw. Nothing is buffered: `pause` makes the server wait.
   *
   * @example
   * ```ts
   * import { startCluster } from 'reknit';
   *
   * await using cluster = await startCluster({ nodes: 1 });
   * const client = cluster.client();
   * const subscription = client.subscribe(
   *   { key: 'k' },
   *   {
   *     onReady: (revision) => console.log('from', revision),
   *     onBatch: ({ events }) => console.log(events.length),
   *     onError: (error) => console.error(error.reason),
   *   },
   * );
   * subscription.close();
   * ```
   */
  subscribe(input: WatchInput, handlers: WatchHandlers): Subscription;
  /** Ends open calls, watches and connections; the client cannot be used again. */
  close(): void;
}

const read = (path: string): Operation => ({ path, effect: 'read' });

const STATUS = read('/etcdserverpb.Maintenance/Status');
const HASH_KV = read('/etcdserverpb.Maintenance/HashKV');
const MOVE_LEADER: Operation = { path: '/etcdserverpb.Maintenance/MoveLeader', effect: 'idempotent-write' };
const ALARM: Operation = { path: '/etcdserverpb.Maintenance/Alarm', effect: 'idempotent-write' };
const MEMBER_LIST = read('/etcdserverpb.Cluster/MemberList');

const DEFAULT_TIMEOUT_MS = 5000;

/**
 * Connects when it is first used. Dispose of it or close it: what it holds open keeps a process alive.
 *
 * @example
 * ```ts
 * import { createClient, startCluster } from 'reknit';
 *
 * await using cluster = await startCluster({ nodes: 1 });
 * await using client = createClient({ endpoints: cluster.endpoints, timeoutMs: 2000 });
 * await client.kv.put({ key: 'k', value: 'v' });
 * ```
 */
export function createClient(options: ClientOptions): Client {
  if (options.endpoints.length === 0) throw new TypeError('endpoints: name at least one, as host:port');
  if (options.transport === undefined) options.endpoints.forEach(checkEndpoint);
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
    configuration: configurationClient(caller),
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
    async moveLeader(targetId, endpoint, options = {}) {
      const message = encodeMoveLeaderRequest(createMoveLeaderRequest({ targetID: targetId }));
      await caller.call(MOVE_LEADER, message, { ...options, endpoint });
    },
    async disarmNoSpace(options = {}) {
      const request = { action: AlarmAction.DEACTIVATE, alarm: AlarmType.NOSPACE };
      await caller.call(ALARM, encodeAlarmRequest(createAlarmRequest(request)), options);
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
