// What both ends of a session need to know to judge each other.
import type { NodeId } from '@reknit/consensus';
import type { ClusterId } from '../cluster/identity.js';
import type { Introduction, RefusalReason } from './handshake.js';

export interface PeerDirectory {
  readonly clusterId: ClusterId;
  readonly self: NodeId;
  readonly incarnation: string;
  readonly bootId: string;
  readonly secret: Uint8Array;
  /** `host:port` by node, the own excluded. */
  readonly peers: ReadonlyMap<NodeId, string>;
  /** Undefined when this incarnation may speak for this member. */
  objection(from: NodeId, incarnation: string): string | undefined;
}

/** Undefined when the introduction is acceptable; its proof, and then its incarnation, are judged apart from it. */
export function judge(
  directory: PeerDirectory,
  introduction: Introduction,
): { reason: RefusalReason; detail: string } | undefined {
  if (introduction.clusterId !== directory.clusterId) {
    return {
      reason: 'cluster',
      detail: `this is cluster ${directory.clusterId.toString(16)}, not ${introduction.clusterId.toString(16)}`,
    };
  }
  if (introduction.to !== directory.self)
    return { reason: 'not-me', detail: `this is member ${directory.self}, not ${introduction.to}` };
  const from = introduction.from as NodeId;
  return directory.peers.has(from) ? undefined : { reason: 'unknown-member', detail: `no member ${from} in this cluster` };
}
