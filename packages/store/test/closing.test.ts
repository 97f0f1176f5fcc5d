import { createPutRequest, createRangeRequest, createRequestOp, encodePutRequest, encodeRangeRequest } from '@reknit/etcd-api';
import { CorruptRecordError } from '@reknit/mvcc';
import { describe, expect, it } from 'vitest';
import { ALL, bytes, callsOf } from './support/etcd-calls.js';
import { TestCluster } from './support/test-cluster.js';

const put = encodePutRequest(createPutRequest({ key: bytes('a') }));
const everything = (serializable: boolean): Uint8Array =>
  encodeRangeRequest(createRangeRequest({ key: ALL, rangeEnd: ALL, serializable }));
const stopped = { code: 14, message: 'etcdserver: server stopped' };

describe('a member that is closed', () => {
  it('tells everyone who waits that it stopped, once', () => {
    const cluster = new TestCluster(3).started();
    const member = cluster.follower();
    const waiting = [
      member.call('/etcdserverpb.KV/Put', put),
      member.call('/etcdserverpb.KV/Range', everything(false)),
      member.call('/etcdserverpb.Cluster/MemberList', new Uint8Array([8, 1])),
    ];
    member.member.close();
    expect(waiting.map(({ failure }) => failure)).toEqual([stopped, stopped, stopped]);
    cluster.run(10_000);
    expect(waiting.map(({ count }) => count)).toEqual([1, 1, 1]);
  });

  it('answers what still comes with the same, and never touches its closed state', () => {
    const cluster = new TestCluster(1).started();
    const member = cluster.members[0]!;
    const before = member.call('/etcdserverpb.KV/Range', everything(true));
    member.member.close();
    for (const method of [
      'KV/Put',
      'KV/Range',
      'KV/Txn',
      'KV/Compact',
      'Maintenance/Status',
      'Maintenance/HashKV',
      'Cluster/MemberList',
    ]) {
      const request = method === 'KV/Range' ? everything(true) : method === 'KV/Put' ? put : new Uint8Array(0);
      expect(member.call(`/etcdserverpb.${method}`, request).failure).toEqual(stopped);
    }
    expect(member.get('/health').response?.status).toBe(503);
    cluster.run(1000);
    expect(before.settled).toBe(true);
  });

  it('may be closed while its disk, its peers and a compaction are at work', () => {
    for (let at = 0; at < 20; at++) {
      const cluster = new TestCluster(3, { snapshotCount: 20, catchupEntries: 5 }, { seed: at }).started();
      const member = at % 2 === 0 ? cluster.leader() : cluster.follower();
      const calls = callsOf(cluster, member);
      for (let key = 0; key < 30; key++) member.call('/etcdserverpb.KV/Put', put);
      cluster.run(4990);
      const compaction = calls.raw('KV/Compact', new Uint8Array([8, 20, 16, 1]));
      cluster.run(at);
      member.member.close();
      cluster.run(3000);
      expect(compaction.count).toBe(1);
      expect(member.failures).toEqual([]);
      member.machine.kill();
      member.start();
      cluster.until(() => member.ready, 'ready again');
    }
  });
});

describe('a record that the disk has damaged', () => {
  const damage = (cluster: TestCluster): void => {
    const { space } = cluster.members[0]!.member.group('default')!;
    const damaged = (): never => {
      throw new CorruptRecordError('records', new Uint8Array(1), 'a record with a wrong checksum');
    };
    const job = () => ({ step: damaged, cancel: () => undefined });
    Object.assign(space, { range: damaged, txn: damaged, rangeJob: job, hashJob: job });
  };

  it('sends its readers to other members, and this one goes on', () => {
    const cluster = new TestCluster(1).started();
    damage(cluster);
    const calls = callsOf(cluster, cluster.members[0]!);
    const away = { code: 14, message: 'reknit: this member’s copy of the data is damaged' };
    const range = createRequestOp({ requestRange: createRangeRequest({ key: bytes('a') }) });
    expect(calls.range({ key: bytes('a') }).failure).toEqual(away);
    expect(calls.range({ key: ALL, rangeEnd: ALL, serializable: true }).failure).toEqual(away);
    expect(calls.txn({ success: [range] }).failure).toEqual(away);
    expect(calls.hash(0).failure).toEqual(away);
    expect(calls.status().value).toBeDefined();
  });
});
