// etcdserverpb.Cluster as far as it is served: MemberList. Client URLs are what each member published in `_system`.
import { utf8Encode } from '@reknit/base';
import { createRangeRequest, decodeMemberListRequest, encodeMemberListResponse, type Member } from '@reknit/etcd-api';
import type { Failure, UnaryHandler, UnaryReply } from '@reknit/grpc';
import { decodeAttributes, type MemberAttributes, memberKey } from '../cluster/attributes.js';
import { EtcdErrors } from '../errors.js';
import type { Group } from '../group/group.js';
import type { StoreMember } from '../member.js';
import { headerOf, leaderRequired } from './context.js';
import { decoded } from './decoded.js';
import { serving } from './serving.js';

export function clusterMethods(member: StoreMember): Record<string, UnaryHandler> {
  return {
    MemberList: (bytes, context, reply) => {
      const system = member.group('_system');
      if (member.closed) return reply.fail(EtcdErrors.stopped);
      if (system === undefined) return reply.fail(EtcdErrors.noLeader);
      const failure = leaderRequired(system, context);
      if (failure !== undefined) return reply.fail(failure);
      const request = decoded(decodeMemberListRequest, bytes, reply);
      if (request === undefined) return;
      const list = (): void => serving(member, reply, () => answer(member, system, reply));
      if (!request.linearizable) return list();
      system.read({
        ready: list,
        failed: (failure: Failure) => reply.fail(failure),
      });
    },
  };
}

function answer(member: StoreMember, system: Group, reply: UnaryReply): void {
  const members = member.cluster.members.map(
    (voter): Member => ({
      ID: voter.id,
      // A member that has never been up has no name yet, as in etcd.
      ...attributes(system, voter.id),
      peerURLs: voter.peerUrls,
      isLearner: false,
    }),
  );
  // Clients compare the terms of all answers of a cluster, and take one that falls for a stale member's: it is always that of
  // the keyspace that they use.
  const clients = member.group('default') ?? system;
  reply.ok(encodeMemberListResponse({ header: headerOf(member, clients, 0), members }));
}

function attributes(system: Group, id: bigint): MemberAttributes {
  const outcome = system.space.range(createRangeRequest({ key: utf8Encode(memberKey(id)) }));
  const stored = outcome.ok ? outcome.value.kvs[0] : undefined;
  return (stored && decodeAttributes(stored.value)) ?? { name: '', clientURLs: [] };
}
