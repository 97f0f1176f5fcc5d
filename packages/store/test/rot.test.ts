import { describe, expect, it } from 'vitest';
import { bytes, callsOf } from './support/etcd-calls.js';
import { TestCluster, type TestMember } from './support/test-cluster.js';

const VALUE = 'the value that the disk will change';

/** Changes a byte of this text wherever it stands in the member's log. */
function rot({ machine: { disk } }: TestMember, text: string): void {
  const wanted = bytes(text);
  for (const [path, inode] of disk.tree.files('entries')) {
    if (!path.includes('/wal/')) continue;
    const content = Buffer.from(inode.read(0, inode.size));
    for (let at = content.indexOf(wanted); at !== -1; at = content.indexOf(wanted, at + 1)) disk.corrupt(path, at);
  }
}

const signals = (member: TestMember): unknown => JSON.parse(String(member.get('/reknit/vitals').response?.body)).store;

const valueAt = (cluster: TestCluster, member: TestMember): string | undefined => {
  const [found] = callsOf(cluster, member).range({ key: bytes('k'), serializable: true }).value?.kvs ?? [];
  return found === undefined ? undefined : new TextDecoder().decode(found.value);
};

describe.each(['raft', 'paxos', 'zab'] as const)('a disk that rots under %s', (protocol) => {
  /** n3 has stored the write, was not told that it is decided, and is up again, alone. */
  function storedNotApplied(): { cluster: TestCluster; behind: TestMember; others: readonly TestMember[] } {
    const cluster = new TestCluster(3, { protocol, snapshotCount: 40, catchupEntries: 5 }).started();
    const behind = cluster.follower();
    const others = cluster.members.filter((each) => each !== behind);
    callsOf(cluster, cluster.leader()).put({ key: bytes('k'), value: bytes(VALUE) });
    behind.machine.kill();
    for (const other of others) cluster.world.cut(behind.name, other.name);
    behind.start();
    cluster.run(5);
    return { cluster, behind, others };
  }

  it('costs no member: what was decided and cannot be read is had from another, and nothing is left out', () => {
    const { cluster, behind } = storedNotApplied();
    expect(valueAt(cluster, behind)).toBeUndefined();
    rot(behind, VALUE);
    cluster.world.heal();
    cluster.until(() => valueAt(cluster, behind) === VALUE, 'it has the value');
    expect(behind.failures).toEqual([]);
    expect(signals(behind)).toMatchObject([
      { alarm: 'rot', detail: expect.stringContaining('1 entries of the log of keyspace default') },
    ]);
    expect(behind.lines.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('asking the other members'),
        expect.stringContaining('was had from another'),
      ]),
    );
  });

  it('is passed by a snapshot where the others’ logs begin later', () => {
    const { cluster, behind, others } = storedNotApplied();
    rot(behind, VALUE);
    const leader = others.find((each) => each.member.group('default')?.status.role === 'leader')!;
    const client = callsOf(cluster, leader);
    for (let at = 0; at < 200; at++) expect(client.put({ key: bytes('other') }).failure).toBeUndefined();
    cluster.until(() => others.every(({ member }) => member.group('default')!.log.base.index > 100), 'their logs are shortened');
    cluster.world.heal();
    cluster.until(() => valueAt(cluster, behind) === VALUE, 'it has the value');
  });
});

it('a log that rots between its opening and the start of a group is refused as at the opening', () => {
  const cluster = new TestCluster(1).started();
  const [member] = cluster.members as [TestMember];
  callsOf(cluster, member).put({ key: bytes('k'), value: bytes(VALUE) });
  member.machine.kill();
  member.start();
  rot(member, VALUE);
  cluster.until(() => member.failures.length > 0, 'it refuses');
  expect(member.failures.join()).toMatch(
    /the log of keyspace default in \/data\/wal is damaged: entry \d+ .* cannot be read; restore/,
  );
});
