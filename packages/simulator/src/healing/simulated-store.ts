// The engine's view of its store in the simulation: the etcd API in its real bytes, through the members' own services. Answers
// to an agent that has died meanwhile reach nobody.
import { utf8Decode, utf8Encode } from '@reknit/base';
import {
  type Compare,
  createCompare,
  createDeleteRangeRequest,
  createHashKVRequest,
  createLeaseGrantRequest,
  createLeaseKeepAliveRequest,
  createLeaseRevokeRequest,
  createPutRequest,
  createRangeRequest,
  createRequestOp,
  createStatusRequest,
  createTxnRequest,
  decodeHashKVResponse,
  decodeLeaseGrantResponse,
  decodeLeaseKeepAliveResponse,
  decodeRangeResponse,
  decodeStatusResponse,
  decodeTxnResponse,
  type KeyValue as EtcdKeyValue,
  encodeHashKVRequest,
  encodeLeaseGrantRequest,
  encodeLeaseKeepAliveRequest,
  encodeLeaseRevokeRequest,
  encodePutRequest,
  encodeRangeRequest,
  encodeStatusRequest,
  encodeTxnRequest,
  type RequestOp,
} from '@reknit/etcd-api';
import { type Failure, Status } from '@reknit/grpc';
import {
  type CallOptions,
  type Condition,
  type Keyspace,
  type KeyValue,
  type StoreClient,
  StoreError,
  type StoreErrorKind,
  type Write,
} from '@reknit/recovery';
import type { Prng, World } from '@reknit/runtime/simulated';
import { SimulatedChannel } from '../cluster/simulated-channel.js';
import type { SimulatedMember } from '../cluster/simulated-member.js';
import type { Answer, Channel } from '../workloads/channel.js';
import type { AgentLife } from './agent-life.js';

const COMPARE_MOD = 2;
const COMPARE_CREATE = 1;

export interface SimulatedStoreOptions {
  readonly world: World;
  readonly prng: Prng;
  readonly members: readonly SimulatedMember[];
  readonly life: AgentLife;
  readonly stir: () => void;
}

type Kind = 'read' | 'write';

