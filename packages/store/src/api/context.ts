// What every service needs: the member, the keyspace that a call is meant for, and the header of its answers.
import type { ResponseHeader } from '@reknit/etcd-api';
import type { CallContext, Failure, UnaryReply } from '@reknit/grpc';
import { Status } from '@reknit/grpc';
import { EtcdErrors } from '../errors.js';
import type { Group } from '../group/group.js';
import type { StoreMember } from '../member.js';
import { KEYSPACES } from '../options.js';

/** Metadata that names the keyspace; without it a call is for `default`. */
export const KEYSPACE_METADATA = 'reknit-keyspace';

const TWO_32 = 0x1_0000_0000;

/** What clients see as raft_term: rises over configurations too, and stays a safe integer. */
export const clientTerm = (group: Group): number => group.status.epoch * TWO_32 + group.status.round;

export function headerOf(member: StoreMember, group: Group, revision: number = group.space.revision): ResponseHeader {
  return { clusterId: member.cluster.id, memberId: member.self.id, revision, raftTerm: clientTerm(group) };
}

/**
 * The group a call is for; otherwise the call is answered here.
 * @param learner whether a member that does not vote serves such a call: of etcd's only Status and serializable ranges
 */
export function groupFor(
  member: StoreMember,
  context: CallContext,
  reply: Pick<UnaryReply, 'fail'>,
  learner: 'refuses' | 'serves' = 'refuses',
): Group | undefined {
  const name = context.metadata(KEYSPACE_METADATA) ?? 'default';
  const group = member.group(name);
  const failure = objection(member, context, group, name) ?? (learner === 'refuses' ? learnersRefusal(member) : undefined);
  if (failure === undefined) return group;
  reply.fail(failure);
  return undefined;
}

function objection(member: StoreMember, context: CallContext, group: Group | undefined, name: string): Failure | undefined {
  if (member.closed) return EtcdErrors.stopped;
  return group === undefined ? missing(name) : leaderRequired(group, context);
}

/** Of what etcd's learners do not serve. */
export const learnersRefusal = (member: StoreMember): Failure | undefined =>
  member.isLearner ? EtcdErrors.notForLearners : undefined;

function missing(name: string): Failure {
  if (KEYSPACES.some((keyspace) => keyspace.name === name)) return EtcdErrors.noLeader;
  const known = KEYSPACES.map((keyspace) => keyspace.name).join(', ');
  return { code: Status.notFound, message: `reknit: no keyspace ${name}; there are ${known}` };
}

/** `hasleader: true` is clientv3's WithRequireLeader. */
export function leaderRequired(group: Group, context: CallContext): Failure | undefined {
  return context.metadata('hasleader') === 'true' && group.lacksLeader ? EtcdErrors.noLeader : undefined;
}
