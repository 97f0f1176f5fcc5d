// etcd's own command line changes the members of a live cluster, unchanged, as its manual says.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RealCluster, type RealNode } from '../support/real-cluster.js';

const run = promisify(execFile);

interface Members {
  readonly members: readonly { readonly ID: number; readonly name?: string; readonly isLearner?: boolean }[];
}

let cluster: RealCluster;
let voters: string;
beforeAll(async () => {
  cluster = await RealCluster.start(3);
  voters = cluster.endpoints;
});
afterAll(() => cluster.stop());

const etcdctl = async (...words: string[]): Promise<string> => {
  const { stdout } = await run('etcdctl', ['--endpoints', voters, ...words], {
    env: { ...process.env, ETCDCTL_API: '3' },
    timeout: 30_000,
  });
  return stdout;
};
const failureOf = async (...words: string[]): Promise<string> => {
  const failure: unknown = await etcdctl(...words).catch((error: unknown) => error);
  return String((failure as { stderr?: string }).stderr);
};
/** 64-bit ids are beyond what JSON keeps, so they come from the lines. */
const idOf = async (name: string): Promise<string> =>
  (await etcdctl('member', 'list'))
    .split('\n')
    .find((line) => line.includes(`${name},`) || line.includes(name))!
    .split(',')[0]!;
const namesAt = async (): Promise<readonly string[]> =>
  (JSON.parse(await etcdctl('member', 'list', '-w', 'json')) as Members).members.map(({ name = '' }) => name).sort();

let added: RealNode;

it('a learner is added with the lines that start it, caught up, and promoted', async () => {
  added = await cluster.newcomer('n4');
  const answer = await etcdctl('member', 'add', 'n4', '--learner', `--peer-urls=${cluster.peerUrl(added)}`);
  expect(answer).toMatch(/^Member [0-9a-f]+ added to cluster [0-9a-f]+/);
  expect(answer).toContain('ETCD_INITIAL_CLUSTER_STATE="existing"');
  expect(await failureOf('member', 'promote', await idOf(cluster.peerUrl(added)))).toContain(
    'etcdserver: can only promote a learner member which is in sync with leader',
  );
  await etcdctl('put', 'before', 'v');
  await cluster.startNode(added);
  expect(
    await run('etcdctl', ['--endpoints', `127.0.0.1:${added.clientPort}`, 'get', 'before', '--consistency=s']),
  ).toMatchObject({
    stdout: 'before\nv\n',
  });
  const id = await idOf('n4');
  await expect
    .poll(() => etcdctl('member', 'promote', id).catch(() => ''), { timeout: 20_000 })
    .toMatch(/^Member [0-9a-f]+ promoted/);
  expect(await namesAt()).toEqual(['n1', 'n2', 'n3', 'n4']);
  expect(await etcdctl('endpoint', 'status', '--cluster')).not.toContain('true, true');
}, 60_000);

it('a member’s URLs are updated and refused as etcd does', async () => {
  const id = await idOf('n4');
  expect(await failureOf('member', 'add', 'n5', `--peer-urls=${cluster.peerUrl(added)}`)).toContain(
    'etcdserver: Peer URLs already exists',
  );
  expect(await failureOf('member', 'promote', id)).toContain('etcdserver: can only promote a learner member');
  expect(await failureOf('member', 'remove', 'abcdef')).toContain('etcdserver: member not found');
  expect(await etcdctl('member', 'update', id, `--peer-urls=${cluster.peerUrl(added)}`)).toMatch(/updated in cluster/);
});

it('a member is removed, ends by itself, and is not let in again', async () => {
  const id = await idOf('n4');
  expect(await etcdctl('member', 'remove', id)).toMatch(/^Member [0-9a-f]+ removed from cluster/);
  expect(await namesAt()).toEqual(['n1', 'n2', 'n3']);
  await expect.poll(() => exitReason(), { timeout: 15_000 }).toMatch(/was removed from its cluster/);
  await expect(cluster.startNode(added)).rejects.toThrow(/was removed from its cluster/);
}, 60_000);

function exitReason(): string {
  try {
    return String((cluster.exitRecord(added) as { reason: unknown }).reason);
  } catch {
    return '';
  }
}
