import {
  createPutRequest,
  createRangeRequest,
  decodeRangeResponse,
  encodePutRequest,
  encodeRangeRequest,
} from '@reknit/etcd-api';
import { expect, it } from 'vitest';
import { bytes, callsOf } from './support/etcd-calls.js';
import { describeOverProtocols } from './support/over-protocols.js';
import { TestCluster } from './support/test-cluster.js';

const RANGE = encodeRangeRequest(createRangeRequest({ key: bytes('a') }));

describeOverProtocols('reads of followers', () => {
  it('a follower that lags answers a linearizable read from its own state, once that holds what was acknowledged before', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = new TestCluster(3, {}, { seed }).started();
      const leader = cluster.leader();
      const follower = cluster.follower();
      cluster.world.clog(leader.name, follower.name, 200, { direction: 'a-to-b' });
      const put = callsOf(cluster, leader).raw(
        'KV/Put',
        encodePutRequest(createPutRequest({ key: bytes('a'), value: bytes('new') })),
      );
      cluster.settle(put, 100);
      const read = callsOf(cluster, follower).raw('KV/Range', RANGE);
      cluster.run(50);
      expect(read.settled).toBe(false);
      const { header, kvs } = decodeRangeResponse(cluster.settle(read, 1000).response!);
      expect(kvs.map(({ value }) => value)).toEqual([bytes('new')]);
      expect(header!.memberId).toBe(follower.member.self.id);
    }
  });

  it('a follower’s read writes nothing into the log', () => {
    const cluster = new TestCluster(3).started();
    cluster.run(1000);
    const last = (): readonly number[] => cluster.members.map(({ member }) => member.group('default')!.status.last);
    const before = last();
    for (let read = 0; read < 20; read++)
      expect(callsOf(cluster, cluster.follower()).range({ key: bytes('a') }).failure).toBeUndefined();
    expect(last()).toEqual(before);
  });

  it('a member that reaches no leader refuses a linearizable read in the end, and answers a serializable one at once', () => {
    const cluster = new TestCluster(3).started();
    const lonely = cluster.follower();
    cluster.world.partition([[lonely.name], cluster.members.filter((each) => each !== lonely).map(({ name }) => name)]);
    const calls = callsOf(cluster, lonely);
    expect(calls.range({ key: bytes('a'), serializable: true }).failure).toBeUndefined();
    expect(calls.range({ key: bytes('a') }).failure).toEqual({ code: 14, message: 'etcdserver: request timed out' });
  });
});
