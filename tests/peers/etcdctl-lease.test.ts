// etcd's own command line, unchanged, grants, renews and revokes leases on a cluster of three real members.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RealCluster } from '../support/real-cluster.js';

const run = promisify(execFile);
const ENVIRONMENT = { ...process.env, ETCDCTL_API: '3' };

interface LeaseJson {
  readonly id: number;
  readonly ttl: number;
  readonly 'granted-ttl': number;
  readonly keys: readonly string[] | null;
}

describe('etcdctl lease', () => {
  let cluster: RealCluster;

  beforeAll(async () => {
    cluster = await RealCluster.start(3);
  });

  afterAll(async () => {
    await cluster.stop();
  });

  const etcdctl = async (...words: string[]): Promise<string> => {
    const { stdout } = await run('etcdctl', ['--endpoints', cluster.endpoints, ...words], { env: ENVIRONMENT, timeout: 20_000 });
    return stdout;
  };

  const failureOf = async (...words: string[]): Promise<string> => {
    const failure: unknown = await etcdctl(...words).catch((error: unknown) => error);
    return String((failure as { stderr?: string }).stderr);
  };

  const grant = async (ttl: number): Promise<string> => {
    const [, id, granted] = /^lease ([0-9a-f]+) granted with TTL\((\d+)s\)/.exec(await etcdctl('lease', 'grant', String(ttl)))!;
    expect(Number(granted)).toBe(Math.max(ttl, 2));
    return id!;
  };

  const timeToLive = async (id: string): Promise<LeaseJson> =>
    JSON.parse(await etcdctl('lease', 'timetolive', id, '--keys', '-w', 'json')) as LeaseJson;

  it('grants, attaches, lists, tells what is left, renews once and revokes with the keys', async () => {
    const id = await grant(60);
    await etcdctl('put', 'held/b', '1', '--lease', id);
    await etcdctl('put', 'held/a', '1', '--lease', id);
    expect(await etcdctl('lease', 'list')).toContain(`\n${id}\n`);
    const { ttl, 'granted-ttl': granted, keys } = await timeToLive(id);
    expect(granted).toBe(60);
    expect(ttl).toBeLessThanOrEqual(60);
    expect(keys!.map((key) => Buffer.from(key, 'base64').toString())).toEqual(['held/a', 'held/b']);
    expect(await etcdctl('lease', 'keep-alive', id, '--once')).toBe(`lease ${id} keepalived with TTL(60)\n`);
    expect(await etcdctl('lease', 'revoke', id)).toBe(`lease ${id} revoked\n`);
    expect(await etcdctl('get', 'held/', '--prefix')).toBe('');
    expect(await etcdctl('lease', 'timetolive', id)).toBe(`lease ${id} already expired\n`);
  });

  it('raises a TTL to the least that there is, and the keys go when it is over', async () => {
    const id = await grant(1);
    await etcdctl('put', 'brief', '1', '--lease', id);
    const watch = spawn('etcdctl', ['--endpoints', cluster.endpoints, 'watch', 'brief', '--rev', '1'], { env: ENVIRONMENT });
    let output = '';
    for await (const chunk of watch.stdout) {
      output += String(chunk);
      if (output.includes('DELETE')) break;
    }
    watch.kill();
    await once(watch, 'exit');
    expect(await etcdctl('get', 'brief')).toBe('');
  });

  it('keeps a lease alive until it is revoked', async () => {
    const id = await grant(2);
    const endpoint = `127.0.0.1:${cluster.nodes[1]!.clientPort}`;
    const keeper = spawn('etcdctl', ['--endpoints', endpoint, 'lease', 'keep-alive', id], { env: ENVIRONMENT });
    const ended = once(keeper, 'exit');
    let output = '';
    let revoked = false;
    for await (const chunk of keeper.stdout) {
      output += String(chunk);
      if (revoked || output.split('keepalived').length < 6) continue;
      revoked = true;
      await etcdctl('lease', 'revoke', id);
    }
    await ended;
    expect(output).toMatch(new RegExp(`^(lease ${id} keepalived with TTL\\(2\\)\n){5,}lease ${id} expired or revoked.\n$`));
  });

  it('fails as it does with etcd for a lease that is unknown', async () => {
    const unknown = 'etcdserver: requested lease not found';
    expect(await failureOf('lease', 'revoke', '123')).toContain(unknown);
    expect(await failureOf('put', 'a', '1', '--lease', '123')).toContain(unknown);
    expect(await etcdctl('lease', 'timetolive', '123')).toBe('lease 0000000000000123 already expired\n');
    expect(await failureOf('lease', 'keep-alive', '123', '--once')).toContain(unknown);
    expect(await failureOf('lease', 'grant', '9000000001')).toContain('etcdserver: too large lease TTL');
  });
});
