// The KV and cluster calls of the tests: messages in, decoded answers out.
import { utf8Encode } from '@reknit/base';
import {
  type AlarmRequest,
  type AlarmResponse,
  type CompactionRequest,
  type CompactionResponse,
  createAlarmRequest,
  createCompactionRequest,
  createDeleteRangeRequest,
  createHashKVRequest,
  createLeaseGrantRequest,
  createLeaseRevokeRequest,
  createLeaseTimeToLiveRequest,
  createMemberAddRequest,
  createMemberListRequest,
  createMemberPromoteRequest,
  createMemberRemoveRequest,
  createMemberUpdateRequest,
  createPutRequest,
  createRangeRequest,
  createTxnRequest,
  type DeleteRangeRequest,
  type DeleteRangeResponse,
  decodeAlarmResponse,
  decodeCompactionResponse,
  decodeDeleteRangeResponse,
  decodeHashKVResponse,
  decodeLeaseGrantResponse,
  decodeLeaseLeasesResponse,
  decodeLeaseRevokeResponse,
  decodeLeaseTimeToLiveResponse,
  decodeMemberAddResponse,
  decodeMemberListResponse,
  decodeMemberPromoteResponse,
  decodeMemberRemoveResponse,
  decodeMemberUpdateResponse,
  decodePutResponse,
  decodeRangeResponse,
  decodeStatusResponse,
  decodeTxnResponse,
  encodeAlarmRequest,
  encodeCompactionRequest,
  encodeDeleteRangeRequest,
  encodeHashKVRequest,
  encodeLeaseGrantRequest,
  encodeLeaseRevokeRequest,
  encodeLeaseTimeToLiveRequest,
  encodeMemberAddRequest,
  encodeMemberListRequest,
  encodeMemberPromoteRequest,
  encodeMemberRemoveRequest,
  encodeMemberUpdateRequest,
  encodePutRequest,
  encodeRangeRequest,
  encodeTxnRequest,
  type HashKVResponse,
  type LeaseGrantRequest,
  type LeaseGrantResponse,
  type LeaseLeasesResponse,
  type LeaseRevokeResponse,
  type LeaseTimeToLiveResponse,
  type MemberAddResponse,
  type MemberListResponse,
  type MemberPromoteResponse,
  type MemberRemoveResponse,
  type MemberUpdateResponse,
  type PutRequest,
  type PutResponse,
  type RangeRequest,
  type RangeResponse,
  type StatusResponse,
  type TxnRequest,
  type TxnResponse,
} from '@reknit/etcd-api';
import type { Failure } from '@reknit/grpc';
import type { Answer, CallOptions, TestCluster, TestMember } from './test-cluster.js';

export const bytes = utf8Encode;
/** Above every key. */
export const ALL: Uint8Array = new Uint8Array([0]);

export type Result<T> =
  | { readonly value: T; readonly failure?: undefined }
  | { readonly value?: undefined; readonly failure: Failure };

/** One client of one member; each call runs the world until it is answered. */
export class EtcdCalls {
  readonly #cluster: TestCluster;
  readonly #member: TestMember;
  readonly #options: CallOptions;

  constructor(cluster: TestCluster, member: TestMember, options: CallOptions = {}) {
    this.#cluster = cluster;
    this.#member = member;
    this.#options = options;
  }

  range(request: Partial<RangeRequest>): Result<RangeResponse> {
    return this.#call('KV/Range', encodeRangeRequest(createRangeRequest(request)), decodeRangeResponse);
  }

  put(request: Partial<PutRequest>): Result<PutResponse> {
    return this.#call('KV/Put', encodePutRequest(createPutRequest(request)), decodePutResponse);
  }

  remove(request: Partial<DeleteRangeRequest>): Result<DeleteRangeResponse> {
    return this.#call('KV/DeleteRange', encodeDeleteRangeRequest(createDeleteRangeRequest(request)), decodeDeleteRangeResponse);
  }

