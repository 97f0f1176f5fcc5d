// etcdserverpb.Cluster as far as it is served: MemberList. Client URLs are what each member published in `_system`.
import { utf8Decode, utf8Encode } from '@reknit/base';
import { createRangeRequest, decodeMemberListRequest, encodeMemberListResponse, type Member } from '@reknit/etcd-api';
import type { Failure, UnaryHandler, UnaryReply } from '@reknit/grpc';
import { EtcdErrors } from '../errors.js';
import type { Group } from '../group/group.js';
import { memberKey, type StoreMember } from '../member.js';
import { headerOf } from './context.js';

export function clusterMethods(member: StoreMember): Record<string, UnaryHandler> {
  return {
    MemberList: (bytes, _context, reply) => {
      const system = member.group('_system');
      if (system === undefined) return reply.fail(EtcdErrors.noLeader);
      if (!decodeMemberListRequest(bytes).linearizable) return answer(member, system, reply);
      system.read({
        ready: () => answer(member, system, reply),
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
  reply.ok(encodeMemberListResponse({ header: headerOf(member, system, 0), members }));
}

function attributes(system: Group, id: bigint): { readonly name: string; readonly clientURLs: readonly string[] } {
  const outcome = system.space.range(createRangeRequest({ key: utf8Encode(memberKey(id)) }));
  const stored = outcome.ok ? outcome.value.kvs[0] : undefined;
  if (stored === undefined) return { name: '', clientURLs: [] };
  return JSON.parse(utf8Decode(stored.value)) as { name: string; clientURLs: readonly string[] };
}
