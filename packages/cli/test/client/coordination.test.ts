import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Client, type LocalCluster, startCluster } from '../../src/index.js';
import { changeLeader, eventually, text } from './cluster.js';

let cluster: LocalCluster;
let client: Client;
let tests = 0;
let name = '';
beforeAll(async () => {
  cluster = await startCluster();
  client = cluster.client();
});
afterAll(() => cluster.stop());
beforeEach(() => {
  name = `test-${++tests}`;
});

/** Those that wait or hold, in order. */
const queue = async (): Promise<readonly string[]> =>
  (await client.kv.range({ key: `${name}/`, prefix: true })).kvs.map(({ key }) => text(key));

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(setImmediate);
}

describe('a lease', () => {
  test('is kept alive beyond its time, over a change of leaders, and takes its keys along when it is revoked', async () => {
    await using lease = await client.lease({ ttl: 3 });
    await client.kv.put({ key: name, value: 'here', lease: lease.id });
    const beyond = performance.now() + 1.5 * lease.ttl * 1000;
    await changeLeader(cluster);
    while (performance.now() < beyond) {
      expect((await client.kv.range({ key: name })).count).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(lease.signal.aborted).toBe(false);
    await lease.revoke();
    expect((await client.kv.range({ key: name })).count).toBe(0);
  });

  test('whose keys the server has taken away is known to be lost, however short it is and whatever leaders change', async () => {
    const lease = await client.lease({ ttl: 1 });
    await client.kv.put({ key: name, value: 'here', lease: lease.id });
    const gone = (async () => {
      while ((await eventually(() => client.kv.range({ key: name }))).count > 0) await new Promise(setImmediate);
      return lease.remainingMs;
    })();
    for (let round = 0; round < 2; round++) await changeLeader(cluster);
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await lease.lost;
    await Promise.all(cluster.nodes.map((node) => node.start()));
    expect(await gone).toBe(0);
  });

  test('that somebody else revokes is lost with the next renewal', async () => {
    const lease = await client.lease({ ttl: 1 });
    await client.leases.revoke(lease.id);
    expect((await lease.lost).message).toContain('the server knows it no longer');
  });

  test('is lost in silence, before any server could have expired it', async () => {
    const lone = await startCluster({ nodes: 1 });
    const lease = await lone.client().lease({ ttl: 2 });
    const killedAt = performance.now();
    await lone.nodes[0]?.kill();
    await lease.lost;
    expect(performance.now() - killedAt).toBeLessThan(lease.ttl * 1000);
    expect([lease.remainingMs, lease.signal.aborted]).toEqual([0, true]);
    await lone.stop();
  });
});

describe('a lock', () => {
  test('is held by one at a time, with tokens that rise', async () => {
    let inside = 0;
    const tokens: number[] = [];
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        await using lock = await client.lock(name, { ttl: 5 });
        expect(++inside).toBe(1);
        tokens.push(lock.token);
        const [count] = (await client.kv.range({ key: `${name}-count` })).kvs;
        const value = String(Number(text(count?.value)) + 1);
        const { succeeded } = await client.kv.txn({
          compare: [lock.fence],
          success: [{ put: { key: `${name}-count`, value } }],
        });
        expect(succeeded).toBe(true);
        inside--;
      }),
    );
    expect(text((await client.kv.range({ key: `${name}-count` })).kvs[0]?.value)).toBe('6');
    expect(tokens).toEqual(tokens.toSorted((left, right) => left - right));
    expect(await queue()).toEqual([]);
  });

  test('passes on when its holder loses the lease; what the old holder writes under its fence is refused', async () => {
    const old = await client.lock(name, { ttl: 5 });
    const waiting = client.lock(name, { ttl: 5 });
    await client.leases.revoke(old.lease.id);
    await using lock = await waiting;
    expect(lock.token).toBeGreaterThan(old.token);
    const write = (value: string, holder: typeof old) =>
      client.kv.txn({ compare: [holder.fence], success: [{ put: { key: `${name}-data`, value } }] });
    expect((await write('new', lock)).succeeded).toBe(true);
    expect((await write('stale', old)).succeeded).toBe(false);
    expect(text((await client.kv.range({ key: `${name}-data` })).kvs[0]?.value)).toBe('new');
    await until(async () => old.signal.aborted);
  });

  test('is waited for through a change of leaders', async () => {
    const held = await client.lock(name, { ttl: 10 });
    const waiting = client.lock(name, { ttl: 10 });
    await until(async () => (await queue()).length === 2);
    await changeLeader(cluster);
    await eventually(() => held.release());
    await using lock = await waiting;
    expect(lock.token).toBeGreaterThan(held.token);
  });

  test('is not waited for any longer when the signal says so, and the place is given up', async () => {
    await using held = await client.lock(name, { ttl: 5 });
    const controller = new AbortController();
    const waiting = client.lock(name, { ttl: 5, signal: controller.signal });
    await until(async () => (await queue()).length === 2);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ reason: 'aborted' });
    await until(async () => (await queue()).length === 1);
    expect(held.signal.aborted).toBe(false);
  });

  test('is not got by who lost the lease while waiting', async () => {
    await using held = await client.lock(name, { ttl: 5 });
    const waiting = client.lock(name, { ttl: 1 });
    await until(async () => (await queue()).length === 2);
    const key = (await queue()).find((one) => one !== text(held.key));
    await client.leases.revoke(BigInt(`0x${key?.split('/')[1]}`));
    await expect(waiting).rejects.toMatchObject({ reason: 'lease-lost' });
  });
});

describe('an election', () => {
  test('has one leader after the other; who observes sees each', async () => {
    const election = client.election(name);
    expect(await election.leader()).toBeUndefined();
    const seen: string[] = [];
    const tokens: number[] = [];
    const controller = new AbortController();
    const observed = (async () => {
      for await (const leader of election.observe({ signal: controller.signal })) {
        seen.push(leader === undefined ? 'nobody' : text(leader.value));
        if (leader !== undefined) tokens.push(leader.token);
      }
    })().catch((error: { reason: string }) => error.reason);
    const sees = (what: string): Promise<void> => until(async () => seen.at(-1) === what);
    await sees('nobody');
    const first = await election.campaign('first', { ttl: 5 });
    await sees('first');
    const second = election.campaign('second', { ttl: 5 });
    await first.proclaim('first, again');
    await sees('first, again');
    expect(text((await election.leader())?.value)).toBe('first, again');
    await first.resign();
    const leadership = await second;
    await sees('second');
    await expect(first.proclaim('still me')).rejects.toMatchObject({ reason: 'lease-lost' });
    await leadership.resign();
    await sees('nobody');
    controller.abort();
    expect(await observed).toBe('aborted');
    expect(seen).toEqual(['nobody', 'first', 'first, again', 'second', 'nobody']);
    expect(tokens).toEqual(tokens.toSorted((left, right) => left - right));
  });
});
