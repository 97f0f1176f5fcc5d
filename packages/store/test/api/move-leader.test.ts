import {
  createMoveLeaderRequest,
  createPutRequest,
  decodeMoveLeaderResponse,
  encodeMoveLeaderRequest,
  encodePutRequest,
} from '@reknit/etcd-api';
import { expect, it } from 'vitest';
import { bytes, callsOf } from '../support/etcd-calls.js';
import { describeOverProtocols } from '../support/over-protocols.js';
import { type Answer, TestCluster, type TestMember } from '../support/test-cluster.js';

function move(cluster: TestCluster, at: TestMember, targetID: bigint): Answer {
  return cluster.settle(
    callsOf(cluster, at).raw('Maintenance/MoveLeader', encodeMoveLeaderRequest(createMoveLeaderRequest({ targetID }))),
  );
}

describeOverProtocols('MoveLeader', () => {
  it('moves the leadership to the named member, and answers without a header once that one leads', () => {
    const cluster = new TestCluster(3).started();
    const old = cluster.leader();
    const heir = cluster.follower();
    const answer = move(cluster, old, heir.member.self.id);
    expect(decodeMoveLeaderResponse(answer.response!)).toEqual({ header: undefined });
    expect(cluster.leads(heir.name, 'default')).toBe(true);
    expect(old.member.group('default')!.status.role).toBe('follower');
  });

  it('loses no write that came during the move', () => {
    const cluster = new TestCluster(3).started();
    const old = cluster.leader();
    const calls = callsOf(cluster, old);
    const request = encodeMoveLeaderRequest(createMoveLeaderRequest({ targetID: cluster.follower().member.self.id }));
    const put = (key: string): Answer => calls.raw('KV/Put', encodePutRequest(createPutRequest({ key: bytes(key) })));
    const before = put('before');
    const moved = calls.raw('Maintenance/MoveLeader', request);
    const during = put('during');
    for (const answer of [before, moved, during]) cluster.settle(answer);
    expect([before, moved, during].map(({ failure }) => failure)).toEqual([undefined, undefined, undefined]);
    expect(calls.range({ key: bytes('during') }).value!.count).toBe(1);
  });

  it('refuses as etcd does: who does not lead, and who is no member', () => {
    const cluster = new TestCluster(3).started();
    const follower = cluster.follower();
    expect(move(cluster, follower, follower.member.self.id).failure).toEqual({ code: 9, message: 'etcdserver: not leader' });
    expect(move(cluster, cluster.leader(), 4711n).failure).toEqual({ code: 9, message: 'etcdserver: bad leader transferee' });
  });

  it('to the leader itself is done already', () => {
    const cluster = new TestCluster(3).started();
    const leader = cluster.leader();
    expect(move(cluster, leader, leader.member.self.id).failure).toBeUndefined();
    expect(cluster.leader()).toBe(leader);
  });

  it('to a member that cannot take over keeps the old leader, which says so in time and takes writes again', () => {
    const cluster = new TestCluster(3).started();
    const leader = cluster.leader();
    const heir = cluster.follower();
    const { id } = heir.member.self;
    heir.machine.kill();
    expect(move(cluster, leader, id).failure).toEqual({
      code: 2,
      message: 'etcdserver: request timed out, leader transfer took too long',
    });
    expect(callsOf(cluster, leader).put({ key: bytes('a') }).failure).toBeUndefined();
  });
});
