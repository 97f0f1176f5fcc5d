// Two of three real processes are gone for good: the third is ordered to go on alone, serves what it had, and lets the others not come back.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { utf8Decode, utf8Encode } from '@reknit/base';
import { createClient } from '@reknit/client';
import { type HoldingsReport, proveRecoveryOrder } from '@reknit/store';
import { afterEach, expect, test } from 'vitest';
import { RealCluster, type RealNode } from '../support/real-cluster.js';

/** Of the default token. */
const SECRET = utf8Encode('reknit cluster secret of etcd-cluster');

let cluster: RealCluster | undefined;
afterEach(async () => {
  await cluster?.stop();
});

const clientOf = ({ clientPort }: RealNode): ReturnType<typeof createClient> =>
  createClient({ endpoints: [`127.0.0.1:${clientPort}`] });

const textAt = async (client: ReturnType<typeof clientOf>, key: string): Promise<string | undefined> => {
  const [kv] = (await client.kv.range({ key })).kvs;
  return kv === undefined ? undefined : utf8Decode(kv.value);
};

const urlOf = ({ clientPort }: RealNode): string => `http://127.0.0.1:${clientPort}/reknit/unsafe-recovery`;

const reportOf = async (node: RealNode): Promise<HoldingsReport> => (await fetch(urlOf(node))).json() as Promise<HoldingsReport>;

async function order(node: RealNode): Promise<Response> {
  const { fingerprint, members, id } = await reportOf(node);
  const abandon = members.filter((each) => each.id !== id).map((each) => each.id);
  const said = { fingerprint, abandon, expiresAt: Date.now() + 60_000 };
  return fetch(urlOf(node), { method: 'POST', body: JSON.stringify({ ...said, proof: proveRecoveryOrder(SECRET, said) }) });
}

test('the survivor of three processes goes on alone with all that it held; those that were given up are refused when they return', async () => {
  cluster = await RealCluster.start(3);
  const [survivor, ...others] = cluster.nodes as [RealNode, RealNode, RealNode];
  const client = clientOf(survivor);
  for (let at = 0; at < 20; at++) await client.kv.put({ key: `k${at}`, value: 'kept' });
  client.close();
  expect((await order(survivor)).status).toBe(409);
  for (const node of others) await cluster.kill(node);
  await expect.poll(async () => (await reportOf(survivor)).hasQuorum, { timeout: 15_000 }).toBe(false);

  expect((await order(survivor)).status).toBe(202);
  await expect.poll(() => JSON.stringify(cluster!.exitRecord(survivor)), { timeout: 10_000 }).toMatch(/ordered to go on alone/);
  await cluster.startNode(survivor);
  const again = clientOf(survivor);
  for (let at = 0; at < 20; at++) expect(await textAt(again, `k${at}`)).toBe('kept');
  await again.kv.put({ key: 'k0', value: 'new' });
  const report = await reportOf(survivor);
  expect(report.members).toHaveLength(1);
  expect(report.keyspaces.find(({ keyspace }) => keyspace === 'default')!.revision).toBeGreaterThan(1_000_000_000);

  for (const node of others) {
    await expect(cluster.startNode(node)).rejects.toThrow(/was removed from its cluster/);
    expect(existsSync(join(node.dataDirectory, 'wal'))).toBe(true);
  }
  expect(await textAt(again, 'k0')).toBe('new');
  again.close();
}, 120_000);
