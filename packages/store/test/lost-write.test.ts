// A member whose disk took back what it had acknowledged is found out by its leader, counts no more and ends; its data stay, and a new
// directory takes its place.
import { expect, it } from 'vitest';
import { LEVEL, levelOf } from '../src/cluster/level.js';
import { change } from './support/changes.js';
import { bytes, callsOf } from './support/etcd-calls.js';
import { describeOverProtocols } from './support/over-protocols.js';
import { TestCluster, type TestMember } from './support/test-cluster.js';

const SECTOR_BYTES = 512;

/** The end of its log was never written, though the disk had said so; nothing that is left tells of it. */
function loseTail({ machine }: TestMember, sectors: number): void {
  const logs = [...machine.disk.durableFiles()].filter(([path]) => path.endsWith('.log')).sort();
  const [path, content] = logs.findLast(([, file]) => file.subarray(SECTOR_BYTES).some((byte) => byte !== 0))!;
  const end = Math.floor(content.findLastIndex((byte) => byte !== 0) / SECTOR_BYTES);
  for (let sector = end; sector > end - sectors; sector--) machine.disk.eraseSector(path, sector * SECTOR_BYTES);
}

/** All are up, know positions, and hold the same ten writes. */
function running(): TestCluster {
  const cluster = new TestCluster(3).started();
  cluster.until(() => cluster.members.every(({ member }) => levelOf(member.reconfiguration.applied) === LEVEL), 'the level');
  for (let at = 0; at < 10; at++) callsOf(cluster, cluster.leader()).put({ key: bytes(`k${at}`) });
  cluster.run(300);
  return cluster;
}

const signalsOf = (member: TestMember): unknown => JSON.parse(String(member.get('/reknit/vitals').response!.body)).store;

describeOverProtocols('a member whose disk lost acknowledged writes', () => {
  it('is found out by its leader, counts no more, and does not start again; one in a new directory takes its place', () => {
    const cluster = running();
    const victim = cluster.follower();
    const { nodeId } = victim.member.self;
    victim.machine.kill();
    loseTail(victim, 12);
    victim.start();
    cluster.until(() => victim.failures.length > 0, 'it is told', 3000);
    expect(victim.failures.join()).toMatch(
      /lost writes that this member had acknowledged \(it acknowledged entry \d+ of keyspace/,
    );
    expect(signalsOf(cluster.leader())).toMatchObject([{ alarm: 'lost-write', member: victim.name }]);
    expect(victim.up).toBe(false);
    victim.start();
    expect(victim.up).toBe(false);
    expect(victim.failures.at(-1)).toMatch(/replace this member/);

    const calls = callsOf(cluster, cluster.leader());
    expect(calls.put({ key: bytes('without it') }).failure).toBeUndefined();
    const newcomer = cluster.newcomer('n4');
    const peerUrls = ['http://n4:2380'];
    const id = '00000000000000aa' as typeof nodeId;
    newcomer.start();
    expect(change(cluster, cluster.leader(), { kind: 'replace', member: nodeId, id, peerUrls })).toMatchObject({ version: 2 });
    cluster.until(() => newcomer.ready && !newcomer.member.isLearner, 'the new one votes');
    expect(callsOf(cluster, newcomer).range({ key: bytes('k9') }).value!.count).toBe(1);
    expect(signalsOf(cluster.leader())).toEqual([]);
  });

  it('is nobody who was only away, was killed at any moment, or has yet to catch up', () => {
    const cluster = running();
    for (let round = 0; round < 12; round++) {
      const victim = round % 3 === 0 ? cluster.leader() : cluster.follower();
      const calls = callsOf(cluster, cluster.leader());
      for (let at = 0; at < 5; at++) calls.put({ key: bytes(`r${round}-${at}`) });
      if (round % 2 === 0) victim.machine.kill();
      else victim.machine.crash();
      cluster.run(round * 40);
      victim.start();
      cluster.until(() => victim.ready && cluster.members.some(({ name }) => cluster.leads(name, 'default')), 'it is back');
    }
    cluster.run(1000);
    for (const member of cluster.members) {
      expect(member.failures).toEqual([]);
      expect(signalsOf(member)).toEqual([]);
    }
  });
});
