import { describe, expect, it } from 'vitest';
import { nodeIdOf } from '../../src/cluster/identity.js';
import { change, settled } from '../support/changes.js';
import { bytes, callsOf } from '../support/etcd-calls.js';
import { TestCluster, type TestMember } from '../support/test-cluster.js';

const url = (name: string): string => `http://${name}:2380`;

function filled(cluster: TestCluster, count = 20): void {
  const client = callsOf(cluster, cluster.leader());
  for (let at = 0; at < count; at++) expect(client.put({ key: bytes(`k${at}`), value: bytes('v') }).failure).toBeUndefined();
}

const countAt = (cluster: TestCluster, member: TestMember): number | undefined =>
  callsOf(cluster, member).range({ key: bytes('k'), rangeEnd: bytes('l'), serializable: true }).value?.count;

const voters = (member: TestMember, keyspace: '_system' | 'default' = 'default'): readonly string[] =>
  member.member.group(keyspace)!.stage.voters;

function tombstone({ machine: { disk } }: TestMember): unknown {
  const inode = disk.tree.file('/data/removed.json');
  return JSON.parse(new TextDecoder().decode(inode.read(0, inode.size)));
}

const idOf = (member: TestMember): bigint => member.member.self.id;

describe('a new member', () => {
  it('added as a learner receives everything, serves what etcd’s learners serve, and votes once it is promoted', () => {
    const cluster = new TestCluster(3).started();
    filled(cluster);
    const client = callsOf(cluster, cluster.follower());
    const added = client.memberAdd([url('n4')], true);
    expect(added.value?.member).toMatchObject({ name: '', peerURLs: [url('n4')], isLearner: true });
    const n4 = cluster.newcomer('n4').start();
    cluster.until(() => n4.ready, 'the learner is ready');
    cluster.until(() => countAt(cluster, n4) === 20, 'the learner has everything');
    const own = callsOf(cluster, n4);
    expect(own.status().value?.isLearner).toBe(true);
    expect(own.range({ key: bytes('k1') }).failure?.message).toBe('etcdserver: rpc not supported for learner');
    expect(own.put({ key: bytes('k1') }).failure?.message).toBe('etcdserver: rpc not supported for learner');
    expect(own.memberList(false).failure?.message).toBe('etcdserver: rpc not supported for learner');
    expect(voters(n4)).not.toContain(nodeIdOf(idOf(n4)));
    cluster.run(500);
    expect(client.memberPromote(idOf(n4)).value?.members.map(({ isLearner }) => isLearner)).toEqual([false, false, false, false]);
    cluster.until(() => voters(n4).includes(nodeIdOf(idOf(n4))) && voters(n4, '_system').length === 4, 'it votes everywhere');
    cluster.until(() => !n4.member.isLearner, 'it knows');
    expect(own.put({ key: bytes('k1') }).failure).toBeUndefined();
  });

  it('added as a voter is in no quorum until it is up: two of three still decide (stop-signs, rule 14)', () => {
    const cluster = new TestCluster(3).started();
    const added = callsOf(cluster, cluster.leader()).memberAdd([url('n4')]);
    expect(added.value?.member).toMatchObject({ isLearner: false });
    cluster.run(2000);
    const down = cluster.follower();
    down.machine.kill();
    expect(callsOf(cluster, cluster.leader()).put({ key: bytes('k') }).failure).toBeUndefined();
    down.start();
    const n4 = cluster.newcomer('n4').start();
    cluster.until(() => n4.ready && voters(n4).length === 4 && voters(n4, '_system').length === 4, 'it votes');
    settled(cluster);
    expect(cluster.members.flatMap(({ failures }) => failures)).toEqual([]);
  });

  it('that nobody announced is not let in', () => {
    const cluster = new TestCluster(3).started();
    const n4 = cluster.newcomer('n4').start();
    cluster.until(() => n4.failures.length > 0, 'it is refused');
    expect(n4.failures.join()).toMatch(/no member with the peer URLs http:\/\/n4:2380 was added/);
  });

  it('with an emptied directory is another replica: it never speaks for the one that was met (identity, rule 1)', () => {
    const cluster = new TestCluster(3).started();
    callsOf(cluster, cluster.leader()).memberAdd([url('n4')], true);
    const n4 = cluster.newcomer('n4').start();
    cluster.until(() => n4.ready, 'the learner is ready');
    n4.machine.kill();
    n4.wipe();
    n4.start();
    cluster.until(() => n4.failures.length > 0, 'it is refused');
    expect(n4.failures.join()).toMatch(/began with data directory/);
  });

  it.each(['announced', 'let in'])(
    'that was %s while another was away is heard by that one: the two can be all that is left',
    (missed) => {
      const cluster = new TestCluster(3, { protocol: 'zab' }).started();
      filled(cluster, 5);
      const [first, second, away] = cluster.members as [TestMember, TestMember, TestMember];
      const leave = (): void => cluster.world.partition([[away.name], [first.name, second.name, 'n4']]);
      if (missed === 'announced') leave();
      cluster.run(5000);
      callsOf(cluster, first).memberAdd([url('n4')]);
      cluster.run(500);
      leave();
      const n4 = cluster.newcomer('n4').start();
      cluster.until(() => n4.ready && voters(n4).length === 4 && voters(n4, '_system').length === 4, 'it votes');
      const remove = (): boolean => callsOf(cluster, first).memberRemove(idOf(second)).failure === undefined;
      cluster.until(() => !second.up || remove(), 'another is removed');
      cluster.until(() => !second.up && voters(n4, '_system').length === 3 && voters(n4).length === 3, 'it has ended');
      first.machine.kill();
      cluster.world.heal();
      cluster.until(() => away.up && voters(away).includes(nodeIdOf(idOf(n4))), 'who was away is in the same stage');
      cluster.until(() => callsOf(cluster, n4).put({ key: bytes('k') }).failure === undefined, 'they decide');
    },
  );

  it('goes on after a crash at any time of its joining', () => {
    for (const after of [1, 3, 5, 8, 12, 20, 50, 300]) {
      const cluster = new TestCluster(3, {}, { seed: after }).started();
      filled(cluster, 5);
      callsOf(cluster, cluster.leader()).memberAdd([url('n4')]);
      const n4 = cluster.newcomer('n4').start();
      cluster.run(after);
      n4.machine.crash();
      n4.start();
      cluster.until(() => n4.ready && voters(n4).length === 4, `it votes, crashed after ${after} ms`);
      expect(n4.failures).toEqual([]);
    }
  });

  it('comes into a cluster that has changed its protocol and shortened its logs before', () => {
    const cluster = new TestCluster(3, { snapshotCount: 10, catchupEntries: 5 }).started();
    filled(cluster);
    change(cluster, cluster.leader(), { kind: 'switch', protocol: 'paxos' });
    filled(cluster, 40);
    cluster.run(12_000);
    change(cluster, cluster.leader(), { kind: 'switch', protocol: 'zab' });
    filled(cluster, 40);
    callsOf(cluster, cluster.leader()).memberAdd([url('n4')]);
    const n4 = cluster.newcomer('n4').start();
    cluster.until(() => n4.ready && voters(n4).length === 4, 'it votes', 40_000);
    cluster.until(() => countAt(cluster, n4) === 40, 'it has everything');
    expect(n4.member.group('default')!.status.protocol).toBe('zab');
  });
});

