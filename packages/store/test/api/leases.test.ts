import { encodeLeaseGrantRequest } from '@reknit/etcd-api';
import { Status } from '@reknit/grpc';
import { expect, it } from 'vitest';
import { keepAliveHandler } from '../../src/api/lease/keep-alive.js';
import { bytes, callsOf } from '../support/etcd-calls.js';
import { KeepAliveClient } from '../support/keep-alive-client.js';
import { describeOverProtocols } from '../support/over-protocols.js';
import { TestCluster } from '../support/test-cluster.js';

const text = (of: Uint8Array): string => new TextDecoder().decode(of);

describeOverProtocols('LeaseGrant', () => {
  it('gives the id and the TTL that are asked for, and uses no revision', () => {
    const cluster = new TestCluster(1).started();
    const calls = callsOf(cluster, cluster.leader());
    const before = calls.range({ key: bytes('a') }).value!.header!.revision;
    expect(calls.grant({ ID: 7n, TTL: 60 }).value).toMatchObject({ ID: 7n, TTL: 60, error: '', header: { revision: before } });
  });

  it('chooses a positive id where none is asked for, a new one each time', () => {
    const cluster = new TestCluster(1).started();
    const calls = callsOf(cluster, cluster.leader());
    const ids = Array.from({ length: 5 }, () => calls.grant({ TTL: 60 }).value!.ID);
    expect(new Set(ids).size).toBe(5);
    for (const id of ids) expect(id > 0n && id < 1n << 63n).toBe(true);
  });

  it.each([
    [1000, -1, 2],
    [1000, 0, 2],
    [1000, 1, 2],
    [2000, 1, 3],
  ])('with an election time-out of %i ms raises a TTL of %i to %i', (electionTimeout, TTL, granted) => {
    const cluster = new TestCluster(1, { electionTimeout }).started();
    const calls = callsOf(cluster, cluster.leader());
    expect(calls.grant({ ID: 7n, TTL }).value!.TTL).toBe(granted);
    expect(calls.timeToLive(7n).value!.grantedTTL).toBe(granted);
  });

  it('refuses an id that exists and a TTL that is too large, in etcd’s words', () => {
    const cluster = new TestCluster(1).started();
    const calls = callsOf(cluster, cluster.leader());
    calls.grant({ ID: 7n, TTL: 60 });
    expect(calls.grant({ ID: 7n, TTL: 60 }).failure).toEqual({
      code: Status.failedPrecondition,
      message: 'etcdserver: lease already exists',
    });
    expect(calls.grant({ TTL: 9_000_000_001 }).failure).toEqual({
      code: Status.outOfRange,
      message: 'etcdserver: too large lease TTL',
    });
    expect(calls.grant({ TTL: 9_000_000_000 }).value!.TTL).toBe(9_000_000_000);
  });
});

describeOverProtocols('LeaseRevoke', () => {
  it('deletes the attached keys in one revision, and none is used without keys', () => {
    const cluster = new TestCluster(3).started();
    const calls = callsOf(cluster, cluster.follower());
    calls.grant({ ID: 7n, TTL: 60 });
    calls.grant({ ID: 8n, TTL: 60 });
    for (const key of ['a', 'b']) calls.put({ key: bytes(key), lease: 7n });
    const before = calls.put({ key: bytes('c') }).value!.header!.revision;
    expect(calls.revoke(7n).value!.header!.revision).toBe(before + 1);
    expect(calls.revoke(8n).value!.header!.revision).toBe(before + 1);
    expect(calls.range({ key: bytes('a'), rangeEnd: bytes('z') }).value!.kvs.map(({ key }) => text(key))).toEqual(['c']);
  });

  it('refuses an unknown lease, and so do puts and transactions that name it', () => {
    const cluster = new TestCluster(1).started();
    const calls = callsOf(cluster, cluster.leader());
    const unknown = { code: Status.notFound, message: 'etcdserver: requested lease not found' };
    expect(calls.revoke(7n).failure).toEqual(unknown);
    expect(calls.put({ key: bytes('a'), lease: 7n }).failure).toEqual(unknown);
  });
});

