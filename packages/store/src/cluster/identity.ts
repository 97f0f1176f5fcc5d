// Who is who: member and cluster ids as etcd derives them, so that the same flags give the same ids after a restart.

import { sha1 } from '@noble/hashes/legacy.js';
import { type Brand, concatBytes, utf8Encode } from '@reknit/base';
import type { NodeId } from '@reknit/consensus';
import type { MemberRecord, MemberRole } from '../configuration/record.js';

export type MemberId = Brand<bigint, 'MemberId'>;
export type ClusterId = Brand<bigint, 'ClusterId'>;

/** One initial voter, as `--initial-cluster` names it. */
export interface InitialMember {
  readonly name: string;
  /** At least one; sorted. */
  readonly peerUrls: readonly string[];
}

export interface Member extends InitialMember {
  readonly id: MemberId;
  readonly nodeId: NodeId;
  readonly role: MemberRole;
}

export interface Cluster {
  readonly id: ClusterId;
  readonly token: string;
  /** Sorted by id, so that every member lists them alike. */
  readonly members: readonly Member[];
}

/** First eight bytes, big-endian, of SHA-1 over the sorted peer URLs and the cluster token (etcd, membership/member.go). */
export function deriveCluster(initial: readonly InitialMember[], token: string): Cluster {
  const members = initial.map((member) => withId(member, token)).sort((left, right) => (left.id < right.id ? -1 : 1));
  return { id: hash64(concatBytes(members.map((member) => idBytes(member.id)))) as ClusterId, token, members };
}

/** Of a member that joins later: the time keeps it apart from one that had the same URLs before. */
export const addedNodeId = (peerUrls: readonly string[], token: string, unixSeconds: number): NodeId =>
  nodeIdOf(hash64(utf8Encode([...peerUrls].sort().join('') + token + unixSeconds)));

export const memberOf = ({ id, name, peerUrls, role }: MemberRecord): Member => ({
  id: BigInt(`0x${id}`) as MemberId,
  nodeId: id,
  name,
  peerUrls,
  role,
});

export const nodeIdOf = (id: bigint): NodeId => id.toString(16).padStart(16, '0') as NodeId;

function withId(member: InitialMember, token: string): Member {
  const id = hash64(utf8Encode([...member.peerUrls].sort().join('') + token)) as MemberId;
  return { ...member, id, nodeId: nodeIdOf(id), role: 'voter' };
}

const hash64 = (bytes: Uint8Array): bigint => {
  const digest = sha1(bytes);
  return new DataView(digest.buffer, digest.byteOffset).getBigUint64(0, false);
};

function idBytes(id: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, id, false);
  return bytes;
}
