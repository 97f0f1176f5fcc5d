// npm's `etcd3`, unchanged: what a Node program that was written for etcd does, done to Reknit.
// To see that these tests ask for what etcd does:  REKNIT_JUDGE=etcd npm run test:peers -- etcd3
import { once } from 'node:events';
import { EtcdLeaseInvalidError, EtcdLockFailedError } from 'etcd3';
import { describe, expect, it } from 'vitest';
import { etcd3Bench } from '../../support/etcd3.js';

const { at, client, connect } = etcd3Bench();

describe('leases', () => {
  it('hold their keys while they are kept alive, and take them along when revoked', async () => {
    const lease = client().lease(2);
    const kept = once(lease, 'keepaliveSucceeded');
    await lease.put(at('k')).value('v');
    await kept;
    const { keys, grantedTTL } = await client().leaseClient.leaseTimeToLive({ ID: await lease.grant(), keys: true });
    expect(keys.map(String)).toEqual([at('k')]);
    expect(grantedTTL).toBe('2');
    await lease.revoke();
    expect(await client().get(at('k')).string()).toBeNull();
  });

  it('expire with their keys when nobody keeps them alive', async () => {
    const lease = client().lease(1, { autoKeepAlive: false });
    await lease.put(at('k')).value('v');
    const watcher = await client().watch().key(at('k')).create();
    await once(watcher, 'delete');
    expect(await client().get(at('k')).string()).toBeNull();
    await expect(lease.keepaliveOnce()).rejects.toThrow(EtcdLeaseInvalidError);
    await watcher.cancel();
  });

  it('are lost aloud when somebody else revokes them', async () => {
    const lease = client().lease(1);
    const lost = new Promise<Error>((resolve) => lease.on('lost', resolve));
    await client().leaseClient.leaseRevoke({ ID: await lease.grant() });
    expect(await lost).toBeInstanceOf(EtcdLeaseInvalidError);
    await expect(
      client()
        .put(at('k'))
        .value('v')
        .lease(await lease.grant()),
    ).rejects.toThrow(/lease not found/);
  });

  it('are listed', async () => {
    const lease = client().lease(10);
    const id = await lease.grant();
    expect((await client().leaseClient.leaseLeases()).leases.map(({ ID }) => ID)).toContain(id);
    await lease.revoke();
    expect((await client().leaseClient.leaseLeases()).leases.map(({ ID }) => ID)).not.toContain(id);
  });
});

describe('locks', () => {
  it('are held by one at a time, and free after the work', async () => {
    const other = connect();
    await client()
      .lock(at('lock'))
      .do(async () => {
        await expect(other.lock(at('lock')).acquire()).rejects.toThrow(EtcdLockFailedError);
      });
    const lock = await other.lock(at('lock')).acquire();
    await lock.release();
    other.close();
  });

  it('are free once the lease of their holder is gone', async () => {
    const lock = await client().lock(at('lock')).acquire();
    const watcher = await client().watch().key(at('lock')).create();
    const freed = once(watcher, 'delete');
    await client().leaseClient.leaseRevoke({ ID: (await lock.leaseId())! });
    await freed;
    await (await client().lock(at('lock')).acquire()).release();
    await watcher.cancel();
  });
});

describe('elections', () => {
  it('choose the first candidate, and the next one when it resigns', async () => {
    const election = client().election(at('election'), 2);
    const first = election.campaign('first');
    await once(first, 'elected');
    const second = election.campaign('second');
    await second.getCampaignKey();
    expect(await election.leader()).toBe('first');
    const elected = once(second, 'elected');
    await first.resign();
    await elected;
    expect(await election.leader()).toBe('second');
    await second.resign();
    expect(await election.leader()).toBeUndefined();
  });

  it('are observed: who leads, and what the leader proclaims', async () => {
    const election = client().election(at('election'), 2);
    const observer = await election.observe();
    const seen: (string | undefined)[] = [];
    const proclaimed = new Promise<void>((resolve) =>
      observer.on('change', (value) => {
        seen.push(value);
        if (value === 'again') resolve();
      }),
    );
    const campaign = election.campaign('me');
    await once(campaign, 'elected');
    await campaign.proclaim('again');
    await proclaimed;
    expect(seen.at(-1)).toBe('again');
    expect(observer.leader()).toBe('again');
    await observer.cancel();
    await campaign.resign();
  });
});