describeOverProtocols('LeaseTimeToLive', () => {
  it('tells what is left, what was granted, and the keys if asked, on every member', () => {
    const cluster = new TestCluster(3).started();
    const calls = callsOf(cluster, cluster.leader());
    calls.grant({ ID: 7n, TTL: 60 });
    for (const key of ['b', 'a']) calls.put({ key: bytes(key), lease: 7n });
    cluster.run(10_000);
    for (const member of cluster.members) {
      const { TTL, grantedTTL, keys } = callsOf(cluster, member).timeToLive(7n, true).value!;
      expect([TTL, grantedTTL, keys.map(text)]).toEqual([49, 60, ['a', 'b']]);
    }
    expect(calls.timeToLive(7n).value!.keys).toEqual([]);
  });

  it('answers -1 for a lease that never was, was revoked, or has expired', () => {
    const cluster = new TestCluster(3).started();
    const calls = callsOf(cluster, cluster.follower());
    calls.grant({ ID: 7n, TTL: 60 });
    calls.grant({ ID: 8n, TTL: 2 });
    calls.revoke(7n);
    cluster.run(3000);
    for (const id of [7n, 8n, 9n])
      expect(calls.timeToLive(id, true).value).toMatchObject({ TTL: -1, grantedTTL: 0, keys: [], ID: id });
  });
});

describeOverProtocols('LeaseLeases', () => {
  it('lists all leases, of its own keyspace only', () => {
    const cluster = new TestCluster(3).started();
    const calls = callsOf(cluster, cluster.leader());
    const system = callsOf(cluster, cluster.follower('_system'), { 'reknit-keyspace': '_system' });
    for (const ID of [7n, 8n]) calls.grant({ ID, TTL: 60 });
    system.grant({ ID: 9n, TTL: 60 });
    for (const member of cluster.members) {
      expect(callsOf(cluster, member).leases().value!.leases).toEqual([{ ID: 7n }, { ID: 8n }]);
    }
    expect(system.leases().value!.leases).toEqual([{ ID: 9n }]);
    expect(callsOf(cluster, cluster.leader()).leases().value!.header!.revision).toBe(1);
    expect(system.timeToLive(9n).value!.grantedTTL).toBe(60);
  });
});

describeOverProtocols('the list of very many leases', () => {
  it('is whole', () => {
    const cluster = new TestCluster(1).started();
    const leader = cluster.leader();
    const calls = callsOf(cluster, leader);
    const count = 5001;
    for (let ID = 1; ID <= count; ID++) {
      calls.raw('Lease/LeaseGrant', encodeLeaseGrantRequest({ ID: BigInt(ID), TTL: 600 }));
    }
    cluster.until(() => leader.member.group('default')!.space.leases.size === count, 'all are granted');
    const ids = calls.leases().value!.leases.map(({ ID }) => ID);
    expect(ids).toEqual(Array.from({ length: count }, (_, at) => BigInt(at + 1)));
  });
});