describe('a member that is removed', () => {
  it('ends, and its directory is refused for ever; the others go on (stop-signs, rule 11)', () => {
    const cluster = new TestCluster(3).started();
    filled(cluster);
    const gone = cluster.follower();
    const id = idOf(gone);
    const leader = cluster.leader();
    expect(callsOf(cluster, leader).memberRemove(id).value?.members).toHaveLength(2);
    cluster.until(() => gone.failures.length > 0, 'it ends');
    expect(gone.failures.join()).toMatch(/was removed from its cluster/);
    expect(callsOf(cluster, leader).put({ key: bytes('k') }).failure).toBeUndefined();
    const { epoch, start: index } = leader.member.group('_system')!.status;
    expect(index).toBeGreaterThan(0);
    expect(tombstone(gone)).toEqual({ reason: 'it was removed', epoch, index });
    gone.start();
    expect(gone.failures).toHaveLength(2);
    expect(gone.up).toBe(false);
    expect(callsOf(cluster, leader).memberRemove(id).failure?.message).toBe('etcdserver: member not found');
  });

  it('while it leads hands over to one that stays', () => {
    const cluster = new TestCluster(3).started();
    filled(cluster);
    const gone = cluster.leader();
    const id = idOf(gone);
    const other = cluster.follower();
    expect(callsOf(cluster, other).memberRemove(id).failure).toBeUndefined();
    cluster.until(() => gone.failures.length > 0, 'it ends');
    expect(callsOf(cluster, other).put({ key: bytes('k') }).failure).toBeUndefined();
  });

  it('by its own hand answers before it ends', () => {
    for (const role of ['leader', 'follower'] as const) {
      const cluster = new TestCluster(3).started();
      const gone = cluster[role]();
      const removed = callsOf(cluster, gone).memberRemove(idOf(gone));
      expect(removed.failure).toBeUndefined();
      expect(removed.value?.members).toHaveLength(2);
      cluster.until(() => gone.failures.length > 0, 'it ends');
    }
  });

  it('while it is down learns of it when it comes back', () => {
    const cluster = new TestCluster(3).started();
    const gone = cluster.follower();
    const id = idOf(gone);
    gone.machine.kill();
    cluster.run(3000);
    expect(callsOf(cluster, cluster.leader()).memberRemove(id).failure).toBeUndefined();
    gone.start();
    cluster.until(() => gone.failures.length > 0, 'it ends');
    expect(gone.failures.join()).toMatch(/was removed/);
  });

  it('is not, when that would lose the quorum', () => {
    const cluster = new TestCluster(3).started();
    const [first, second, third] = cluster.members;
    third!.machine.kill();
    cluster.run(3000);
    const refusal = callsOf(cluster, first!).memberRemove(idOf(second!)).failure;
    expect(refusal?.message).toBe('etcdserver: unhealthy cluster');
    const alone = new TestCluster(1).started();
    expect(callsOf(alone, alone.leader()).memberRemove(idOf(alone.leader())).failure?.message).toBe(
      'etcdserver: re-configuration failed due to not enough started members',
    );
  });
});

