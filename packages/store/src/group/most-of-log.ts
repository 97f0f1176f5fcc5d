import type { NodeId, PeerProgress } from '@reknit/consensus';

/** Who takes over with the least to catch up with. Undefined when there is nobody. */
export const mostOfLog = (peers: readonly PeerProgress[]): NodeId | undefined =>
  peers.reduce<PeerProgress | undefined>((best, peer) => (best && best.match >= peer.match ? best : peer), undefined)?.id;
