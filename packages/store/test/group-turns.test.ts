import { createPutRequest, decodeStatusResponse, encodePutRequest } from '@reknit/etcd-api';
import { expect, it } from 'vitest';
import { ALL, bytes, callsOf } from './support/etcd-calls.js';
import { describeOverProtocols } from './support/over-protocols.js';
import { type Answer, TestCluster, type TestMember } from './support/test-cluster.js';

const PUT = '/etcdserverpb.KV/Put';
const put = (member: TestMember, key: string): Answer =>
  member.call(PUT, encodePutRequest(createPutRequest({ key: bytes(key), value: bytes('v') })));

describeOverProtocols('writes around a change of leader', () => {
  it('that a stopped member held go to the leader it finds, and none is failed for the one before', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const cluster = new TestCluster(5, {}, { seed }).started();
      const old = cluster.leader();
      const stopped = cluster.follower();
      stopped.machine.pause();
      old.machine.kill();
      cluster.run(4000);
      const answers = [put(stopped, 'held')];
      stopped.machine.resume();
      cluster.until(() => answers.every(({ settled }) => settled), 'all answered');
      expect(answers.flatMap(({ failure }) => failure?.message ?? [])).toEqual([]);
    }
  });

  it('that were forwarded when the link broke are answered as unknown, and are proposed at most once', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const proposed = new Map<string, number>();
      const observer = {
        started: () => undefined,
        leads: () => undefined,
        decided: () => undefined,
        stores: () => undefined,
        applied: (keyspace: string, { payload, index }: { payload: Uint8Array; index: number }) => {
          if (keyspace === 'default' && payload.length > 0) proposed.set(`${index}`, index);
        },
      };
      const cluster = new TestCluster(3, { observer }, { seed, network: { breakAfterMs: 300 } }).started();
      const leader = cluster.leader();
      const follower = cluster.follower();
      const before = callsOf(cluster, leader).range({ key: ALL, rangeEnd: ALL }).value!.header!.revision;
      const answer = put(follower, 'once');
      cluster.run(0.1);
      cluster.world.cut(leader.name, follower.name, { direction: seed % 2 === 0 ? 'both' : 'a-to-b' });
      if (seed > 5) follower.machine.pause(20);
      cluster.settle(answer);
      if (answer.failure !== undefined) expect(answer.failure).toMatchObject({ code: 14 });
      expect(answer.failure?.message ?? '').toMatch(/^$|leader changed|request timed out/);
      cluster.world.heal();
      cluster.run(5000);
      const after = callsOf(cluster, leader).range({ key: bytes('once') }).value!;
      expect(after.header!.revision - before).toBeLessThanOrEqual(1);
      expect(answer.count).toBe(1);
    }
  });
});

describeOverProtocols('clients that require a leader', () => {
  it('are not turned away while one is being replaced, but when there has been none for an election time-out', () => {
    const cluster = new TestCluster(3).started();
    const [old, follower] = [cluster.leader(), cluster.follower()];
    const group = follower.member.group('default')!;
    const calls = callsOf(cluster, follower, { hasleader: 'true' });
    old.machine.kill();
    cluster.until(() => !group.hasLeader, 'the leader is missed');
    expect(calls.range({ key: bytes('a') }).failure).toBeUndefined();
    for (const member of cluster.members) if (member !== follower && member !== old) member.machine.kill();
    cluster.until(() => group.lacksLeader, 'there is none');
    expect(calls.range({ key: bytes('a') }).failure?.message).toBe('etcdserver: no leader');
  });
});

describeOverProtocols('the term that clients see', () => {
  it('never falls, not even in the moment after a restart', () => {
    const cluster = new TestCluster(1).started();
    const member = cluster.members[0]!;
    const term = callsOf(cluster, member).status().value!.raftTerm;
    member.machine.kill();
    member.start();
    while (!member.member.started) cluster.world.step();
    const { response } = member.call('/etcdserverpb.Maintenance/Status', new Uint8Array(0));
    expect(decodeStatusResponse(response!).raftTerm).toBeGreaterThanOrEqual(term);
  });
});