describe('a member', () => {
  it('is replaced in one step: never two of a quorum of four', () => {
    const cluster = new TestCluster(3).started();
    filled(cluster);
    const old = cluster.follower();
    const id = nodeIdOf(idOf(old));
    old.machine.kill();
    cluster.run(2000);
    const next = nodeIdOf(0xabcn);
    change(cluster, cluster.leader(), { kind: 'replace', member: id, id: next, peerUrls: [url('n4')] });
    const n4 = cluster.newcomer('n4').start();
    cluster.until(() => n4.ready && voters(n4).includes(next) && !voters(n4).includes(id), 'it stands in its place');
    settled(cluster);
    expect(voters(n4)).toHaveLength(3);
    old.start();
    cluster.until(() => old.failures.length > 0, 'the old one learns of it');
    expect(countAt(cluster, n4)).toBe(20);
  });

  it('is found at its new peer URLs', () => {
    const cluster = new TestCluster(3).started();
    const moved = cluster.follower();
    const id = idOf(moved);
    expect(callsOf(cluster, cluster.leader()).memberUpdate(id, ['http://n9:2380']).failure).toBeUndefined();
    cluster.run(100);
    const list = callsOf(cluster, cluster.leader()).memberList(true).value?.members;
    expect(list?.find(({ ID }) => ID === id)?.peerURLs).toEqual(['http://n9:2380']);
  });

  it('with invalid or taken URLs is refused with etcd’s texts', () => {
    const cluster = new TestCluster(3).started();
    const client = callsOf(cluster, cluster.follower());
    expect(client.memberAdd(['n4:2380']).failure?.message).toBe('etcdserver: given member URLs are invalid');
    expect(client.memberAdd([]).failure?.message).toBe('etcdserver: given member URLs are invalid');
    expect(client.memberAdd([url('n1')]).failure?.message).toBe('etcdserver: Peer URLs already exists');
    expect(client.memberPromote(idOf(cluster.leader())).failure?.message).toBe('etcdserver: can only promote a learner member');
    client.memberAdd([url('n4')], true);
    expect(client.memberAdd([url('n5')], true).failure?.message).toBe('etcdserver: too many learner members in cluster');
    const learner = client.memberList(true).value!.members.find(({ isLearner }) => isLearner)!;
    expect(client.memberPromote(learner.ID).failure?.message).toBe(
      'etcdserver: can only promote a learner member which is in sync with leader',
    );
  });
});
