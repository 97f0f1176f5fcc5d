// v3electionpb.Election: the leader of a name is its candidate that came first; its key's value is what it proclaims.
import {
  decodeCampaignRequest,
  decodeLeaderRequest,
  decodeProclaimRequest,
  decodeResignRequest,
  encodeCampaignResponse,
  encodeLeaderResponse,
  encodeProclaimResponse,
  encodeResignResponse,
  type LeaderKey,
} from '@reknit/etcd-api';
import type { CallContext, ServerStreamHandler, UnaryHandler, UnaryReply } from '@reknit/grpc';
import type { Group } from '../group/group.js';
import type { StoreMember } from '../member.js';
import { Candidacy } from './concurrency/candidacy.js';
import { changeIfCreatedAt, confirmed, deleting, firstCandidate, putting, unknown } from './concurrency/inner-calls.js';
import { ObserveCall } from './concurrency/observe-call.js';
import type { OpenCalls } from './concurrency/open-calls.js';
import { groupFor, headerOf } from './context.js';
import { decoded } from './decoded.js';

const NO_LEADER_KEY = '"leader" field must be provided';
const NO_LEADER = 'election: no leader';
const NOT_LEADER = 'election: not leader';
const EXPIRED = 'concurrency: session expired';

export function electionMethods(member: StoreMember, open: OpenCalls): Record<string, UnaryHandler> {
  /** For requests of one who leads, or thinks so. */
  const asLeader =
    <Request extends { readonly leader: LeaderKey | undefined }>(
      decode: (bytes: Uint8Array) => Request,
      act: (group: Group, leader: LeaderKey, request: Request, reply: UnaryReply) => void,
    ): UnaryHandler =>
    (bytes, context, reply) => {
      const group = groupFor(member, context, reply);
      const request = group && decoded(decode, bytes, reply);
      if (group === undefined || request === undefined) return;
      if (request.leader === undefined) reply.fail(unknown(NO_LEADER_KEY));
      else act(group, request.leader, request, reply);
    };

  return {
    Campaign: (bytes, context, reply) => {
      const group = groupFor(member, context, reply);
      const request = group && decoded(decodeCampaignRequest, bytes, reply);
      if (group === undefined || request === undefined) return;
      const { name, lease, value } = request;
      const candidacy = new Candidacy(
        member,
        group,
        { name, lease, value, expired: EXPIRED },
        {
          won: ({ key, createRevision, lease: held, revision }) => {
            const leader = { name, key, rev: createRevision, lease: held };
            reply.ok(encodeCampaignResponse({ header: headerOf(member, group, revision), leader }));
          },
          failed: (failure) => reply.fail(failure),
        },
      );
      candidacy.begin(open, context, reply);
    },
    Proclaim: asLeader(decodeProclaimRequest, (group, { key, rev, lease }, { value }, reply) =>
      changeIfCreatedAt(group, key, rev, putting(key, value, lease), {
        done: (succeeded) => {
          if (succeeded) reply.ok(encodeProclaimResponse({ header: headerOf(member, group) }));
          else reply.fail(unknown(NOT_LEADER));
        },
        failed: (failure) => reply.fail(failure),
      }),
    ),
    Leader: (bytes, context, reply) => leader(member, bytes, context, reply),
    /** Who does not lead has nothing to give up: no error, as in etcd. */
    Resign: asLeader(decodeResignRequest, (group, { key, rev }, _request, reply) =>
      changeIfCreatedAt(group, key, rev, deleting(key), {
        done: () => reply.ok(encodeResignResponse({ header: headerOf(member, group) })),
        failed: (failure) => reply.fail(failure),
      }),
    ),
  };
}

export const observeHandler =
  (member: StoreMember, open: OpenCalls): ServerStreamHandler =>
  (bytes, context, reply) => {
    const group = groupFor(member, context, reply);
    const request = group && decoded(decodeLeaderRequest, bytes, reply);
    if (group === undefined || request === undefined) return;
    new ObserveCall(member, group, request.name, reply).begin(open, context);
  };

function leader(member: StoreMember, bytes: Uint8Array, context: CallContext, reply: UnaryReply): void {
  const group = groupFor(member, context, reply);
  const request = group && decoded(decodeLeaderRequest, bytes, reply);
  if (group === undefined || request === undefined) return;
  const answer = (): void => {
    const kv = firstCandidate(group, request.name);
    if (kv === undefined) reply.fail(unknown(NO_LEADER));
    else reply.ok(encodeLeaderResponse({ header: headerOf(member, group), kv }));
  };
  confirmed(group, answer, (failure) => reply.fail(failure));
}
