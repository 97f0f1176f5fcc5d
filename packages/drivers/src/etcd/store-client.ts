// The engine's narrow view of the store, over the etcd API. Works against any etcd; only the keyspace is ours, and a
// plain etcd has one for both.
import { utf8Decode } from '@reknit/base';
import { type Client, Code, createClient, EtcdError } from '@reknit/client';
import { type CallOptions, type Keyspace, type KeyValue, type PutIf, type StoreClient, StoreError } from '@reknit/recovery';

/** `etcdserverpb.Compare.CompareTarget.MOD`; EQUAL is the result compared by default. */
const TARGET_MOD = 2;

export interface EtcdStoreClient extends StoreClient {
  close(): void;
}

export function createEtcdStoreClient(endpoints: readonly string[]): EtcdStoreClient {
  const clients: Readonly<Record<Keyspace, Client>> = {
    _system: createClient({ endpoints, keyspace: '_system' }),
    default: createClient({ endpoints, keyspace: 'default' }),
  };
  return {
    get: (keyspace, key, options) => mapped(get(clients[keyspace], key, options)),
    put: (keyspace, key, value, options) => mapped(clients[keyspace].kv.put({ key, value }, options).then(() => undefined)),
    putIf: (keyspace, key, value, modRevision, options) => mapped(putIf(clients[keyspace], { key, value, modRevision }, options)),
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
  return found === undefined ? undefined : { value: utf8Decode(found.value), modRevision: found.modRevision };
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
  return {
    written: false,
    current: found === undefined ? undefined : { value: utf8Decode(found.value), modRevision: found.modRevision },
  };
}

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
