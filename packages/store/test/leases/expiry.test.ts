import { createPutRequest, createRequestOp, decodePutResponse, encodePutRequest } from '@reknit/etcd-api';
import { expect, it } from 'vitest';
import { encodeExpiry } from '../../src/group/apply-lease.js';
import { Operation } from '../../src/group/envelope.js';
import { bytes, callsOf } from '../support/etcd-calls.js';
import { KeepAliveClient } from '../support/keep-alive-client.js';
import { describeOverProtocols } from '../support/over-protocols.js';
import { type Answer, TestCluster, type TestMember } from '../support/test-cluster.js';

const ID = 7n;

const groupOf = (member: TestMember) => member.member.group('default')!;
const holds = (member: TestMember, id = ID): boolean => groupOf(member).space.leases.has(id);
const others = (cluster: TestCluster, member: TestMember): readonly TestMember[] =>
  cluster.members.filter((each) => each !== member && each.up);

/** A lease with a key, granted through the leader; the virtual time at which the grant was answered is now. */
function granted(cluster: TestCluster, TTL: number): TestCluster {
  const calls = callsOf(cluster, cluster.leader());
  expect(calls.put({ key: bytes('before') }).failure).toBeUndefined();
  expect(calls.grant({ ID, TTL }).failure).toBeUndefined();
  calls.put({ key: bytes('a'), lease: ID });
  return cluster;
}

function newLeader(cluster: TestCluster, old: TestMember): TestMember {
  const led = (): TestMember | undefined => others(cluster, old).find((each) => groupOf(each).status.role === 'leader');
  cluster.until(() => led() !== undefined && groupOf(led()!).status.ready, 'another leads');
  return led()!;
}

describeOverProtocols('a lease that nobody renews', () => {
  it('lives for its TTL, and its keys go with it on every member soon after', () => {
    const cluster = granted(new TestCluster(3).started(), 3);
    cluster.run(2900);
    for (const member of cluster.members) expect(holds(member)).toBe(true);
    cluster.until(() => cluster.members.every((member) => !holds(member)), 'it is gone', 400);
    for (const member of cluster.members) {
      expect(callsOf(cluster, member).range({ key: bytes('a') }).value!.kvs).toEqual([]);
    }
  });

  it('is counted anew by a new leader, from when that is ready', () => {
    const cluster = granted(new TestCluster(3).started(), 4);
    cluster.run(3000);
    const old = cluster.leader();
    old.machine.kill();
    const leader = newLeader(cluster, old);
    cluster.run(3900);
    expect(holds(leader)).toBe(true);
    cluster.until(() => !holds(leader), 'it is gone', 600);
  });

  it('is counted anew after all members were down', () => {
    const cluster = granted(new TestCluster(3).started(), 4);
    cluster.run(3000);
    for (const member of cluster.members) member.machine.kill();
    for (const member of cluster.members) member.start();
    cluster.run(3900);
    const leader = cluster.leader();
    expect(holds(leader)).toBe(true);
    cluster.until(() => !holds(leader), 'it is gone', 4000);
  });

  it('is not expired by a leader that nobody confirms, though it still believes that it leads', () => {
    const cluster = granted(new TestCluster(3, { electionTimeout: 5000 }).started(), 8);
    cluster.run(7500);
    const old = cluster.leader();
    const { last } = groupOf(old).status;
    for (const other of others(cluster, old)) cluster.world.cut(old.name, other.name);
    cluster.run(2000);
    expect(groupOf(old).status.role).toBe('leader');
    expect(groupOf(old).status.last).toBe(last);
    expect(holds(old)).toBe(true);
  });

  it('lives on under the next leader, whatever one that was cut off believes', () => {
    const cluster = granted(new TestCluster(3).started(), 4);
    cluster.run(3500);
    const old = cluster.leader();
    for (const other of others(cluster, old)) cluster.world.cut(old.name, other.name);
    const leader = newLeader(cluster, old);
    const client = new KeepAliveClient(leader).renew(ID);
    cluster.run(3000);
    expect(client.answers).toEqual([{ id: ID, ttl: 4 }]);
    const stale = new KeepAliveClient(old).renew(ID);
    cluster.run(200);
    expect(stale.answers).toEqual([]);
    cluster.world.heal();
    client.renew(ID);
    cluster.run(3000);
    expect(cluster.members.every((member) => holds(member))).toBe(true);
    expect(stale.answers).toEqual([{ id: ID, ttl: 4 }]);
  });
});

