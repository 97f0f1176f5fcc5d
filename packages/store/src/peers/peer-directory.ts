// What both ends of a session need to know to judge each other.
import type { NodeId } from '@reknit/consensus';
import type { ClusterId } from '../cluster/identity.js';
import type { Objection } from '../cluster/membership.js';
import type { Introduction, News, RefusalReason } from './handshake.js';

export interface PeerDirectory {
  readonly clusterId: ClusterId;
  readonly self: NodeId;
  readonly incarnation: string;
  readonly bootId: string;
  readonly secret: Uint8Array;
  /** A member of the cluster, or one that was: its session is judged once it has proved who it is. */
  knows(node: NodeId): boolean;
  /** Undefined when this incarnation may speak for this member. */
  objection(from: NodeId, incarnation: string): Objection | undefined;
  /** For who does not know this member; undefined while there is none. */
  news(): News | undefined;
}

/** Undefined when the introduction is acceptable; its proof, and then who it is, are judged apart from it. */
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
  return undefined;
}
