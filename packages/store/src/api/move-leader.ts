// Maintenance.MoveLeader: the leader of the called keyspace hands over to another voter, without a gap in what it has accepted. The
// answer waits until the other leads, and has no header, as in etcd.
import type { Millis } from '@reknit/base';
import { createMoveLeaderResponse, encodeMoveLeaderResponse } from '@reknit/etcd-api';
import type { CallContext, UnaryReply } from '@reknit/grpc';
import { EtcdErrors } from '../errors.js';
import type { Group } from '../group/group.js';
import type { StoreMember } from '../member.js';

/** A transfer takes a round trip or two. */
const LOOK_EVERY: Millis = 10;

export function moveLeader(
  member: StoreMember,
  group: Group,
  targetId: bigint,
  context: CallContext,
  reply: Pick<UnaryReply, 'ok' | 'fail'>,
): void {
  const { clock } = member.runtime;
  if (group.status.role !== 'leader') return reply.fail(EtcdErrors.notLeader);
  const target = member.cluster.members.find(({ id, role }) => id === targetId && role === 'voter')?.nodeId;
  if (target === undefined) return reply.fail(EtcdErrors.badLeaderTransferee);
  const deadline = clock.now() + group.requestTimeout;
  group.transfer(target);
  const look = (): void => {
    if (!context.open) return;
    if (group.status.leader === target) return reply.ok(encodeMoveLeaderResponse(createMoveLeaderResponse()));
    if (member.closed) return reply.fail(EtcdErrors.stopped);
    if (clock.now() >= deadline) return reply.fail(EtcdErrors.timeoutLeaderTransfer);
    clock.after(LOOK_EVERY, look);
  };
  look();
}