describeOverProtocols('a keep-alive', () => {
  it('at a follower outlasts the death of the leader, and is answered once', () => {
    const cluster = granted(new TestCluster(3).started(), 30);
    const old = cluster.leader();
    const follower = cluster.follower();
    const client = new KeepAliveClient(follower).renew(ID);
    old.machine.kill();
    cluster.until(() => client.answers.length > 0, 'it is answered');
    cluster.run(3000);
    expect(client.answers).toEqual([{ id: ID, ttl: 30 }]);
  });

  it('saves a lease whose time is over, as long as the leader is not confirmed', () => {
    const cluster = granted(new TestCluster(3).started(), 3);
    const leader = cluster.leader();
    const { round } = groupOf(leader).status;
    cluster.run(2800);
    for (const other of others(cluster, leader)) cluster.world.clog(other.name, leader.name, 700, { direction: 'a-to-b' });
    cluster.run(600);
    const client = new KeepAliveClient(leader).renew(ID);
    cluster.run(2000);
    expect(client.answers).toEqual([{ id: ID, ttl: 3 }]);
    expect(holds(leader)).toBe(true);
    expect(groupOf(leader).status).toMatchObject({ role: 'leader', round });
  });

  it('for a lease whose end is proposed waits for the decision', () => {
    const cluster = granted(new TestCluster(3).started(), 3);
    const leader = cluster.leader();
    // Slower than the steps in which this test looks.
    cluster.world.networkFaults({ latencyMinMs: 5 });
    const { last } = groupOf(leader).status;
    cluster.until(() => groupOf(leader).status.last > last, 'its end is proposed');
    expect(holds(leader)).toBe(true);
    const client = new KeepAliveClient(leader).renew(ID);
    cluster.until(() => client.answers.length > 0, 'it is answered');
    expect(client.answers).toEqual([{ id: ID, ttl: 0 }]);
    expect(holds(leader)).toBe(false);
  });

  it('is answered on a network that loses, repeats and reorders frames, in the order of the requests', () => {
    const cluster = granted(new TestCluster(3).started(), 60);
    callsOf(cluster, cluster.leader()).grant({ ID: 8n, TTL: 50 });
    cluster.world.networkFaults({ loss: 0.1, duplication: 0.1, reorder: 0.1 });
    const ids = Array.from({ length: 40 }, (_, at) => (at % 3 === 0 ? 8n : ID));
    const client = new KeepAliveClient(cluster.follower());
    for (const id of ids) {
      client.renew(id);
      cluster.run(50);
    }
    cluster.until(() => client.answers.length === ids.length, 'all are answered');
    expect(client.answers.map(({ id }) => id)).toEqual(ids);
  });
});

describeOverProtocols('a stall of the leader’s process', () => {
  it('is no time that a lease has used: who could not renew it meanwhile still can', () => {
    const cluster = granted(new TestCluster(1).started(), 30);
    const leader = cluster.leader();
    cluster.run(10_000);
    leader.machine.pause(25_000);
    cluster.run(25_100);
    cluster.run(10_000);
    expect(holds(leader)).toBe(true);
    const client = new KeepAliveClient(leader).renew(ID);
    cluster.run(100);
    expect(client.answers).toEqual([{ id: ID, ttl: 30 }]);
  });

  it('shortly before a deadline lets what waited in the sockets count first', () => {
    const cluster = granted(new TestCluster(1).started(), 3);
    const leader = cluster.leader();
    cluster.run(2900);
    leader.machine.pause(5000);
    cluster.run(5000);
    // The first tick after the stall has run: the deadline is over, and nothing was read yet.
    cluster.run(11);
    const client = new KeepAliveClient(leader).renew(ID);
    cluster.run(2000);
    expect(client.answers).toEqual([{ id: ID, ttl: 3 }]);
    expect(holds(leader)).toBe(true);
  });
});

