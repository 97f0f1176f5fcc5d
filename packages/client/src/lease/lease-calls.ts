// Leases as the API has them: one call each, nothing kept alive by itself.
import {
  createLeaseGrantRequest,
  createLeaseKeepAliveRequest,
  createLeaseLeasesRequest,
  createLeaseRevokeRequest,
  createLeaseTimeToLiveRequest,
  decodeLeaseGrantResponse,
  decodeLeaseKeepAliveResponse,
  decodeLeaseLeasesResponse,
  decodeLeaseRevokeResponse,
  decodeLeaseTimeToLiveResponse,
  encodeLeaseGrantRequest,
  encodeLeaseKeepAliveRequest,
  encodeLeaseLeasesRequest,
  encodeLeaseRevokeRequest,
  encodeLeaseTimeToLiveRequest,
  type LeaseGrantResponse,
  type LeaseKeepAliveResponse,
  type LeaseLeasesResponse,
  type LeaseRevokeResponse,
  type LeaseTimeToLiveResponse,
} from '@reknit/etcd-api';
import type { Caller, CallOptions, Operation } from '../caller.js';

export interface LeaseGrantInput {
  /** In seconds. The server raises it to its least: see the answer. */
  readonly ttl: number;
  /** Default: the server chooses. */
  readonly id?: bigint;
}

export interface LeaseCalls {
  /**
   * Makes a lease that lasts `ttl` seconds; to have it kept alive, see `Client.lease`.
   *
   * @example
   * ```ts
   * import { startCluster } from 'reknit';
   *
   * await using cluster = await startCluster({ nodes: 1 });
   * const { ID, TTL } = await cluster.client().leases.grant({ ttl: 30 });
   * console.log(`lease ${ID.toString(16)} lasts ${TTL} s`);
   * ```
   */
  grant(input: LeaseGrantInput, options?: CallOptions): Promise<LeaseGrantResponse>;
  /**
   * Ends a lease and deletes the keys that are attached to it.
   *
   * @example
   * ```ts
   * import { startCluster } from 'reknit';
   *
   * await using cluster = await startCluster({ nodes: 1 });
   * const { leases } = cluster.client();
   * const { ID } = await leases.grant({ ttl: 30 });
   * await leases.revoke(ID);
   * ```
   */
  revoke(id: bigint, options?: CallOptions): Promise<LeaseRevokeResponse>;
  /**
   * Starts its time anew. A TTL of 0 in the answer: there is no such lease any more.
   *
   * @example
   * ```ts
   * import { startCluster } from 'reknit';
   *
   * await using cluster = await startCluster({ nodes: 1 });
   * const { leases } = cluster.client();
   * const { ID } = await leases.grant({ ttl: 30 });
   * const { TTL } = await leases.keepAliveOnce(ID);
   * console.log(TTL > 0 ? 'alive' : 'expired');
   * ```
   */
  keepAliveOnce(id: bigint, options?: CallOptions): Promise<LeaseKeepAliveResponse>;
  /**
   * How long it still lasts, in seconds; -1 when there is no such lease.
   * @param options.keys which keys are attached to it, too
   *
   * @example
   * ```ts
   * import { startCluster } from 'reknit';
   *
   * await using cluster = await startCluster({ nodes: 1 });
   * const { leases } = cluster.client();
   * const { ID } = await leases.grant({ ttl: 30 });
   * const { TTL, grantedTTL } = await leases.timeToLive(ID, { keys: true });
   * console.log(TTL, 'of', grantedTTL);
   * ```
   */
  timeToLive(id: bigint, options?: CallOptions & { readonly keys?: boolean }): Promise<LeaseTimeToLiveResponse>;
  /**
   * All leases.
   *
   * @example
   * ```ts
   * import { startCluster } from 'reknit';
   *
   * await using cluster = await startCluster({ nodes: 1 });
   * const { leases } = await cluster.client().leases.list();
   * console.log(leases.length);
   * ```
   */
  list(options?: CallOptions): Promise<LeaseLeasesResponse>;
}

const operation = (method: string, effect: Operation['effect']): Operation => ({
  path: `/etcdserverpb.Lease/${method}`,
  effect,
});

/** Granted twice, one of the two expires unused. */
const GRANT_ANY = operation('LeaseGrant', 'idempotent-write');
/** The second would be refused, because the first had been granted. */
const GRANT_ID = operation('LeaseGrant', 'write');
/** An id that the caller chose may have been granted anew between two of them. */
const REVOKE = operation('LeaseRevoke', 'write');
const REVOKE_KEPT = operation('LeaseRevoke', 'idempotent-write');
const KEEP_ALIVE = operation('LeaseKeepAlive', 'idempotent-write');
const TIME_TO_LIVE = operation('LeaseTimeToLive', 'read');
const LEASES = operation('LeaseLeases', 'read');

export interface Timed<Response> {
  readonly response: Response;
  /** The server acted no earlier. */
  readonly sentAt: number;
}

export async function grantLease(
  caller: Caller,
  { ttl, id = 0n }: LeaseGrantInput,
  options: CallOptions,
): Promise<Timed<LeaseGrantResponse>> {
  if (!Number.isSafeInteger(ttl) || ttl < 1) throw new RangeError(`ttl: ${ttl} is not a whole number of seconds from 1`);
  const request = encodeLeaseGrantRequest(createLeaseGrantRequest({ TTL: ttl, ID: id }));
  const { message, sentAt } = await caller.exchange(id === 0n ? GRANT_ANY : GRANT_ID, request, options);
  return { response: decodeLeaseGrantResponse(message), sentAt };
}

export async function renewLease(caller: Caller, id: bigint, options: CallOptions): Promise<Timed<LeaseKeepAliveResponse>> {
  const request = encodeLeaseKeepAliveRequest(createLeaseKeepAliveRequest({ ID: id }));
  const { message, sentAt } = await caller.exchange(KEEP_ALIVE, request, options);
  return { response: decodeLeaseKeepAliveResponse(message), sentAt };
}

/** Of a lease whose id the server chose: no other lease ever has it. */
export async function revokeKeptLease(caller: Caller, id: bigint, options: CallOptions): Promise<void> {
  await caller.call(REVOKE_KEPT, encodeLeaseRevokeRequest(createLeaseRevokeRequest({ ID: id })), options);
}

export function leaseCalls(caller: Caller): LeaseCalls {
  return {
    grant: async (input, options = {}) => (await grantLease(caller, input, options)).response,
    async revoke(id, options = {}) {
      const message = encodeLeaseRevokeRequest(createLeaseRevokeRequest({ ID: id }));
      return decodeLeaseRevokeResponse(await caller.call(REVOKE, message, options));
    },
    keepAliveOnce: async (id, options = {}) => (await renewLease(caller, id, options)).response,
    async timeToLive(id, { keys = false, ...options } = {}) {
      const message = encodeLeaseTimeToLiveRequest(createLeaseTimeToLiveRequest({ ID: id, keys }));
      return decodeLeaseTimeToLiveResponse(await caller.call(TIME_TO_LIVE, message, options));
    },
    async list(options = {}) {
      const message = encodeLeaseLeasesRequest(createLeaseLeasesRequest());
      return decodeLeaseLeasesResponse(await caller.call(LEASES, message, options));
    },
  };
}
