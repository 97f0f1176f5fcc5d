// etcdserverpb.Maintenance as far as it is served: Status, Alarm, HashKV and MoveLeader.
import {
  decodeAlarmRequest,
  decodeHashKVRequest,
  decodeMoveLeaderRequest,
  encodeHashKVResponse,
  encodeStatusResponse,
} from '@reknit/etcd-api';
import type { CallContext, UnaryHandler, UnaryReply } from '@reknit/grpc';
import type { Group } from '../group/group.js';
import type { StoreMember } from '../member.js';
import { alarm, describeAlarm } from './alarm.js';
import { clientTerm, groupFor, headerOf } from './context.js';
import { decoded } from './decoded.js';
import { moveLeader } from './move-leader.js';
import { EncodedJob, servingInSlices } from './serving.js';

/** The version of etcd whose API is spoken; clients compare it to decide what they may use. */
export const ETCD_API_VERSION = '3.6.14';
export const ETCD_CLUSTER_VERSION = '3.6.0';

export function maintenanceMethods(member: StoreMember): Record<string, UnaryHandler> {
  return {
    Status: (_bytes, context, reply) => {
      const group = groupFor(member, context, reply, 'serves');
      if (group !== undefined) reply.ok(encodeStatusResponse(status(member, group)));
    },
    Alarm: (bytes, context, reply) => {
      const group = groupFor(member, context, reply);
      const request = group && decoded(decodeAlarmRequest, bytes, reply);
      if (group !== undefined && request !== undefined) alarm(member, group, request, reply);
    },
    HashKV: (bytes, context, reply) => {
      const group = groupFor(member, context, reply);
      const request = group && decoded(decodeHashKVRequest, bytes, reply);
      if (group !== undefined && request !== undefined) hash(member, group, request.revision, context, reply);
    },
    MoveLeader: (bytes, context, reply) => {
      const group = groupFor(member, context, reply);
      const request = group && decoded(decodeMoveLeaderRequest, bytes, reply);
      if (group !== undefined && request !== undefined) moveLeader(member, group, request.targetID, context, reply);
    },
  };
}

function status(member: StoreMember, group: Group): Parameters<typeof encodeStatusResponse>[0] {
  const { leader, commit } = group.status;
  const { sizeBytes, inUseBytes } = group.space.statistics();
  return {
    header: headerOf(member, group),
    version: ETCD_API_VERSION,
    dbSize: sizeBytes,
    leader: leader === undefined ? 0n : BigInt(`0x${leader}`),
    raftIndex: commit,
    raftTerm: clientTerm(group),
    raftAppliedIndex: group.space.applied.index,
    errors: [...(leader === undefined ? ['etcdserver: no leader'] : []), ...group.alarms.raised.map(describeAlarm)],
    dbSizeInUse: inUseBytes,
    isLearner: member.isLearner,
    storageVersion: ETCD_CLUSTER_VERSION,
    dbSizeQuota: member.options.quotaBytes ?? 0,
    downgradeInfo: undefined,
  };
}

function hash(member: StoreMember, group: Group, revision: number, context: CallContext, reply: UnaryReply): void {
  const job = new EncodedJob(group.space.hashJob(revision), ({ hash: value, compactRevision, revision: hashRevision }) =>
    encodeHashKVResponse({ header: headerOf(member, group), hash: value, compactRevision, hashRevision }),
  );
  servingInSlices(member, job, context, reply);
}
