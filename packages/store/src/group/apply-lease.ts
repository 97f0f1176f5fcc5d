// What entries do to leases. Ids, TTLs and which life of an id is meant are fixed before the proposal, so that every replica
// does the same; what no version of ours proposes changes nothing.
import { ByteReader, ByteWriter, MalformedBytesError } from '@reknit/base';
import { decodeLeaseGrantRequest, decodeLeaseRevokeRequest } from '@reknit/etcd-api';
import type { Job, KeySpace, Outcome } from '@reknit/mvcc';

/** etcd's bound, about 285 years: keeps times in safe integers. In seconds. */
export const LEASE_TTL_MAX = 9_000_000_000;

/** Where an entry was decided. */
export interface DecidedAt {
  readonly epoch: number;
  readonly round: number;
  readonly index: number;
}

export interface LeaseResult {
  readonly kind: 'lease';
  readonly change: 'granted' | 'revoked' | 'expired';
  readonly id: bigint;
  readonly outcome: Outcome<undefined>;
}

/** Of a lease that may have many keys: in slices. */
export interface LeaseEnd extends Pick<LeaseResult, 'change' | 'id'> {
  readonly job: Job<Outcome<undefined>>;
}

/** One life of an id, which a leader proposes to end because its time is over. */
export interface Expiry {
  /** Of the leadership that proposes; decided under another the entry is void. */
  readonly epoch: number;
  readonly round: number;
  readonly id: bigint;
  readonly granted: number;
}

export function applyGrant(space: KeySpace, request: Uint8Array, { index }: DecidedAt): LeaseResult {
  const { ID: id, TTL: ttl } = decodeLeaseGrantRequest(request);
  if (id === 0n || ttl < 1 || ttl > LEASE_TTL_MAX) throw new MalformedBytesError(`a grant of lease ${id} for ${ttl} s`);
  return { kind: 'lease', change: 'granted', id, outcome: space.grantLease({ id, ttl, index }) };
}

/** Asked for by a client: whoever leads. */
export function revocation(space: KeySpace, request: Uint8Array): LeaseEnd {
  const { ID: id } = decodeLeaseRevokeRequest(request);
  return { change: 'revoked', id, job: space.revocationJob(id) };
}

export function expiry(space: KeySpace, request: Uint8Array, at: DecidedAt): LeaseEnd {
  const claim = read(new ByteReader(request));
  return { change: 'expired', id: claim.id, job: holds(space, claim, at) ? space.revocationJob(claim.id) : VOID };
}

const VOID: Job<Outcome<undefined>> = { step: () => ({ ok: false, error: 'lease-not-found' }), cancel: () => undefined };

/** A leader that is deposed when this is decided may not know of a keep-alive that its successor has answered. */
function holds(space: KeySpace, claim: Expiry, at: DecidedAt): boolean {
  if (claim.epoch !== at.epoch || claim.round !== at.round) return false;
  return space.leases.get(claim.id)?.granted === claim.granted;
}

export const encodeExpiry = ({ epoch, round, id, granted }: Expiry): Uint8Array =>
  new ByteWriter().u32(epoch).u64(round).bigU64(id).u64(granted).view();

const read = (from: ByteReader): Expiry => ({
  epoch: from.u32(),
  round: from.u64(),
  id: BigInt.asIntN(64, from.bigU64()),
  granted: from.u64(),
});
