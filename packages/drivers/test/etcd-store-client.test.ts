import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Candidacy, CONTROLLER_KEY } from '@reknit/recovery';
import { createNodeRuntime } from '@reknit/runtime/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEtcdStoreClient, type EtcdStoreClient } from '../src/index.js';
import { type EtcdServer, etcdIsInstalled, startEtcd } from './support/etcd-server.js';

const options = { timeoutMs: 3000 };

describe.runIf(etcdIsInstalled)('the engine’s view of the store, on etcd itself', () => {
  const directory = mkdtempSync(join(tmpdir(), 'reknit-etcd-'));
  let etcd: EtcdServer;
  let store: EtcdStoreClient;

  beforeAll(async () => {
    etcd = await startEtcd(directory);
    store = createEtcdStoreClient([etcd.endpoint]);
  });
  afterAll(async () => {
    store.close();
    await etcd.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('writes all of a transaction if all of its conditions hold, otherwise nothing', async () => {
    const first = await store.transact(
      '_system',
      { when: [{ key: 'a', createRevision: 0 }], writes: [{ kind: 'put', key: 'a', value: '1' }] },
      options,
    );
    expect(first).toEqual({ committed: true, revision: expect.any(Number) });
    const found = await store.get('_system', 'a', options);
    expect(found).toEqual({ value: '1', modRevision: found?.createRevision, createRevision: first.committed && first.revision });
    const refused = await store.transact(
      '_system',
      {
        when: [
          { key: 'a', createRevision: found!.createRevision },
          { key: 'a', modRevision: found!.modRevision + 1 },
        ],
        writes: [{ kind: 'delete', key: 'a' }],
      },
      options,
    );
    expect(refused).toEqual({ committed: false });
    expect(await store.listKeys('_system', 'a', options)).toEqual([{ key: 'a', modRevision: found!.modRevision }]);
    await store.transact('_system', { when: [], writes: [{ kind: 'delete', key: 'a' }] }, options);
    expect(await store.get('_system', 'a', options)).toBeUndefined();
  });

  it('keeps a lease alive, and says when it is no more; its keys go with it', async () => {
    const lease = await store.grantLease('_system', 5000, options);
    expect(lease.ttlMs).toBeGreaterThanOrEqual(5000);
    await store.transact('_system', { when: [], writes: [{ kind: 'put', key: 'b', value: '', lease: lease.id }] }, options);
    expect(await store.keepLease('_system', lease.id, options)).toBe(lease.ttlMs);
    await store.revokeLease('_system', lease.id, options);
    expect(await store.keepLease('_system', lease.id, options)).toBeUndefined();
    expect(await store.get('_system', 'b', options)).toBeUndefined();
  });

  it('elects one controller, whose epoch is the create revision of its key, and the next one when it ends', async () => {
    const runtime = createNodeRuntime({ log: { log: () => undefined } });
    const elected: { agentId: string; epoch: number }[] = [];
    const candidate = (agentId: string): Candidacy =>
      new Candidacy(
        { clock: runtime.clock, store, agentId, observer: agentId, subjects: [] },
        { onElected: (epoch) => void elected.push({ agentId, epoch }), onDeposed: () => undefined },
      );
    const first = candidate('first');
    first.begin();
    await expect.poll(() => elected.length).toBe(1);
    expect((await store.get('_system', CONTROLLER_KEY, options))?.createRevision).toBe(elected[0]!.epoch);
    const second = candidate('second');
    second.begin();
    await expect.poll(() => second.known()?.agentId, { timeout: 5000 }).toBe('first');
    const write = { kind: 'put', key: 'c', value: 'of the first' } as const;
    expect(await first.commit(elected[0]!.epoch, [], [write])).toMatchObject({ committed: true });
    await first.end();
    await expect.poll(() => elected.length, { timeout: 5000 }).toBe(2);
    expect(elected[1]).toMatchObject({ agentId: 'second' });
    expect(elected[1]!.epoch).toBeGreaterThan(elected[0]!.epoch);
    const late = await store.transact(
      '_system',
      { when: [{ key: CONTROLLER_KEY, createRevision: elected[0]!.epoch }], writes: [{ kind: 'put', key: 'c', value: 'late' }] },
      options,
    );
    expect(late).toEqual({ committed: false });
    await second.end();
  });
});
