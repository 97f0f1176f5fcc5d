import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { freeLoopbackPorts } from '../../src/embed/free-ports.js';
import { directoryStorage, type LocalCluster, memoryStorage, startCluster, startMember } from '../../src/index.js';

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const disposables: AsyncDisposable[] = [];
const opened = <T extends AsyncDisposable>(one: T): T => {
  disposables.push(one);
  return one;
};
afterEach(async () => {
  for (const one of disposables.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

const stored = async (cluster: LocalCluster, key: string, endpoint?: string): Promise<string> =>
  text((await cluster.client().kv.range({ key }, { endpoint })).kvs[0]?.value);

describe.each(['memory', 'disk'] as const)('a cluster with its state in %s', (storage) => {
  test('serves on every node what was written on one', async () => {
    const cluster = opened(await startCluster({ storage }));
    const [first] = cluster.endpoints;
    await cluster.client({ endpoints: [first!] }).kv.put({ key: 'k', value: 'v' });
    expect(cluster.endpoints).toHaveLength(3);
    for (const endpoint of cluster.endpoints) expect(await stored(cluster, 'k', endpoint)).toBe('v');
    expect(cluster.nodes.filter(({ leads }) => leads)).toEqual([cluster.leader]);
  });

  test('goes on when its leader is killed, and takes it back with all that was written', async () => {
    const cluster = opened(await startCluster({ storage }));
    const client = cluster.client();
    await client.kv.put({ key: 'before', value: '1' });
    const killed = cluster.leader!;
    await killed.kill();
    expect(killed.running).toBe(false);
    await client.kv.range({ key: 'before' });
    await client.kv.put({ key: 'after', value: '2' });
    await killed.start();
    expect(await stored(cluster, 'before', killed.endpoint)).toBe('1');
    expect(await stored(cluster, 'after', killed.endpoint)).toBe('2');
  });

  test('remembers everything when all of its nodes were stopped', async () => {
    const cluster = opened(await startCluster({ storage }));
    await cluster.client().kv.put({ key: 'k', value: 'v' });
    await Promise.all(cluster.nodes.map((node) => node.stop()));
    expect(cluster.leader).toBeUndefined();
    await Promise.all(cluster.nodes.map((node) => node.start()));
    expect(await stored(cluster, 'k')).toBe('v');
  });
});

test('a stopped cluster leaves no file behind and answers nobody', async () => {
  const mine = (): readonly string[] => readdirSync(tmpdir()).filter((name) => /^reknit-\w{6}$/.test(name));
  const before = mine();
  const cluster = await startCluster({ nodes: 1, storage: 'disk' });
  const client = cluster.client();
  await cluster.stop();
  expect(mine().filter((name) => !before.includes(name))).toEqual([]);
  await expect(client.kv.put({ key: 'k' })).rejects.toMatchObject({ reason: 'closed', outcome: 'refused' });
});

test('clusters live side by side and know nothing of each other', async () => {
  const clusters = await Promise.all([1, 2].map(() => startCluster({ nodes: 1 })));
  clusters.forEach(opened);
  await Promise.all(clusters.map((cluster, at) => cluster.client().kv.put({ key: 'k', value: String(at) })));
  expect(await Promise.all(clusters.map((cluster) => stored(cluster, 'k')))).toEqual(['0', '1']);
});

test('a start during a stop waits for its end; a second start does nothing', async () => {
  const cluster = opened(await startCluster({ nodes: 1 }));
  const node = cluster.nodes[0]!;
  const stopped = node.stop();
  await Promise.all([stopped, node.start(), node.start()]);
  expect(node.running).toBe(true);
  await cluster.client().kv.put({ key: 'k' });
});

test.each([0, 2.5, 10, Number.NaN])('a cluster of %s nodes is refused', async (nodes) => {
  await expect(startCluster({ nodes })).rejects.toThrow(/nodes: .* whole number from 1 to 9/);
});

describe('an embedded member', () => {
  const single = async (): Promise<Parameters<typeof startMember>[0]> => {
    const [client, peer] = await freeLoopbackPorts(2);
    return {
      name: 'only',
      cluster: { only: `127.0.0.1:${peer}` },
      clientAddress: `127.0.0.1:${client}`,
      storage: memoryStorage(),
      secret: randomBytes(16),
    };
  };

  test('keeps its state in its directory', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'reknit-embedded-'));
    const options = { ...(await single()), storage: directoryStorage(directory) };
    const member = opened(await startMember(options));
    await member.ready;
    expect(existsSync(join(directory, 'wal'))).toBe(true);
    expect([member.leads, member.endpoint]).toEqual([true, options.clientAddress]);
    await member.stop();
    rmSync(directory, { recursive: true });
  });

  test('is refused beyond loopback unless told otherwise, and under a name that the cluster has not', async () => {
    const options = await single();
    await expect(startMember({ ...options, clientAddress: '0.0.0.0:2379' })).rejects.toMatchObject({ code: 'insecure-address' });
    await expect(startMember({ ...options, name: 'other' })).rejects.toMatchObject({ code: 'name-not-in-cluster' });
  });

  test('says whose port it wanted', async () => {
    const options = await single();
    opened(await startMember(options));
    const second = startMember({ ...options, cluster: { only: '127.0.0.1:1' }, storage: memoryStorage() });
    await expect(second).rejects.toMatchObject({ code: 'address-in-use' });
  });
});