export function simulatedStore(options: SimulatedStoreOptions): StoreClient {
  const calls = new Calls(options);
  return {
    get: async (keyspace, key, call) => {
      const request = encodeRangeRequest(createRangeRequest({ key: utf8Encode(key) }));
      const response = await calls.unary(keyspace, { path: '/etcdserverpb.KV/Range', request, kind: 'read', call });
      return keyValueOf(decodeRangeResponse(response).kvs[0]);
    },
    put: async (keyspace, key, value, call) => {
      const request = encodePutRequest(createPutRequest({ key: utf8Encode(key), value: utf8Encode(value) }));
      await calls.unary(keyspace, { path: '/etcdserverpb.KV/Put', request, kind: 'write', call });
    },
    putIf: async (keyspace, key, value, modRevision, call) => {
      const compare = [compareOf(key, COMPARE_MOD, modRevision)];
      const failure = [createRequestOp({ requestRange: createRangeRequest({ key: utf8Encode(key) }) })];
      const { succeeded, header, responses } = await calls.txn(
        keyspace,
        { compare, success: [operationOf({ kind: 'put', key, value })], failure },
        call,
      );
      return succeeded
        ? { written: true, modRevision: header?.revision ?? 0 }
        : { written: false, current: keyValueOf(responses[0]?.responseRange?.kvs[0]) };
    },
    listKeys: async (keyspace, prefix, call) => {
      const key = utf8Encode(prefix);
      const request = encodeRangeRequest(createRangeRequest({ key, rangeEnd: endOfPrefix(key), keysOnly: true }));
      const response = await calls.unary(keyspace, { path: '/etcdserverpb.KV/Range', request, kind: 'read', call });
      return decodeRangeResponse(response).kvs.map(({ key: found, modRevision }) => ({ key: utf8Decode(found), modRevision }));
    },
    transact: async (keyspace, { when, writes }, call) => {
      const parts = { compare: when.flatMap(comparesOf), success: writes.map(operationOf), failure: [] };
      const { succeeded, header } = await calls.txn(keyspace, parts, call);
      return succeeded ? { committed: true, revision: header?.revision ?? 0 } : { committed: false };
    },
    grantLease: async (keyspace, ttlMs, call) => {
      const request = encodeLeaseGrantRequest(createLeaseGrantRequest({ TTL: Math.ceil(ttlMs / 1000) }));
      const response = await calls.unary(keyspace, { path: '/etcdserverpb.Lease/LeaseGrant', request, kind: 'write', call });
      const { ID, TTL } = decodeLeaseGrantResponse(response);
      return { id: ID.toString(16), ttlMs: TTL * 1000 };
    },
    keepLease: async (keyspace, id, call) => {
      const request = encodeLeaseKeepAliveRequest(createLeaseKeepAliveRequest({ ID: leaseNumber(id) }));
      const { TTL } = decodeLeaseKeepAliveResponse(await calls.keepAlive(keyspace, request, call));
      return TTL > 0 ? TTL * 1000 : undefined;
    },
    revokeLease: async (keyspace, id, call) => {
      const request = encodeLeaseRevokeRequest(createLeaseRevokeRequest({ ID: leaseNumber(id) }));
      await calls.unary(keyspace, { path: '/etcdserverpb.Lease/LeaseRevoke', request, kind: 'write', call });
    },
    status: async (keyspace, endpoint, call) => {
      const request = encodeStatusRequest(createStatusRequest());
      const path = '/etcdserverpb.Maintenance/Status';
      const response = await calls.unary(keyspace, { path, request, kind: 'read', call: { ...call, endpoint } });
      const { header, leader, raftAppliedIndex } = decodeStatusResponse(response);
      return {
        memberId: (header?.memberId ?? 0n).toString(16),
        leaderId: leader.toString(16),
        raftAppliedIndex,
        revision: header?.revision ?? 0,
      };
    },
    hashKV: async (keyspace, endpoint, revision, call) => {
      const request = encodeHashKVRequest(createHashKVRequest({ revision }));
      const path = '/etcdserverpb.Maintenance/HashKV';
      const response = await calls.unary(keyspace, { path, request, kind: 'read', call: { ...call, endpoint } });
      const { hash, compactRevision } = decodeHashKVResponse(response);
      return { hash, compactRevision };
    },
  };
}

interface Call {
  readonly path: string;
  readonly request: Uint8Array;
  readonly kind: Kind;
  readonly call: CallOptions;
}

interface TxnParts {
  readonly compare: Compare[];
  readonly success: RequestOp[];
  readonly failure: RequestOp[];
}

class Calls {
  readonly #options: SimulatedStoreOptions;
  /** To any member, by keyspace; it moves on when one does not answer. */
  readonly #wandering: Map<Keyspace, SimulatedChannel> = new Map();

  constructor(options: SimulatedStoreOptions) {
    this.#options = options;
  }

  async txn(keyspace: Keyspace, parts: TxnParts, call: CallOptions): Promise<ReturnType<typeof decodeTxnResponse>> {
    const request = encodeTxnRequest(createTxnRequest(parts));
    return decodeTxnResponse(await this.unary(keyspace, { path: '/etcdserverpb.KV/Txn', request, kind: 'write', call }));
  }

  unary(keyspace: Keyspace, { path, request, kind, call }: Call): Promise<Uint8Array> {
    const { life, stir } = this.#options;
    const channel = this.#channel(keyspace, call.endpoint);
    return new Promise((resolve, reject) => {
      if (kind === 'write' ? !life.mayAct() : !life.alive) return;
      const settle = life.hears((answer: Answer) => {
        stir();
        if (answer.kind === 'ok') return resolve(answer.response);
        if (answer.kind === 'none') channel.move();
        reject(errorOf(answer, kind));
      });
      channel.call(path, request, settle, call.timeoutMs);
    });
  }

