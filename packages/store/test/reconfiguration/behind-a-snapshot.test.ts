// A member that is far behind while its stage ends or its own vote begins: what a snapshot hides from it, it may not judge.
import { createPutRequest, encodePutRequest } from '@reknit/etcd-api';
import { expect, it } from 'vitest';
import { PartKind } from '../../src/peers/frames.js';
import { change, settled } from '../support/changes.js';
import { ALL, bytes, callsOf } from '../support/etcd-calls.js';
import { TestCluster, type TestMember } from '../support/test-cluster.js';

const PUT = '/etcdserverpb.KV/Put';

function filled(cluster: TestCluster, count: number): void {
  const client = callsOf(cluster, cluster.leader());
  for (let at = 0; at < count; at++) expect(client.put({ key: bytes(`k${at}`), value: bytes('v') }).failure).toBeUndefined();
}

/** Nobody begins to send a state of the keyspace until the returned function is called. */
function holdSnapshots(cluster: TestCluster): () => void {
  const groups = cluster.members.flatMap((each) => (each.up ? [each.member.group('default')!] : []));
  for (const group of groups) {
    const onPart = group.onPart.bind(group);
    group.onPart = (from, kind, ...rest) => (kind === PartKind.snapshotRequest ? undefined : onPart(from, kind, ...rest));
  }
  return () => {
    for (const group of groups) Reflect.deleteProperty(group, 'onPart');
  };
}

it('a forwarded write that a snapshot brought back unseen is answered as unknown, not proposed again when its stage ends', () => {
  const cluster = new TestCluster(3, { snapshotCount: 5, catchupEntries: 2 }).started();
  const asleep = cluster.follower();
  asleep.machine.kill();
  filled(cluster, 40);
  cluster.run(15_000);
  filled(cluster, 40);
  cluster.run(15_000);
  const leader = cluster.leader();
  const release = holdSnapshots(cluster);
  asleep.start();
  cluster.until(() => asleep.member.group('default')?.hasLeader === true, 'it knows its leader');
  const answer = asleep.call(PUT, encodePutRequest(createPutRequest({ key: bytes('once'), value: bytes('v') })));
  cluster.until(() => callsOf(cluster, leader).range({ key: bytes('once') }).value!.count === 1, 'it is decided');
  cluster.run(100);
  leader.member.group('default')!.space.flush(() => undefined);
  cluster.run(100);
  release();
  cluster.until(() => asleep.lines.some(({ message }) => message === 'snapshot installed'), 'a snapshot contains it');
  expect(change(cluster, leader, { kind: 'switch', protocol: 'paxos' })).toMatchObject({ protocol: 'paxos' });
  cluster.settle(answer);
  const { kvs } = callsOf(cluster, leader).range({ key: bytes('once') }).value!;
  expect(Number(kvs[0]!.version)).toBe(1);
  expect(answer.failure).toMatchObject({ code: 14 });
});

it('a new member gets its vote only when it has caught up in every keyspace (stop-signs, rules 8 and 14)', () => {
  const cluster = new TestCluster(3, { snapshotCount: 5, catchupEntries: 2 }).started();
  filled(cluster, 40);
  cluster.run(15_000);
  filled(cluster, 40);
  const release = holdSnapshots(cluster);
  callsOf(cluster, cluster.leader()).memberAdd(['http://n4:2380']);
  const n4 = cluster.newcomer('n4').start();
  cluster.run(4000);
  expect(n4.member.group('_system')!.space.applied.index).toBeGreaterThan(0);
  expect(n4.member.group('default')!.space.applied.index).toBe(0);
  expect(cluster.leader('_system').member.reconfiguration.applied?.plan).toMatchObject({ phase: 'catching-up' });
  release();
  cluster.until(() => n4.ready && n4.member.group('default')!.stage.voters.length === 4, 'it votes', 30_000);
  settled(cluster);
});

it('a state that comes in whole never takes back what was fetched meanwhile from those who know that the stage has ended', () => {
  const cluster = new TestCluster(3, { snapshotCount: 5, catchupEntries: 2 }).started();
  const leader = cluster.leader();
  const [asleep, keeping] = cluster.members.filter((each) => each !== leader) as [TestMember, TestMember];
  keeping.machine.kill();
  keeping.start({ snapshotCount: 10_000 });
  cluster.until(() => keeping.ready, 'one keeps its whole log');
  asleep.machine.kill();
  filled(cluster, 40);
  cluster.run(15_000);
  filled(cluster, 40);
  cluster.run(15_000);
  asleep.start();
  cluster.until(() => asleep.member.group('default') !== undefined, 'it has begun');
  const { space } = asleep.member.group('default')!;
  const begin = space.beginInstall.bind(space);
  const loaded: (() => void)[] = [];
  space.beginInstall = (position) => {
    const sink = begin(position);
    const finish: typeof sink.finish = (done) => void loaded.push(() => sink.finish(done));
    return { add: (piece) => sink.add(piece), finish, abort: () => sink.abort() };
  };
  cluster.until(() => loaded.length > 0, 'a state is here and about to become current');
  leader.member.group('default')!.transfer(keeping.member.self.nodeId);
  cluster.until(() => keeping.member.group('default')!.status.role === 'leader', 'the other leads');
  expect(change(cluster, keeping, { kind: 'switch', protocol: 'paxos' })).toMatchObject({ protocol: 'paxos' });
  expect(callsOf(cluster, keeping).put({ key: bytes('later'), value: bytes('v') }).failure).toBeUndefined();
  cluster.run(500);
  loaded[0]!();
  cluster.run(2000);
  const keysAt = (member: TestMember): number | undefined =>
    callsOf(cluster, member).range({ key: ALL, rangeEnd: ALL, serializable: true }).value?.count;
  const appliedAt = ({ member }: TestMember): number => member.group('default')!.space.applied.index;
  expect([keysAt(asleep), appliedAt(asleep)]).toEqual([keysAt(keeping), appliedAt(keeping)]);
});
