// etcdserverpb.Lease but for keep-alives, which are a stream. What a grant leaves open, an id and a TTL in bounds, is fixed
// here, before the proposal: replicas must not choose.
import { concatBytes } from '@reknit/base';
import {
  decodeLeaseGrantRequest,
  decodeLeaseLeasesRequest,
  decodeLeaseRevokeRequest,
  decodeLeaseTimeToLiveRequest,
  encodeLeaseGrantRequest,
  encodeLeaseGrantResponse,
  encodeLeaseLeasesResponse,
  encodeLeaseRevokeResponse,
  encodeLeaseTimeToLiveResponse,
  type LeaseTimeToLiveRequest,
  type ResponseHeader,
} from '@reknit/etcd-api';
import type { CallContext, Failure, UnaryHandler, UnaryReply } from '@reknit/grpc';
import type { Job, Lease } from '@reknit/mvcc';
import type { Random } from '@reknit/runtime';
import { EtcdErrors, mvccFailure } from '../../errors.js';
import { type ApplyResult, refusal } from '../../group/apply.js';
import { LEASE_TTL_MAX } from '../../group/apply-lease.js';
import { Operation } from '../../group/envelope.js';
import type { Group } from '../../group/group.js';
import { NO_LEASE } from '../../group/leases/lease-questions.js';
import type { WriteWaiter } from '../../group/writes.js';
import type { StoreMember } from '../../member.js';
import { groupFor, headerOf } from '../context.js';
import { decoded, MALFORMED } from '../decoded.js';
import { type Served, serving, servingInSlices } from '../serving.js';

export function leaseMethods(member: StoreMember): Record<string, UnaryHandler> {
  /** A lease must outlive an election, in which nobody can renew it: as etcd, one and a half time-outs. In seconds. */
  const ttlMin = Math.ceil((1.5 * member.options.electionTimeout) / 1000);
  return {
    LeaseGrant: (bytes, context, reply) => {
      const group = groupFor(member, context, reply);
      const request = group && decoded(decodeLeaseGrantRequest, bytes, reply);
      if (group === undefined || request === undefined) return;
      if (request.TTL > LEASE_TTL_MAX) return reply.fail(EtcdErrors.leaseTtlTooLarge);
      const ID = request.ID === 0n ? freeId(group, member.runtime.random) : request.ID;
      const TTL = Math.max(request.TTL, ttlMin);
      const answer = (): Uint8Array => encodeLeaseGrantResponse({ header: headerOf(member, group), ID, TTL, error: '' });
      group.write(Operation.leaseGrant, encodeLeaseGrantRequest({ ID, TTL }), new LeaseCall(reply, answer));
    },
    LeaseRevoke: (bytes, context, reply) => {
      const group = groupFor(member, context, reply);
      const request = group && decoded(decodeLeaseRevokeRequest, bytes, reply);
      if (group === undefined || request === undefined) return;
      const answer = (): Uint8Array => encodeLeaseRevokeResponse({ header: headerOf(member, group) });
      group.write(Operation.leaseRevoke, bytes, new LeaseCall(reply, answer));
    },
    LeaseTimeToLive: (bytes, context, reply) => {
      const group = groupFor(member, context, reply);
      const request = group && decoded(decodeLeaseTimeToLiveRequest, bytes, reply);
      if (group !== undefined && request !== undefined) timeToLive(member, group, request, context, reply);
    },
    LeaseLeases: (bytes, context, reply) => {
      const group = groupFor(member, context, reply);
      if (group === undefined || decoded(decodeLeaseLeasesRequest, bytes, reply) === undefined) return;
      const list = (): void =>
        servingInSlices(member, new LeaseListJob(headerOf(member, group), group.space.leases), context, reply);
      group.read({ ready: () => serving(member, reply, list), failed: (failure) => reply.fail(failure) });
    },
  };
}

/** About a millisecond. */
const LISTED_PER_STEP = 5000;

/** As of now; a list made over several turns must not show a lease that came after another had gone. */
class LeaseListJob implements Job<Served> {
  readonly #ids: readonly bigint[];
  readonly #parts: Uint8Array[];
  #at = 0;

  constructor(header: ResponseHeader, leases: Iterable<Lease>) {
    this.#ids = Array.from(leases, ({ id }) => id);
    this.#parts = [encodeLeaseLeasesResponse({ header, leases: [] })];
  }

  /** A repeated field may be encoded piece by piece. */
  step(): Served | undefined {
    const leases = this.#ids.slice(this.#at, this.#at + LISTED_PER_STEP).map((ID) => ({ ID }));
    this.#parts.push(encodeLeaseLeasesResponse({ header: undefined, leases }));
    this.#at += LISTED_PER_STEP;
    return this.#at < this.#ids.length ? undefined : { ok: true, response: concatBytes(this.#parts) };
  }

  cancel(): void {}
}

/** Two steps: the keys are this member's to tell, so it catches up first; then the leader says what is left. */
function timeToLive(
  member: StoreMember,
  group: Group,
  request: LeaseTimeToLiveRequest,
  context: CallContext,
  reply: UnaryReply,
): void {
  const { ID: id } = request;
  const failed = (failure: Failure): void => reply.fail(failure);
  const answered = (seconds: number): void =>
    serving(member, reply, () => reply.ok(timeToLiveResponse(member, group, request, seconds)));
  group.read({
    ready: () => {
      if (!context.open) return;
      if (group.space.leases.has(id)) group.leases.ask({ kind: 'time-to-live', id, answered, failed });
      else answered(NO_LEASE);
    },
    failed,
  });
}

function timeToLiveResponse(
  member: StoreMember,
  group: Group,
  { ID, keys }: LeaseTimeToLiveRequest,
  seconds: number,
): Uint8Array {
  const header = headerOf(member, group);
  const lease = group.space.leases.get(ID);
  if (lease === undefined || seconds === NO_LEASE)
    return encodeLeaseTimeToLiveResponse({ header, ID, TTL: -1, grantedTTL: 0, keys: [] });
  const attached = keys ? lease.keys() : [];
  return encodeLeaseTimeToLiveResponse({ header, ID, TTL: seconds, grantedTTL: lease.ttl, keys: attached });
}

/** Positive, as etcd's: many clients hold it in a signed number. */
export function freeId(group: Group, random: Random): bigint {
  for (;;) {
    const id = new DataView(random.bytes(8).slice().buffer).getBigUint64(0) >> 1n;
    if (id !== 0n && !group.space.leases.has(id)) return id;
  }
}

/** Waits for the entry of a grant or a revoke. */
class LeaseCall implements WriteWaiter {
  readonly #reply: UnaryReply;
  readonly #answer: () => Uint8Array;

  constructor(reply: UnaryReply, answer: () => Uint8Array) {
    this.#reply = reply;
    this.#answer = answer;
  }

  applied(result: ApplyResult): void {
    const refused = refusal(result);
    if (refused === undefined) this.#reply.ok(this.#answer());
    else this.#reply.fail(refused === 'malformed' ? MALFORMED : mvccFailure(refused));
  }

  failed(failure: Failure): void {
    this.#reply.fail(failure);
  }
}
