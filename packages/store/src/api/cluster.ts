// etcdserverpb.Cluster: who belongs to the cluster, and its changes. Client URLs are what each member published in `_system`;
// everything else is the configuration.
import { utf8Encode } from '@reknit/base';
import {
  createRangeRequest,
  decodeMemberAddRequest,
  decodeMemberListRequest,
  decodeMemberPromoteRequest,
  decodeMemberRemoveRequest,
  decodeMemberUpdateRequest,
  encodeMemberAddResponse,
  encodeMemberListResponse,
  encodeMemberPromoteResponse,
  encodeMemberRemoveResponse,
  encodeMemberUpdateResponse,
  type Member,
  type ResponseHeader,
} from '@reknit/etcd-api';
import type { CallContext, Failure, UnaryHandler, UnaryReply } from '@reknit/grpc';
import { decodeAttributes, type MemberAttributes, memberKey } from '../cluster/attributes.js';
import { addedNodeId, memberOf, nodeIdOf } from '../cluster/identity.js';
import type { Change } from '../configuration/changes.js';
import type { Configuration } from '../configuration/record.js';
import { EtcdErrors } from '../errors.js';
import type { Group } from '../group/group.js';
import type { StoreMember } from '../member.js';
import { headerOf, leaderRequired, learnersRefusal } from './context.js';
import { decoded } from './decoded.js';
import { peerUrlsOf } from './peer-urls.js';
import { serving } from './serving.js';

export function clusterMethods(member: StoreMember): Record<string, UnaryHandler> {
  /** Decodes, finds out which change is meant, and answers when it is in force. */
  const changing = <Request>(
    decode: (bytes: Uint8Array) => Request,
    meant: (request: Request) => Change | Failure,
    encode: (answer: Changed) => Uint8Array,
  ): UnaryHandler => {
    return (bytes, context, reply) => {
      if (systemFor(member, context, reply) === undefined) return;
      const request = decoded(decode, bytes, reply);
      if (request === undefined) return;
      const change = meant(request);
      if ('code' in change) return reply.fail(change);
      makeChange(member, change, context, reply, (answer) => reply.ok(encode(answer)));
    };
  };

  return {
    MemberList: (bytes, context, reply) => {
      const system = systemFor(member, context, reply);
      const request = system && decoded(decodeMemberListRequest, bytes, reply);
      if (system === undefined || request === undefined) return;
      const list = (): void =>
        serving(member, reply, () => {
          reply.ok(encodeMemberListResponse({ header: clusterHeader(member, system), members: listOf(member, system) }));
        });
      if (!request.linearizable) return list();
      system.read({ ready: list, failed: (failure: Failure) => reply.fail(failure) });
    },
    MemberAdd: changing(
      decodeMemberAddRequest,
      ({ peerURLs, isLearner }) => additionOf(member, peerURLs, isLearner),
      ({ header, members, change }) => {
        const added = change.kind === 'add' ? members.find(({ ID }) => nodeIdOf(ID) === change.id) : undefined;
        return encodeMemberAddResponse({ header, member: added, members });
      },
    ),
    MemberRemove: changing(
      decodeMemberRemoveRequest,
      ({ ID }) => ({ kind: 'remove', member: nodeIdOf(ID) }),
      ({ header, members }) => encodeMemberRemoveResponse({ header, members }),
    ),
    MemberUpdate: changing(
      decodeMemberUpdateRequest,
      ({ ID, peerURLs }) => {
        const peerUrls = peerUrlsOf(peerURLs);
        return peerUrls === undefined ? EtcdErrors.badMemberUrls : { kind: 'update', member: nodeIdOf(ID), peerUrls };
      },
      ({ header, members }) => encodeMemberUpdateResponse({ header, members }),
    ),
    MemberPromote: changing(
      decodeMemberPromoteRequest,
      ({ ID }) => ({ kind: 'promote', member: nodeIdOf(ID) }),
      ({ header, members }) => encodeMemberPromoteResponse({ header, members }),
    ),
  };
}

interface Changed {
  readonly header: ResponseHeader;
  readonly members: readonly Member[];
  readonly change: Change;
}

/** Of a member that is up and votes; otherwise the call is answered here. */
export function systemFor(member: StoreMember, context: CallContext, reply: Pick<UnaryReply, 'fail'>): Group | undefined {
  const system = member.group('_system');
  if (member.closed) reply.fail(EtcdErrors.stopped);
  else if (system === undefined) reply.fail(EtcdErrors.noLeader);
  else {
    const failure = learnersRefusal(member) ?? leaderRequired(system, context);
    if (failure === undefined) return system;
    reply.fail(failure);
  }
  return undefined;
}

/** The id is fixed here: by the time, so that a member that comes back to old URLs is another one. */
function additionOf(member: StoreMember, urls: readonly string[], learner: boolean): Change | Failure {
  const peerUrls = peerUrlsOf(urls);
  if (peerUrls === undefined) return EtcdErrors.badMemberUrls;
  return { kind: 'add', id: newNodeId(member, peerUrls), peerUrls, learner };
}

export const newNodeId = (member: StoreMember, peerUrls: readonly string[]): ReturnType<typeof addedNodeId> =>
  addedNodeId(peerUrls, member.options.token, Math.floor(member.runtime.clock.wall() / 1000));

function makeChange(
  member: StoreMember,
  change: Change,
  context: CallContext,
  reply: UnaryReply,
  answer: (changed: Changed) => void,
): void {
  const system = member.group('_system');
  if (system === undefined) return reply.fail(EtcdErrors.noLeader);
  const id = member.newRequestId();
  member.reconfiguration.request({ id, epoch: undefined, change }, system.requestTimeout, {
    done: (configuration) => {
      if (!context.open) return;
      serving(member, reply, () =>
        answer({ header: clusterHeader(member, system), members: listOf(member, system, configuration), change }),
      );
    },
    failed: (failure) => reply.fail(failure),
  });
}

/** Clients compare the terms of all answers of a cluster, so it is always that of the keyspace that they use. */
const clusterHeader = (member: StoreMember, system: Group): ResponseHeader =>
  headerOf(member, member.group('default') ?? system, 0);

function listOf(member: StoreMember, system: Group, configuration?: Configuration): readonly Member[] {
  const members = configuration === undefined ? member.cluster.members : configuration.members.map(memberOf);
  return members.map(({ id, peerUrls, role }) => ({
    ID: id,
    // A member that has never been up has no name yet, as in etcd.
    ...attributes(system, id),
    peerURLs: peerUrls,
    isLearner: role === 'learner',
  }));
}

function attributes(system: Group, id: bigint): MemberAttributes {
  const outcome = system.space.range(createRangeRequest({ key: utf8Encode(memberKey(id)) }));
  const stored = outcome.ok ? outcome.value.kvs[0] : undefined;
  return (stored && decodeAttributes(stored.value)) ?? { name: '', clientURLs: [] };
}