  keepAlive(keyspace: Keyspace, request: Uint8Array, call: CallOptions): Promise<Uint8Array> {
    const { life, stir, world } = this.#options;
    const channel = this.#channel(keyspace, call.endpoint);
    return new Promise((resolve, reject) => {
      if (!life.mayAct()) return;
      const fail = life.hears((_: undefined) => {
        stir();
        channel.move();
        reject(new StoreError('unavailable', 'no answer to a keep-alive'));
      });
      const stream = channel.open('/etcdserverpb.Lease/LeaseKeepAlive', {
        onMessage: life.hears((response) => {
          stir();
          stream.cancel();
          resolve(response);
        }),
        onClose: () => fail(undefined),
      });
      stream.send(request);
      world.after(call.timeoutMs, () => {
        stream.cancel();
        fail(undefined);
      });
    });
  }

  #channel(keyspace: Keyspace, endpoint: string | undefined): Channel {
    const { members } = this.#options;
    if (endpoint !== undefined)
      return this.#newChannel(
        keyspace,
        members.filter(({ name }) => endpointOf(name) === endpoint),
      );
    const known = this.#wandering.get(keyspace) ?? this.#newChannel(keyspace, members);
    this.#wandering.set(keyspace, known);
    return known;
  }

  #newChannel(keyspace: Keyspace, members: readonly SimulatedMember[]): SimulatedChannel {
    const { world, prng } = this.#options;
    return new SimulatedChannel({ world, prng, members, first: prng.below(members.length), keyspace });
  }
}

export const endpointOf = (name: string): string => `http://${name}:2379`;

const OUT_OF_RANGE = Status.outOfRange;

function errorOf(answer: Exclude<Answer, { readonly kind: 'ok' }>, kind: Kind): StoreError {
  if (answer.kind === 'none') return new StoreError(kind === 'write' ? 'unknown-outcome' : 'unavailable', 'no answer in time');
  return new StoreError(kindOf(answer.failure, kind), answer.failure.message);
}

function kindOf({ code }: Failure, kind: Kind): StoreErrorKind {
  if (code === OUT_OF_RANGE) return 'out-of-range';
  if (code !== Status.unavailable && code !== Status.deadlineExceeded) return 'other';
  return kind === 'write' ? 'unknown-outcome' : 'unavailable';
}

const keyValueOf = (kv: EtcdKeyValue | undefined): KeyValue | undefined =>
  kv === undefined ? undefined : { value: utf8Decode(kv.value), modRevision: kv.modRevision, createRevision: kv.createRevision };

const compareOf = (key: string, target: number, revision: number): Compare =>
  createCompare({
    key: utf8Encode(key),
    target,
    ...(target === COMPARE_MOD ? { modRevision: revision } : { createRevision: revision }),
  });

const comparesOf = ({ key, createRevision, modRevision }: Condition): Compare[] => [
  ...(createRevision === undefined ? [] : [compareOf(key, COMPARE_CREATE, createRevision)]),
  ...(modRevision === undefined ? [] : [compareOf(key, COMPARE_MOD, modRevision)]),
];

function operationOf(write: Write): RequestOp {
  const key = utf8Encode(write.key);
  if (write.kind === 'delete') return createRequestOp({ requestDeleteRange: createDeleteRangeRequest({ key }) });
  const { value, lease } = write;
  return createRequestOp({
    requestPut: createPutRequest({
      key,
      value: utf8Encode(value),
      ...(lease === undefined ? {} : { lease: leaseNumber(lease) }),
    }),
  });
}

function endOfPrefix(prefix: Uint8Array): Uint8Array {
  const end = prefix.slice();
  end[end.length - 1]!++;
  return end;
}

const leaseNumber = (id: string): bigint => BigInt(`0x${id}`);
