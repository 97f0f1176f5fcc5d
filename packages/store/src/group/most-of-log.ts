import type { NodeId, PeerProgress, SuccessionStatus } from '@reknit/consensus';

/** Who takes over with the least to catch up with. Undefined when there is nobody. */
export const mostOfLog = (peers: readonly PeerProgress[]): NodeId | undefined =>
  peers.reduce<PeerProgress | undefined>((best, peer) => (best && best.match >= peer.match ? best : peer), undefined)?.id;

/** A voter among them that is up to date but for what is on its way. */
export const heirOf = ({ progress, stage }: SuccessionStatus, heirs: ReadonlySet<NodeId>): NodeId | undefined =>
  mostOfLog(progress.filter(({ id, state }) => heirs.has(id) && stage.voters.includes(id) && state === 'replicate'));