  txn(request: Partial<TxnRequest>): Result<TxnResponse> {
    return this.#call('KV/Txn', encodeTxnRequest(createTxnRequest(request)), decodeTxnResponse);
  }

  compact(request: Partial<CompactionRequest>): Result<CompactionResponse> {
    return this.#call('KV/Compact', encodeCompactionRequest(createCompactionRequest(request)), decodeCompactionResponse);
  }

  memberList(linearizable: boolean): Result<MemberListResponse> {
    const request = encodeMemberListRequest(createMemberListRequest({ linearizable }));
    return this.#call('Cluster/MemberList', request, decodeMemberListResponse);
  }

  memberAdd(peerURLs: readonly string[], isLearner = false): Result<MemberAddResponse> {
    const request = encodeMemberAddRequest(createMemberAddRequest({ peerURLs, isLearner }));
    return this.#call('Cluster/MemberAdd', request, decodeMemberAddResponse);
  }

  memberRemove(ID: bigint): Result<MemberRemoveResponse> {
    const request = encodeMemberRemoveRequest(createMemberRemoveRequest({ ID }));
    return this.#call('Cluster/MemberRemove', request, decodeMemberRemoveResponse);
  }

  memberUpdate(ID: bigint, peerURLs: readonly string[]): Result<MemberUpdateResponse> {
    const request = encodeMemberUpdateRequest(createMemberUpdateRequest({ ID, peerURLs }));
    return this.#call('Cluster/MemberUpdate', request, decodeMemberUpdateResponse);
  }

  memberPromote(ID: bigint): Result<MemberPromoteResponse> {
    const request = encodeMemberPromoteRequest(createMemberPromoteRequest({ ID }));
    return this.#call('Cluster/MemberPromote', request, decodeMemberPromoteResponse);
  }

  status(): Result<StatusResponse> {
    return this.#call('Maintenance/Status', new Uint8Array(0), decodeStatusResponse);
  }

  alarm(request: Partial<AlarmRequest>): Result<AlarmResponse> {
    return this.#call('Maintenance/Alarm', encodeAlarmRequest(createAlarmRequest(request)), decodeAlarmResponse);
  }

  hash(revision: number): Result<HashKVResponse> {
    return this.#call('Maintenance/HashKV', encodeHashKVRequest(createHashKVRequest({ revision })), decodeHashKVResponse);
  }

  grant(request: Partial<LeaseGrantRequest>): Result<LeaseGrantResponse> {
    return this.#call('Lease/LeaseGrant', encodeLeaseGrantRequest(createLeaseGrantRequest(request)), decodeLeaseGrantResponse);
  }

  revoke(ID: bigint): Result<LeaseRevokeResponse> {
    return this.#call('Lease/LeaseRevoke', encodeLeaseRevokeRequest(createLeaseRevokeRequest({ ID })), decodeLeaseRevokeResponse);
  }

  timeToLive(ID: bigint, keys = false): Result<LeaseTimeToLiveResponse> {
    const request = encodeLeaseTimeToLiveRequest(createLeaseTimeToLiveRequest({ ID, keys }));
    return this.#call('Lease/LeaseTimeToLive', request, decodeLeaseTimeToLiveResponse);
  }

  leases(): Result<LeaseLeasesResponse> {
    return this.#call('Lease/LeaseLeases', new Uint8Array(0), decodeLeaseLeasesResponse);
  }

  /** A call in any bytes, not waited for. */
  raw(method: string, request: Uint8Array): Answer {
    return this.#member.call(`/etcdserverpb.${method}`, request, this.#options);
  }

  #call<T>(method: string, request: Uint8Array, decode: (bytes: Uint8Array) => T): Result<T> {
    const { response, failure } = this.#cluster.settle(this.raw(method, request));
    return response === undefined ? { failure: failure! } : { value: decode(response) };
  }
}

export const callsOf = (cluster: TestCluster, member: TestMember, metadata: Readonly<Record<string, string>> = {}): EtcdCalls =>
  new EtcdCalls(cluster, member, { metadata });
