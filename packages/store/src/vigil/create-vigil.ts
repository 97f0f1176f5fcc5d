import type { ByteWriter, Millis } from '@reknit/base';
import type { NodeId } from '@reknit/consensus';
import type { Group } from '../group/group.js';
import type { StoreMember } from '../member.js';
import { Vigil } from './vigil.js';

/** A member's: what it finds goes to the replicas of all its groups. */
export function createVigil(member: StoreMember, tickEvery: Millis, writer: (peer: NodeId) => ByteWriter | undefined): Vigil {
  const { runtime, options, level } = member;
  const { electionTimeout, heartbeatInterval, processorTime } = options;
  const eachGroup = (act: (group: Group) => void): void => {
    for (const group of member.groups) act(group);
  };
  return new Vigil(
    { electionTimeout, heartbeatInterval, tickEvery, processorTime, level },
    runtime.log,
    {
      writer,
      hasRoom: () => member.room.scarcity === undefined,
      suspected: (peer) => eachGroup((group) => group.onPeerSuspected(peer)),
      trusted: (peer) => eachGroup((group) => group.onPeerTrusted(peer)),
      handOver: (heirs) => eachGroup((group) => group.handOver(heirs)),
    },
    runtime.clock.now(),
  );
}
