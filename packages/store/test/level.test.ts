// A rolling upgrade: what came with a newer version is used once all members speak it, and never taken back.
import { AlarmAction, AlarmType } from '@reknit/etcd-api';
import { expect, it } from 'vitest';
import { LEVEL, levelOf } from '../src/cluster/level.js';
import { change } from './support/changes.js';
import { callsOf } from './support/etcd-calls.js';
import { TestCluster, type TestMember } from './support/test-cluster.js';

const OLD = { level: LEVEL - 1 };

const levelAt = ({ member }: TestMember): number => levelOf(member.reconfiguration.applied);

const versionAt = (member: TestMember): unknown => JSON.parse(String(member.get('/version').response!.body));

const everywhere = (cluster: TestCluster): boolean => cluster.members.every((each) => each.up && levelAt(each) === LEVEL);

it('A new cluster of one version uses all that it has at once, and says its version then, as etcd does', () => {
  const cluster = new TestCluster(3);
  for (const member of cluster.members) member.start();
  expect(versionAt(cluster.members[0]!)).toMatchObject({ etcdcluster: 'not_decided' });
  cluster.until(() => cluster.members.every(({ ready }) => ready) && everywhere(cluster), 'the level is in use');
  expect(versionAt(cluster.leader())).toMatchObject({ etcdcluster: '3.6.0', reknit: { level: LEVEL, knows: LEVEL } });
});

it('A rolling upgrade ends before anything new is used, and may be taken back until then', () => {
  const cluster = new TestCluster(3, OLD).started();
  const [first, second, last] = cluster.members as [TestMember, TestMember, TestMember];
  const upgrade = (member: TestMember, options: { readonly level?: number }): void => {
    member.machine.kill();
    member.start(options);
    cluster.until(() => member.ready, 'it is back');
  };
  for (const member of [first, second]) upgrade(member, { level: LEVEL });
  cluster.run(2000);
  expect(cluster.members.map(levelAt)).toEqual([1, 1, 1]);
  const alarm = { action: AlarmAction.ACTIVATE, memberID: 1n, alarm: AlarmType.NOSPACE };
  expect(callsOf(cluster, first).alarm(alarm).failure?.message).toMatch(/upgrade them first/);
  upgrade(second, OLD);
  upgrade(last, { level: LEVEL });
  cluster.run(2000);
  expect(cluster.members.map(levelAt)).toEqual([1, 1, 1]);
  upgrade(second, { level: LEVEL });
  cluster.until(() => everywhere(cluster), 'the level is raised');
  expect(callsOf(cluster, first).alarm(alarm).failure).toBeUndefined();
});

it('A version that does not know what a cluster uses is refused, whether it was a member before or joins', () => {
  const cluster = new TestCluster(3).started();
  cluster.until(() => everywhere(cluster), 'the level is in use');
  const back = cluster.follower();
  back.machine.kill();
  back.start(OLD);
  expect(back.failures.join()).toMatch(/uses level 2 of Reknit's formats, this version knows up to 1; use the Reknit version/);
  const newcomer = cluster.newcomer('n4', OLD);
  expect(callsOf(cluster, cluster.leader()).memberAdd(['http://n4:2380'], true).failure).toBeUndefined();
  newcomer.start();
  cluster.until(() => newcomer.failures.length > 0, 'it is refused');
  expect(newcomer.failures.join()).toMatch(/uses level 2/);
});

it('The level outlives other changes of the configuration, and a restart of all', () => {
  const cluster = new TestCluster(3).started();
  cluster.until(() => everywhere(cluster), 'the level is in use');
  const protocol = cluster.leader().member.group('default')!.protocol.name === 'zab' ? 'raft' : 'zab';
  change(cluster, cluster.leader(), { kind: 'switch', protocol });
  for (const { machine } of cluster.members) machine.kill();
  for (const member of cluster.members) member.start();
  expect(cluster.members.map(levelAt)).toEqual([LEVEL, LEVEL, LEVEL]);
});

it('A raised level is no change of members: a directory of another cluster is still refused by the flags', () => {
  const cluster = new TestCluster(1).started();
  const [member] = cluster.members as [TestMember];
  cluster.until(() => everywhere(cluster), 'the level is in use');
  member.machine.kill();
  member.start({ token: 'of another cluster' });
  expect(member.failures.join()).toMatch(/belongs to cluster \w+, not to \w+ that the flags describe/);
});
