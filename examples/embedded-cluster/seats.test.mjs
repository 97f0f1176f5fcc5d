// Three nodes within this process: nothing to install, no port to choose, no container to wait for.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { startCluster } from 'reknit';
import { guests, reserve } from './seats.mjs';

let cluster;
before(async () => {
  cluster = await startCluster({ nodes: 3 });
});
after(() => cluster.stop());

test('of many guests who want one seat, one gets it, and all know who', async () => {
  const client = cluster.client();
  const names = Array.from({ length: 20 }, (_, at) => `guest ${at}`);
  const owners = await Promise.all(names.map((name) => reserve(client, 'A1', name)));
  assert.equal(new Set(owners).size, 1);
  assert.equal((await guests(client)).get('A1'), owners[0]);
});

test('no seat is lost or sold twice while the leader dies', async () => {
  const client = cluster.client();
  const sold = Array.from({ length: 60 }, async (_, at) => {
    if (at === 20) await cluster.leader.kill();
    return [`B${at % 30}`, await reserve(client, `B${at % 30}`, `guest ${at}`)];
  });
  const told = await Promise.all(sold);
  const stored = await guests(client);
  for (const [seat, owner] of told) assert.equal(stored.get(seat), owner);
  await Promise.all(cluster.nodes.filter(({ running }) => !running).map((node) => node.start()));
});

test('the program itself says who has the seat', async () => {
  const run = (...words) =>
    promisify(execFile)(process.execPath, [new URL('main.mjs', import.meta.url).pathname, ...words], {
      env: { ...process.env, REKNIT_ENDPOINTS: cluster.endpoints.join() },
    });
  assert.equal((await run('C1', 'ada')).stdout, 'C1 is yours\n');
  await assert.rejects(run('C1', 'bob'), { code: 1, stdout: 'C1 is taken by ada\n' });
});
