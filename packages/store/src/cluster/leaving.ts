// The first configuration without a member, for the tombstone of its directory.
import type { SuccessionStatus } from '@reknit/consensus';
import type { Tombstone } from '../data-directory.js';

/**
 * Those who leave learn on until they hear of it, so that they have mostly begun that stage themselves.
 * @param status of `_system` @param epoch of the newest configuration that it knows
 */
export function firstWithoutIt(status: SuccessionStatus | undefined, epoch: number): Omit<Tombstone, 'reason'> {
  if (status?.handOver.kind === 'retired') {
    const { next, index } = status.handOver.end;
    return { epoch: next.epoch, index };
  }
  return { epoch, index: status?.epoch === epoch ? status.start : 0 };
}
