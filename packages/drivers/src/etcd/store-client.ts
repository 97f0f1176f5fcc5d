// The engine's narrow view of the store, over the etcd API. Works against any etcd; only the keyspace is ours, and a
// plain etcd has one for both.
import { utf8Decode } from '@reknit/base';
import { type Client, Code, type CompareInput, createClient, EtcdError, type OperationInput } from '@reknit/client';
import {
  type CallOptions,
  type Committed,
  type Condition,
  type KeyMark,
  type Keyspace,
  type KeyValue,
  type LeaseId,
  type PutIf,
  type StoreClient,
  StoreError,
  type Transaction,
  type Write,
} from '@reknit/recovery';

/** `etcdserverpb.Compare.CompareTarget`; EQUAL is the result compared by default. */
const TARGET_MOD = 2;
const TARGET_CREATE = 1;

export interface EtcdStoreClient extends StoreClient {
  close(): void;
}

/** Of Reknit's own members: both keyspaces. */
export const createEtcdStoreClient = (endpoints: readonly string[]): EtcdStoreClient =>
  storeClientOver({
    _system: createClient({ endpoints, keyspace: '_system' }),
    default: createClient({ endpoints, keyspace: 'default' }),
  });

export function storeClientOver(clients: Readonly<Record<Keyspace, Client>>): EtcdStoreClient {
  return {
    get: (keyspace, key, options) => mapped(get(clients[keyspace], key, options)),
    put: (keyspace, key, value, options) => mapped(clients[keyspace].kv.put({ key, value }, options).then(() => undefined)),
    putIf: (keyspace, key, value, modRevision, options) => mapped(putIf(clients[keyspace], { key, value, modRevision }, options)),
    listKeys: (keyspace, prefix, options) => mapped(listKeys(clients[keyspace], prefix, options)),
    transact: (keyspace, transaction, options) => mapped(transact(clients[keyspace], transaction, options)),
    grantLease: (keyspace, ttlMs, options) =>
      mapped(
        clients[keyspace].leases
          .grant({ ttl: Math.ceil(ttlMs / 1000) }, options)
          .then(({ ID, TTL }) => ({ id: ID.toString(16), ttlMs: TTL * 1000 })),
      ),
    keepLease: (keyspace, id, options) =>
      mapped(clients[keyspace].leases.keepAliveOnce(leaseNumber(id), options)).then(({ TTL }) =>
        TTL > 0 ? TTL * 1000 : undefined,
      ),
    revokeLease: (keyspace, id, options) =>
      mapped(clients[keyspace].leases.revoke(leaseNumber(id), options).then(() => undefined)),
    status: (keyspace, endpoint, options) =>
      mapped(
        clients[keyspace].maintenance.status(endpoint, options).then(({ header, leader, raftAppliedIndex }) => ({
          memberId: (header?.memberId ?? 0n).toString(16),
          leaderId: leader.toString(16),
          raftAppliedIndex,
          revision: header?.revision ?? 0,
        })),
      ),
    hashKV: (keyspace, endpoint, revision, options) =>
      mapped(
        clients[keyspace].maintenance
          .hashKV(revision, endpoint, options)
          .then(({ hash, compactRevision }) => ({ hash, compactRevision })),
      ),
    close: () => {
      for (const client of Object.values(clients)) client.close();
    },
  };
}

async function get(client: Client, key: string, options: CallOptions): Promise<KeyValue | undefined> {
  const [found] = (await client.kv.range({ key }, options)).kvs;
  return found === undefined ? undefined : toKeyValue(found);
}

const toKeyValue = ({ value, modRevision, createRevision }: Found): KeyValue => ({
  value: utf8Decode(value),
  modRevision,
  createRevision,
});

interface Found {
  readonly value: Uint8Array;
  readonly modRevision: number;
  readonly createRevision: number;
}

interface ConditionalPut {
  readonly key: string;
  readonly value: string;
  readonly modRevision: number;
}

async function putIf(client: Client, { key, value, modRevision }: ConditionalPut, options: CallOptions): Promise<PutIf> {
  const { succeeded, header, responses } = await client.kv.txn(
    {
      compare: [{ key, target: TARGET_MOD, modRevision }],
      success: [{ put: { key, value } }],
      failure: [{ range: { key } }],
    },
    options,
  );
  if (succeeded) return { written: true, modRevision: header?.revision ?? 0 };
  const found = responses[0]?.responseRange?.kvs[0];
  return { written: false, current: found === undefined ? undefined : toKeyValue(found) };
}

async function listKeys(client: Client, prefix: string, options: CallOptions): Promise<readonly KeyMark[]> {
  const { kvs } = await client.kv.range({ key: prefix, prefix: true, keysOnly: true }, options);
  return kvs.map(({ key, modRevision }) => ({ key: utf8Decode(key), modRevision }));
}

async function transact(client: Client, { when, writes }: Transaction, options: CallOptions): Promise<Committed> {
  const { succeeded, header } = await client.kv.txn(
    { compare: when.flatMap(toCompares), success: writes.map(toOperation) },
    options,
  );
  return succeeded ? { committed: true, revision: header?.revision ?? 0 } : { committed: false };
}

const toCompares = ({ key, createRevision, modRevision }: Condition): CompareInput[] => [
  ...(createRevision === undefined ? [] : [{ key, target: TARGET_CREATE, createRevision }]),
  ...(modRevision === undefined ? [] : [{ key, target: TARGET_MOD, modRevision }]),
];

function toOperation(write: Write): OperationInput {
  if (write.kind === 'delete') return { deleteRange: { key: write.key } };
  const { key, value, lease } = write;
  return { put: { key, value, ...(lease === undefined ? {} : { lease: leaseNumber(lease) }) } };
}

const leaseNumber = (id: LeaseId): bigint => BigInt(`0x${id}`);

function mapped<Result>(call: Promise<Result>): Promise<Result> {
  return call.catch((error: unknown) => {
    throw toStoreError(error);
  });
}

function toStoreError(error: unknown): StoreError {
  if (!(error instanceof EtcdError)) return new StoreError('other', error instanceof Error ? error.message : String(error));
  if (error.code === Code.outOfRange) return new StoreError('out-of-range', error.message, { cause: error });
  if (error.outcome === 'unknown') return new StoreError('unknown-outcome', error.message, { cause: error });
  return new StoreError(error.code === Code.unavailable ? 'unavailable' : 'other', error.message, { cause: error });
}
