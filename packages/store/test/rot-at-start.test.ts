// A log that rotted while its member was down does not keep it from starting: what an entry was is known, what it held is had from
// the others; where there are no others, it is refused.
import { expect, it } from 'vitest';
import { bytes, callsOf } from './support/etcd-calls.js';
import { describeOverProtocols } from './support/over-protocols.js';
import { TestCluster, type TestMember } from './support/test-cluster.js';

const VALUE = 'the value that the disk will change';
const SECTOR_BYTES = 512;

/** Changes this text wherever it stands in the member's log; the end of the log is as it was. */
function rot({ machine: { disk } }: TestMember): void {
  const wanted = bytes(VALUE);
  for (const [path, inode] of disk.tree.files('entries')) {
    if (!path.includes('/wal/')) continue;
    const content = Buffer.from(inode.read(0, inode.size));
    for (let at = content.indexOf(wanted); at !== -1; at = content.indexOf(wanted, at + SECTOR_BYTES)) disk.corrupt(path, at);
  }
}

const valueAt = (cluster: TestCluster, member: TestMember): string | undefined => {
  const [found] = callsOf(cluster, member).range({ key: bytes('k'), serializable: true }).value?.kvs ?? [];
  return found === undefined ? undefined : new TextDecoder().decode(found.value);
};

/** The write is everywhere, and others after it; nothing of it is flushed. */
function written(size: number): TestCluster {
  const cluster = new TestCluster(size).started();
  callsOf(cluster, cluster.leader()).put({ key: bytes('k'), value: bytes(VALUE) });
  for (let at = 0; at < 5; at++)
    callsOf(cluster, cluster.leader()).put({ key: bytes(`later${at}`), value: bytes('x'.repeat(600)) });
  cluster.run(100);
  return cluster;
}

describeOverProtocols('a log that rotted while its member was down', () => {
  it('does not keep it from starting: it has from others what it cannot read', () => {
    const cluster = written(3);
    const victim = cluster.follower();
    victim.machine.kill();
    rot(victim);
    victim.start();
    cluster.until(() => victim.ready && valueAt(cluster, victim) === VALUE, 'it holds the value');
    expect(victim.failures).toEqual([]);
    expect(victim.lines.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('the disk has changed a part of the log'),
    );
    const { store } = JSON.parse(String(victim.get('/reknit/vitals').response!.body));
    expect(JSON.stringify(store)).toMatch(/"rot","detail":"\d+ bytes at \d+ of wal-\w+\.log were acknowledged and are damaged/);
    victim.machine.kill();
    victim.start();
    cluster.until(() => victim.ready, 'it starts once more');
  });

  it('keeps nobody waiting when all start at once, whoever of them leads first', () => {
    const cluster = written(3);
    const victim = cluster.leader();
    for (const { machine } of cluster.members) machine.kill();
    rot(victim);
    for (const member of cluster.members) member.start();
    cluster.until(() => cluster.members.every((each) => each.ready && valueAt(cluster, each) === VALUE), 'all hold the value');
    expect(callsOf(cluster, victim).put({ key: bytes('new') }).failure).toBeUndefined();
    for (const { failures } of cluster.members) expect(failures).toEqual([]);
  });
});

it('A log that rotted is refused where nobody else could have what it lost', () => {
  const cluster = written(1);
  const [member] = cluster.members as [TestMember];
  member.machine.kill();
  rot(member);
  member.start();
  cluster.until(() => member.failures.length > 0, 'it is refused');
  expect(member.failures.join()).toMatch(/the log of keyspace default in \/data\/wal is damaged/);
});
