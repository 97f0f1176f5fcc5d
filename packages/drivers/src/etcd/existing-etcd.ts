// The engine's records in an etcd that is there already, instead of the keyspace `_system` of Reknit's own members. It has
// one keyspace for everybody, so all keys begin with a prefix.
//
// Surprising: a call that names an endpoint is not about records. It asks a patient how it is, and goes to the patient.
import { createClient } from '@reknit/client';
import type { CallOptions, Condition, StoreClient, Write } from '@reknit/recovery';
import { createEtcdStoreClient, type EtcdStoreClient, storeClientOver } from './store-client.js';

export interface ExistingEtcd {
  /** `http://host:port` each. */
  readonly endpoints: readonly string[];
  /** Of every key, for example `reknit-of-shop/`: whoever shares it shares the controller. */
  readonly prefix: string;
}

/** @param members where Reknit's own members serve, as far as there are any */
export function createExistingEtcdClient(etcd: ExistingEtcd, members: readonly string[]): EtcdStoreClient {
  const client = createClient({ endpoints: etcd.endpoints });
  const existing = storeClientOver({ _system: client, default: client });
  const records = withPrefix(existing, etcd.prefix);
  const patients = members.length === 0 ? undefined : createEtcdStoreClient(members);
  return {
    ...splitByEndpoint(records, patients ?? records),
    close: () => {
      existing.close();
      patients?.close();
    },
  };
}

function splitByEndpoint(records: StoreClient, patients: StoreClient): StoreClient {
  const of = ({ endpoint }: CallOptions): StoreClient => (endpoint === undefined ? records : patients);
  return {
    ...records,
    get: (keyspace, key, options) => of(options).get(keyspace, key, options),
    put: (keyspace, key, value, options) => of(options).put(keyspace, key, value, options),
    putIf: (keyspace, key, value, modRevision, options) => of(options).putIf(keyspace, key, value, modRevision, options),
    status: (...call) => patients.status(...call),
    hashKV: (...call) => patients.hashKV(...call),
  };
}

function withPrefix(store: StoreClient, prefix: string): StoreClient {
  const condition = (each: Condition): Condition => ({ ...each, key: prefix + each.key });
  const write = (each: Write): Write => ({ ...each, key: prefix + each.key });
  return {
    ...store,
    get: (keyspace, key, options) => store.get(keyspace, prefix + key, options),
    put: (keyspace, key, value, options) => store.put(keyspace, prefix + key, value, options),
    putIf: (keyspace, key, value, modRevision, options) => store.putIf(keyspace, prefix + key, value, modRevision, options),
    listKeys: async (keyspace, start, options) => {
      const marks = await store.listKeys(keyspace, prefix + start, options);
      return marks.map((mark) => ({ ...mark, key: mark.key.slice(prefix.length) }));
    },
    transact: (keyspace, { when, writes }, options) =>
      store.transact(keyspace, { when: when.map(condition), writes: writes.map(write) }, options),
  };
}