describeOverProtocols('a stream of keep-alives', () => {
  it('has one answer for each request, in order, with 0 for a lease that is unknown; on every member', () => {
    const cluster = new TestCluster(3).started();
    const calls = callsOf(cluster, cluster.leader());
    calls.grant({ ID: 7n, TTL: 60 });
    calls.grant({ ID: 8n, TTL: 30 });
    for (const member of cluster.members) {
      const client = new KeepAliveClient(member).renew(7n, 9n, 8n, 7n);
      cluster.until(() => client.answers.length === 4, 'four answers');
      expect(client.answers).toEqual([
        { id: 7n, ttl: 60 },
        { id: 9n, ttl: 0 },
        { id: 8n, ttl: 30 },
        { id: 7n, ttl: 60 },
      ]);
    }
  });

  it('keeps a lease alive for as long as it goes on, and writes nothing into the log', () => {
    const cluster = new TestCluster(3).started();
    const calls = callsOf(cluster, cluster.leader());
    calls.grant({ ID: 7n, TTL: 2 });
    calls.put({ key: bytes('a'), lease: 7n });
    const { commit } = cluster.leader().member.group('default')!.status;
    const client = new KeepAliveClient(cluster.follower());
    for (let second = 0; second < 10; second++) {
      client.renew(7n);
      cluster.run(1000);
    }
    expect(client.answers).toEqual(Array.from({ length: 10 }, () => ({ id: 7n, ttl: 2 })));
    expect(cluster.leader().member.group('default')!.status.commit).toBe(commit);
    cluster.until(() => calls.range({ key: bytes('a') }).value!.kvs.length === 0, 'the key is gone', 3000);
  });

  it('ends in order when the client has half-closed it and everything is answered', () => {
    const cluster = new TestCluster(3).started();
    callsOf(cluster, cluster.leader()).grant({ ID: 7n, TTL: 60 });
    const client = new KeepAliveClient(cluster.follower()).renew(7n).halfClose();
    expect(client.ended).toBe(false);
    cluster.until(() => client.ended, 'the stream ends');
    expect(client.answers).toEqual([{ id: 7n, ttl: 60 }]);
    expect(client.failure).toBeUndefined();
    const idle = new KeepAliveClient(cluster.leader()).halfClose();
    expect(idle.ended).toBe(true);
  });

  it('waits for a client that does not read, and loses nothing', () => {
    const cluster = new TestCluster(1).started();
    callsOf(cluster, cluster.leader()).grant({ ID: 7n, TTL: 60 });
    const client = new KeepAliveClient(cluster.leader());
    client.reads = false;
    client.renew(7n, 7n, 7n);
    cluster.run(1000);
    expect(client.answers).toHaveLength(1);
    client.readAgain();
    expect(client.answers).toHaveLength(3);
  });

  it('is ended when its client asks for more than it reads, and others are undisturbed', () => {
    const cluster = new TestCluster(1).started();
    const leader = cluster.leader();
    callsOf(cluster, leader).grant({ ID: 7n, TTL: 60 });
    const limits = { streams: 10, streamsPerConnection: 2, unanswered: 150, unansweredPerStream: 200 };
    const handler = keepAliveHandler(leader.member, limits);
    const flood = new KeepAliveClient(leader, { handler });
    flood.reads = false;
    for (let count = 0; count < 160; count++) flood.renew(7n);
    cluster.run(100);
    expect(flood.failure).toMatchObject({ code: Status.resourceExhausted });
    const other = new KeepAliveClient(leader, { handler }).renew(7n);
    cluster.run(100);
    expect(other.answers).toHaveLength(1);
    const streams = [new KeepAliveClient(leader, { handler }), new KeepAliveClient(leader, { handler })];
    expect(streams.map(({ failure }) => failure?.code)).toEqual([undefined, Status.resourceExhausted]);
    streams[0]!.goAway();
    expect(new KeepAliveClient(leader, { handler }).failure).toBeUndefined();
  });

  it('is refused bytes that are no request', () => {
    const cluster = new TestCluster(1).started();
    const client = new KeepAliveClient(cluster.leader()).raw(new Uint8Array([8]));
    expect(client.failure).toMatchObject({ code: Status.internal });
  });

  it('fails without a leader, as Unavailable, once its request has waited long enough', () => {
    const cluster = new TestCluster(3).started();
    const leader = cluster.leader();
    callsOf(cluster, leader).grant({ ID: 7n, TTL: 60 });
    for (const member of cluster.members) if (member !== leader) member.machine.kill();
    const client = new KeepAliveClient(leader).renew(7n);
    const strict = new KeepAliveClient(leader, { metadata: { hasleader: 'true' } });
    cluster.until(() => client.failure !== undefined, 'the stream fails');
    expect(client.failure).toEqual({ code: Status.unavailable, message: 'etcdserver: no leader' });
    expect(strict.failure).toEqual({ code: Status.unavailable, message: 'etcdserver: no leader' });
    expect(client.answers).toEqual([]);
  });
});