describeOverProtocols('an expiry in the log', () => {
  const propose = (cluster: TestCluster, change: { epoch?: number; round?: number; granted?: number }): void => {
    const group = groupOf(cluster.leader());
    const { granted: grantedAt } = group.space.leases.get(ID)!;
    const claim = { epoch: 1, round: group.status.round, id: ID, granted: grantedAt, ...change };
    let done = false;
    const settle = (): void => {
      done = true;
    };
    group.write(Operation.leaseExpiry, encodeExpiry(claim).slice(), { applied: settle, failed: settle });
    cluster.until(() => done, 'the entry is decided');
  };

  it('is void when it is decided under another leadership than the one that proposed it', () => {
    const cluster = granted(new TestCluster(3).started(), 60);
    const { round } = groupOf(cluster.leader()).status;
    propose(cluster, { round: round - 1 });
    propose(cluster, { round: round + 1 });
    propose(cluster, { epoch: 2 });
    for (const member of cluster.members) expect(holds(member)).toBe(true);
    propose(cluster, {});
    expect(holds(cluster.leader())).toBe(false);
  });

  it('is void for a later life of the same id', () => {
    const cluster = granted(new TestCluster(3).started(), 60);
    const { granted: first } = groupOf(cluster.leader()).space.leases.get(ID)!;
    const calls = callsOf(cluster, cluster.leader());
    calls.revoke(ID);
    calls.grant({ ID, TTL: 60 });
    propose(cluster, { granted: first });
    expect(holds(cluster.leader())).toBe(true);
  });
});

describeOverProtocols('very many leases', () => {
  it('end in bounded batches, so that writes go on meanwhile', () => {
    const cluster = new TestCluster(3).started();
    const leader = cluster.leader();
    const group = groupOf(leader);
    const count = 3000;
    let answered = 0;
    const calls = callsOf(cluster, leader);
    for (let id = 1; id <= count; id++) {
      calls.raw('Lease/LeaseGrant', new Uint8Array([8, 2, 16, ...varint(id)]));
    }
    cluster.until(() => group.space.leases.size === count, 'all are granted');
    let undecidedMax = 0;
    cluster.until(
      () => {
        undecidedMax = Math.max(undecidedMax, group.status.last - group.status.commit);
        return group.space.leases.size === 0;
      },
      'all have expired',
      10_000,
    );
    answered = callsOf(cluster, leader).put({ key: bytes('after') }).value!.header!.revision;
    expect(answered).toBeGreaterThan(1);
    expect(undecidedMax).toBeLessThanOrEqual(501);
    expect(group.leases.counts).toMatchObject({ granted: count, expired: count, revoked: 0 });
  });
});

const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);

describeOverProtocols('a lease with very many keys', () => {
  it('ends in slices, wholly, on every member, and what comes behind it in the log waits', () => {
    const cluster = granted(new TestCluster(3).started(), 4);
    const calls = callsOf(cluster, cluster.leader());
    for (let at = 0; at < 1500; at += 100) {
      const puts = Array.from({ length: 100 }, (_, next) =>
        createRequestOp({ requestPut: createPutRequest({ key: bytes(`key ${at + next}`), lease: ID }) }),
      );
      calls.txn({ success: puts });
    }
    const revision = calls.status().value!.header!.revision;
    const leader = cluster.leader();
    const { space } = groupOf(leader);
    const begin = space.revocationJob.bind(space);
    let slices = 0;
    let put: Answer | undefined;
    const revocationJob = (id: bigint) => {
      const job = begin(id);
      const step = () => {
        slices++;
        put ??= calls.raw('KV/Put', encodePutRequest(createPutRequest({ key: bytes('behind') })));
        return job.step();
      };
      return { step, cancel: () => job.cancel() };
    };
    Object.assign(space, { revocationJob });
    cluster.until(() => put?.settled === true, 'what came meanwhile is answered', 6000);
    expect(decodePutResponse(put!.response!).header!.revision).toBe(revision + 2);
    expect(slices).toBeGreaterThan(2);
    for (const member of cluster.members) {
      expect(callsOf(cluster, member).range({ key: bytes('key'), rangeEnd: bytes('kez') }).value!.count).toBe(0);
      expect(holds(member)).toBe(false);
    }
  });
});
