import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEtcdStoreClient, createExistingEtcdClient, type EtcdStoreClient } from '../src/index.js';
import { type EtcdServer, etcdIsInstalled, startEtcd } from './support/etcd-server.js';

const options = { timeoutMs: 3000 };

describe.runIf(etcdIsInstalled)('records in an etcd that others use too', () => {
  const directory = mkdtempSync(join(tmpdir(), 'reknit-existing-'));
  let records: EtcdServer;
  let patient: EtcdServer;
  let store: EtcdStoreClient;
  let raw: EtcdStoreClient;
  let ofPatient: EtcdStoreClient;

  beforeAll(async () => {
    [records, patient] = await Promise.all([startEtcd(join(directory, 'a')), startEtcd(join(directory, 'b'))]);
    store = createExistingEtcdClient({ endpoints: [records.endpoint], prefix: 'ours/' }, [patient.endpoint]);
    raw = createEtcdStoreClient([records.endpoint]);
    ofPatient = createEtcdStoreClient([patient.endpoint]);
  });
  afterAll(async () => {
    for (const client of [store, raw, ofPatient]) client.close();
    await Promise.all([records.close(), patient.close()]);
    rmSync(directory, { recursive: true, force: true });
  });

  it('stand below the prefix, and what others keep is neither seen nor touched', async () => {
    await raw.put('_system', 'a/1', 'theirs', options);
    expect(await store.get('_system', 'a/1', options)).toBeUndefined();
    expect(await store.putIf('_system', 'a/1', 'ours', 0, options)).toMatchObject({ written: true });
    expect((await raw.get('_system', 'ours/a/1', options))?.value).toBe('ours');
    const [mark, ...more] = await store.listKeys('_system', 'a/', options);
    expect([mark?.key, more]).toEqual(['a/1', []]);
    const when = [{ key: 'a/1', modRevision: mark!.modRevision }];
    expect(await store.transact('_system', { when, writes: [{ kind: 'delete', key: 'a/1' }] }, options)).toMatchObject({
      committed: true,
    });
    expect((await raw.get('_system', 'a/1', options))?.value).toBe('theirs');
  });

  it('a call that names an endpoint asks the patient there, in its own keyspace', async () => {
    const there = { ...options, endpoint: patient.endpoint };
    await store.put('_system', 'canary', 'sung', there);
    expect((await store.get('_system', 'canary', there))?.value).toBe('sung');
    expect((await ofPatient.get('_system', 'canary', options))?.value).toBe('sung');
    expect(await store.get('_system', 'canary', options)).toBeUndefined();
    expect((await store.status('_system', patient.endpoint, options)).revision).toBeGreaterThan(1);
  });
});
