// A client in the simulation: speaks the etcd API in its real bytes to one member, over a link with latency that breaks when
// the member's process ends.
import { fromBinaryString, toBinaryString } from '@reknit/base';
import {
  createCompare,
  createDeleteRangeRequest,
  createPutRequest,
  createRangeRequest,
  createRequestOp,
  createTxnRequest,
  decodeDeleteRangeResponse,
  decodePutResponse,
  decodeRangeResponse,
  decodeTxnResponse,
  encodeDeleteRangeRequest,
  encodePutRequest,
  encodeRangeRequest,
  encodeTxnRequest,
  type KeyValue,
} from '@reknit/etcd-api';
import { type Failure, Status } from '@reknit/grpc';
import type { Prng, World } from '@reknit/runtime/simulated';
import { ABSENT, type OperationRequest, type Outcome, type Seen } from '../history/operation.js';
import type { WorkloadClient } from '../workloads/workload-client.js';
import type { Coverage } from './coverage.js';
import type { SimulatedMember } from './simulated-member.js';

/** After this a client stops waiting; the outcome of a write is then unknown. */
const TIMEOUT_MS = 2000;
const COMPARE_MOD = 2;

export interface SimulatedClientOptions {
  readonly world: World;
  readonly prng: Prng;
  readonly members: readonly SimulatedMember[];
  /** Index of the member that it asks first. */
  readonly first: number;
  readonly keyspace: string;
  readonly coverage: Coverage;
}

export class SimulatedClient implements WorkloadClient {
  readonly #options: SimulatedClientOptions;
  readonly #world: World;
  readonly #prng: Prng;
  #member: SimulatedMember;

  constructor(options: SimulatedClientOptions) {
    this.#options = options;
    this.#world = options.world;
    this.#prng = options.prng;
    this.#member = options.members[options.first % options.members.length]!;
  }

  execute(request: OperationRequest, done: (outcome: Outcome) => void): void {
    const codec = codecOf(request);
    let open = true;
    const finish = (outcome: Outcome): void => {
      if (!open) return;
      open = false;
      if (outcome.kind !== 'ok' && this.#prng.chance(0.5)) this.#member = this.#anyMember();
      done(outcome);
    };
    const later = (outcome: Outcome): void => this.#world.after(this.#latency(), () => finish(outcome));
    this.#world.after(TIMEOUT_MS, () => finish({ kind: 'unknown', reason: 'no answer in time' }));
    this.#world.after(this.#latency(), () => {
      if (request.kind !== 'get' && this.#member.up && !this.#member.leads) this.#options.coverage.forwarded++;
      const call = this.#member.call(
        codec.path,
        codec.bytes,
        this.#options.keyspace,
        (response) => later(response instanceof Uint8Array ? codec.decode(response) : outcomeOf(response)),
        () => later({ kind: 'unknown', reason: 'connection reset' }),
      );
      if (call === undefined) later({ kind: 'failed', reason: 'connection refused' });
    });
  }

  #anyMember(): SimulatedMember {
    const { members } = this.#options;
    return members[this.#prng.below(members.length)]!;
  }

  #latency(): number {
    return 0.05 + this.#prng.tail(0.1);
  }
}

/** Only refusals that etcd gives before a request can have any effect are definite. */
function outcomeOf(failure: Failure): Outcome {
  const definite =
    failure.code === Status.invalidArgument || failure.code === Status.resourceExhausted || failure.code === Status.notFound;
  return { kind: definite ? 'failed' : 'unknown', reason: failure.message };
}

interface Codec {
  readonly path: string;
  readonly bytes: Uint8Array;
  decode(response: Uint8Array): Outcome;
}

function codecOf(request: OperationRequest): Codec {
  const key = fromBinaryString(request.key);
  const value = fromBinaryString(request.value ?? '');
  switch (request.kind) {
    case 'get':
      return {
        path: '/etcdserverpb.KV/Range',
        bytes: encodeRangeRequest(createRangeRequest({ key, serializable: request.consistency === 'serializable' })),
        decode: (response) => {
          const { header, kvs } = decodeRangeResponse(response);
          return { kind: 'ok', wrote: false, revision: header!.revision, seen: seenOf(kvs[0]) };
        },
      };
    case 'put':
      return {
        path: '/etcdserverpb.KV/Put',
        bytes: encodePutRequest(createPutRequest({ key, value, prevKv: true })),
        decode: (response) => {
          const { header, prevKv } = decodePutResponse(response);
          return { kind: 'ok', wrote: true, revision: header!.revision, seen: seenOf(prevKv) };
        },
      };
    case 'delete':
      return {
        path: '/etcdserverpb.KV/DeleteRange',
        bytes: encodeDeleteRangeRequest(createDeleteRangeRequest({ key, prevKv: true })),
        decode: (response) => {
          const { header, deleted, prevKvs } = decodeDeleteRangeResponse(response);
          return { kind: 'ok', wrote: deleted > 0, revision: header!.revision, seen: seenOf(prevKvs[0]) };
        },
      };
    case 'cas':
      return compareAndSet(key, value, request.expected);
  }
}

function compareAndSet(key: Uint8Array, value: Uint8Array, expected: number): Codec {
  const get = createRequestOp({ requestRange: createRangeRequest({ key }) });
  const put = createRequestOp({ requestPut: createPutRequest({ key, value, prevKv: true }) });
  const compare = createCompare({ key, target: COMPARE_MOD, modRevision: expected });
  return {
    path: '/etcdserverpb.KV/Txn',
    bytes: encodeTxnRequest(createTxnRequest({ compare: [compare], success: [put], failure: [get] })),
    decode: (response) => {
      const { header, succeeded, responses } = decodeTxnResponse(response);
      const first = responses[0];
      const seen = succeeded ? first?.responsePut?.prevKv : first?.responseRange?.kvs[0];
      return { kind: 'ok', wrote: succeeded, revision: header!.revision, seen: seenOf(seen) };
    },
  };
}

const seenOf = (kv: KeyValue | undefined): Seen =>
  kv === undefined ? ABSENT : { kind: 'value', value: toBinaryString(kv.value), modRevision: kv.modRevision };
