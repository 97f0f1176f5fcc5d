// Rot is looked for before somebody needs what it took: in the log it heals, in the state it is reported, never read, and leads nothing.
import { expect, it } from 'vitest';
import { bytes, callsOf } from './support/etcd-calls.js';
import { describeOverProtocols } from './support/over-protocols.js';
import { TestCluster, type TestMember } from './support/test-cluster.js';

const VALUE = 'the value that the disk will change';
const OFTEN = { scrubEvery: 1000 };

/** Changes this text wherever it stands in the member's log. */
function rotLog({ machine: { disk } }: TestMember): void {
  for (const [path, inode] of disk.tree.files('entries')) {
    if (!path.includes('/wal/')) continue;
    const content = Buffer.from(inode.read(0, inode.size));
    for (let at = content.indexOf(VALUE); at !== -1; at = content.indexOf(VALUE, at + 1)) disk.corrupt(path, at);
  }
}

const signalsOf = (member: TestMember): readonly { readonly alarm: string; readonly detail: string }[] =>
  JSON.parse(String(member.get('/reknit/vitals').response!.body)).store;

describeOverProtocols('a scrubber', () => {
  it('finds what rotted in the log, and the log goes on without it, the state having it', () => {
    const cluster = new TestCluster(3, OFTEN).started();
    callsOf(cluster, cluster.leader()).put({ key: bytes('k'), value: bytes(VALUE) });
    cluster.run(200);
    const victim = cluster.follower();
    // What a start has read is in no cache: only the disk has it.
    victim.machine.kill();
    victim.start();
    cluster.until(() => victim.ready, 'it is back');
    rotLog(victim);
    cluster.until(() => signalsOf(victim).some(({ alarm }) => alarm === 'rot'), 'it is found', 4000);
    cluster.until(() => victim.member.group('default')!.log.damaged.length === 0, 'the log has left it behind');
    expect(signalsOf(victim).map(({ alarm }) => alarm)).toContain('rot');
    cluster.run(31_000);
    expect(signalsOf(victim)).toEqual([]);
    victim.machine.kill();
    victim.start();
    cluster.until(() => victim.ready, 'it starts again');
    expect(callsOf(cluster, victim).range({ key: bytes('k') }).value!.kvs[0]!.value).toEqual(bytes(VALUE));
    expect(victim.failures).toEqual([]);
  });
});

it('Rot in the state is found, reported and never returned, and its member leads nothing', () => {
  const cluster = new TestCluster(3, OFTEN).started();
  callsOf(cluster, cluster.leader()).put({ key: bytes('k'), value: bytes(VALUE) });
  const victim = cluster.leader();
  cluster.until(
    () => victim.member.group('default')!.space.flushed.index === victim.member.group('default')!.space.applied.index,
    'it is flushed',
  );
  victim.changeStored('default', VALUE);
  cluster.until(() => signalsOf(victim).some(({ alarm }) => alarm === 'rot'), 'it is found');
  expect(signalsOf(victim)[0]!.detail).toMatch(/^keyspace default: .*wrong checksum/);
  cluster.until(
    () => cluster.members.some(({ name }) => name !== victim.name && cluster.leads(name, 'default')),
    'another leads',
  );
  expect(callsOf(cluster, victim).range({ key: bytes('k') }).failure?.message).toMatch(/copy of the data is damaged/);
  expect(callsOf(cluster, cluster.leader()).range({ key: bytes('k') }).value!.kvs[0]!.value).toEqual(bytes(VALUE));
});

it('A healthy store is read again and again, and nothing is found', () => {
  const cluster = new TestCluster(3, OFTEN).started();
  for (let at = 0; at < 300; at++)
    callsOf(cluster, cluster.leader()).put({ key: bytes(`k${at}`), value: bytes('x'.repeat(at * 7)) });
  const [member] = cluster.members as [TestMember];
  const before = member.member.scrubber.rounds;
  cluster.until(() => member.member.scrubber.rounds > before + 2, 'it was read twice more');
  for (const each of cluster.members) expect(signalsOf(each)).toEqual([]);
});
