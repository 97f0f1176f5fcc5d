// etcd's own command line, unchanged, against a cluster of three real members.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RealCluster } from '../support/real-cluster.js';

const run = promisify(execFile);

/** What the tests look at in the JSON of any answer. */
interface Answer {
  readonly header: { readonly revision: number };
  readonly kvs: readonly object[];
  readonly members: readonly {
    readonly name: string;
    readonly clientURLs: readonly string[];
    readonly peerURLs: readonly string[];
  }[];
}

/** One line for each endpoint. */
interface EndpointAnswer {
  readonly health: boolean;
  readonly Status: { readonly leader: number };
  readonly HashKV: { readonly hash: number };
}

describe.each(['raft', 'paxos', 'zab'])('etcdctl beside %s', (protocol) => {
  let cluster: RealCluster;

  beforeAll(async () => {
    cluster = await RealCluster.start(3, { protocol });
  });

  afterAll(async () => {
    await cluster.stop();
  });

  const etcdctl = async (...words: string[]): Promise<string> => {
    const { stdout } = await run('etcdctl', ['--endpoints', cluster.endpoints, ...words], {
      env: { ...process.env, ETCDCTL_API: '3' },
      timeout: 20_000,
    });
    return stdout;
  };
  const etcdctlJson = async (...words: string[]): Promise<Answer> => JSON.parse(await etcdctl(...words, '-w', 'json')) as Answer;
  const eachEndpoint = async (...words: string[]): Promise<readonly EndpointAnswer[]> =>
    JSON.parse(await etcdctl('endpoint', ...words, '-w', 'json')) as readonly EndpointAnswer[];
  const withInput = (words: string[], input: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const child = execFile(
        'etcdctl',
        ['--endpoints', cluster.endpoints, ...words],
        { env: { ...process.env, ETCDCTL_API: '3' }, timeout: 20_000 },
        (error, stdout) => (error === null ? resolve(stdout) : reject(error)),
      );
      child.stdin!.end(input);
    });
  const failureOf = async (...words: string[]): Promise<string> => {
    const failure: unknown = await etcdctl(...words).catch((error: unknown) => error);
    return String((failure as { stderr?: string }).stderr);
  };

  it('puts and gets, and the first write of a fresh cluster has revision 2', async () => {
    const fresh = await etcdctlJson('put', 'first', 'one');
    expect(fresh.header.revision).toBe(2);
    expect(await etcdctl('put', 'first', 'two', '--prev-kv')).toBe('OK\nfirst\none\n');
    expect(await etcdctl('get', 'first')).toBe('first\ntwo\n');
    const { kvs } = await etcdctlJson('get', 'first');
    expect(kvs[0]).toMatchObject({ create_revision: 2, mod_revision: 3, version: 2 });
  });

  it('gets by prefix, range, limit, sort, old revision, keys and count only', async () => {
    for (const [key, value] of [
      ['p/a', '3'],
      ['p/b', '1'],
      ['p/c', '2'],
      ['q', 'x'],
    ] as const) {
      await etcdctl('put', key, value);
    }
    expect(await etcdctl('get', '--prefix', 'p/')).toBe('p/a\n3\np/b\n1\np/c\n2\n');
    expect(await etcdctl('get', 'p/a', 'p/c', '--keys-only')).toBe('p/a\n\np/b\n\n');
    expect(await etcdctl('get', '--prefix', 'p/', '--limit', '2', '--print-value-only')).toBe('3\n1\n');
    expect(await etcdctl('get', '--prefix', 'p/', '--sort-by', 'VALUE', '--order', 'DESCEND', '--print-value-only')).toBe(
      '3\n2\n1\n',
    );
    expect(await etcdctl('get', '--from-key', 'p/c', '--print-value-only')).toBe('2\nx\n');
    const limited = await etcdctlJson('get', '--prefix', 'p/', '--limit', '1');
    expect(limited).toMatchObject({ count: 3, more: true });
    const before = (await etcdctlJson('put', 'p/a', 'new')).header.revision - 1;
    expect(await etcdctl('get', 'p/a', '--rev', String(before), '--print-value-only')).toBe('3\n');
    expect(await failureOf('get', 'p/a', '--rev', '100000')).toContain(
      'etcdserver: mvcc: required revision is a future revision',
    );
  });

  it('deletes keys and ranges, and says how many', async () => {
    await etcdctl('put', 'd/1', 'x');
    await etcdctl('put', 'd/2', 'y');
    expect(await etcdctl('del', 'd/1', '--prev-kv')).toBe('1\nd/1\nx\n');
    expect(await etcdctl('del', '--prefix', 'd/')).toBe('1\n');
    expect(await etcdctl('del', '--prefix', 'd/')).toBe('0\n');
  });

  it('runs transactions of compares and both branches', async () => {
    await etcdctl('put', 't', 'old');
    const script = 'value("t") = "old"\nversion("absent") = "0"\n\nput t new\nget t\n\nput t wrong\n\n';
    expect(await withInput(['txn'], script)).toContain('SUCCESS');
    expect(await withInput(['txn'], script)).toContain('FAILURE');
    expect(await etcdctl('get', 't', '--print-value-only')).toBe('wrong\n');
  });

  it('compacts, and refuses what is gone', async () => {
    const { header } = await etcdctlJson('put', 'c', '1');
    await etcdctl('put', 'c', '2');
    const revision = header.revision + 1;
    expect(await etcdctl('compaction', String(revision), '--physical')).toBe(`compacted revision ${revision}\n`);
    expect(await failureOf('get', 'c', '--rev', String(revision - 1))).toContain(
      'etcdserver: mvcc: required revision has been compacted',
    );
    expect(await failureOf('compaction', String(revision))).toContain('etcdserver: mvcc: required revision has been compacted');
    expect(await etcdctl('get', 'c', '--print-value-only')).toBe('2\n');
  });

  it('shows health, status and equal hashes of all members', async () => {
    const { header } = await etcdctlJson('put', 'h', '1');
    // Health is a linearizable read at each member: none lags behind the put after it.
    const health = await eachEndpoint('health');
    expect(health.map((endpoint) => endpoint.health)).toEqual([true, true, true]);
    const status = await eachEndpoint('status');
    expect(new Set(status.map((endpoint) => endpoint.Status.leader)).size).toBe(1);
    const hashes = await eachEndpoint('hashkv', '--rev', String(header.revision));
    expect(new Set(hashes.map((endpoint) => endpoint.HashKV.hash)).size).toBe(1);
  });

  it('lists the members with their names and URLs', async () => {
    const { members } = await etcdctlJson('member', 'list');
    expect(members.map((member) => member.name).sort()).toEqual(['n1', 'n2', 'n3']);
    for (const member of members) {
      const node = cluster.nodes.find(({ name }) => name === member.name)!;
      expect(member.clientURLs).toEqual([`http://127.0.0.1:${node.clientPort}`]);
      expect(member.peerURLs).toEqual([`http://127.0.0.1:${node.peerPort}`]);
    }
  });

  it('sees everything again after all members were killed at once', async () => {
    await etcdctl('put', 'survivor', 'yes');
    await Promise.all(cluster.nodes.map((node) => cluster.kill(node)));
    await Promise.all(cluster.nodes.map((node) => cluster.startNode(node)));
    expect(await etcdctl('get', 'survivor', '--print-value-only')).toBe('yes\n');
  });
});
