// A member that was away for longer than the log reaches back is given the state instead, and then the log again.
import { createPutRequest, encodePutRequest } from '@reknit/etcd-api';
import { expect, it } from 'vitest';
import { bytes, callsOf } from './support/etcd-calls.js';
import { describeOverProtocols } from './support/over-protocols.js';
import { TestCluster, type TestMember } from './support/test-cluster.js';

const SMALL_LOG = { snapshotCount: 20, catchupEntries: 5 };

const write = (member: TestMember, key: string, size = 100): void =>
  void member.call(
    '/etcdserverpb.KV/Put',
    encodePutRequest(createPutRequest({ key: bytes(key), value: new Uint8Array(size).fill(7) })),
  );

/** One member is down, and what it misses is gone from the logs of the others. */
function leftBehind(seed: number, keys = 100, size = 100): { cluster: TestCluster; laggard: TestMember } {
  const cluster = new TestCluster(3, SMALL_LOG, { seed }).started();
  const laggard = cluster.follower();
  const calls = callsOf(cluster, cluster.leader());
  for (let at = 0; at < 10; at++) calls.put({ key: bytes(`before${at}`) });
  cluster.run(6000);
  laggard.machine.kill();
  for (let at = 0; at < keys; at++) {
    write(cluster.leader(), `key${at}`, size);
    cluster.run(1);
  }
  cluster.run(6000);
  cluster.until(() => cluster.leader().member.group('default')!.log.base.index > 20, 'the log is shortened');
  return { cluster, laggard };
}

const caughtUp = (cluster: TestCluster): boolean => {
  const applied = cluster.members.map(({ up, member }) => (up ? member.group('default')?.space.applied.index : undefined));
  return applied[0] !== undefined && new Set(applied).size === 1;
};

const sameHash = (cluster: TestCluster): boolean =>
  new Set(cluster.members.map((member) => callsOf(cluster, member).hash(0).value!.hash)).size === 1;

const installed = ({ lines }: TestMember): number => lines.filter(({ message }) => message === 'snapshot installed').length;

describeOverProtocols('a member that was left behind', () => {
  it('catches up by a snapshot, and is a full member again', () => {
    const { cluster, laggard } = leftBehind(1);
    laggard.start();
    cluster.until(() => laggard.ready && caughtUp(cluster), 'caught up');
    expect(installed(laggard)).toBe(1);
    const old = cluster.leader();
    old.machine.kill();
    cluster.until(() => cluster.members.some((each) => each !== old && cluster.leads(each.name, 'default')), 'another leads');
    expect(callsOf(cluster, laggard).put({ key: bytes('after') }).failure).toBeUndefined();
    expect(callsOf(cluster, laggard).range({ key: bytes('key99') }).value!.count).toBe(1);
  });

  it('may crash or be killed at any moment of it', () => {
    for (let at = 0; at < 24; at++) {
      const { cluster, laggard } = leftBehind(at, 60);
      // So that the log's own writes are still under way when the state has jumped.
      laggard.machine.disk.slowFactor = at % 3 === 0 ? 100 : 1;
      laggard.start();
      cluster.until(() => laggard.lines.some(({ message }) => message === 'fetching a snapshot'), 'fetching');
      cluster.run(at * 0.6);
      if (at % 2 === 0) laggard.machine.crash();
      else laggard.machine.kill();
      laggard.start();
      write(cluster.leader(), 'later');
      cluster.until(() => laggard.ready && caughtUp(cluster), `caught up after a crash ${at * 0.6} ms into it`);
      expect(laggard.failures).toEqual([]);
      expect(sameHash(cluster)).toBe(true);
      laggard.machine.crash();
      laggard.start();
      cluster.until(() => laggard.ready && caughtUp(cluster), 'and again');
      expect(laggard.failures).toEqual([]);
    }
  });

  it('catches up while others write so fast that the log would move past every snapshot', () => {
    const { cluster, laggard } = leftBehind(3, 1000, 20_000);
    cluster.world.networkFaults({ bytesPerMs: 2500 });
    const leader = cluster.leader();
    const applied = (): number => laggard.member.group('default')?.space.applied.index ?? 0;
    laggard.start();
    const end = cluster.world.now + 60_000;
    do {
      for (let at = 0; at < 3; at++) write(leader, `key${at}`, 10);
      cluster.run(10);
    } while (leader.member.group('default')!.status.commit - applied() > 20 && cluster.world.now < end);
    expect(cluster.world.now).toBeLessThan(end);
    expect(installed(laggard)).toBe(1);
  });

  it('does not keep the log of the others for ever', () => {
    const { cluster, laggard } = leftBehind(4);
    laggard.start();
    cluster.until(() => laggard.ready && caughtUp(cluster), 'caught up');
    const group = cluster.leader().member.group('default')!;
    const base = group.log.base.index;
    for (let at = 0; at < 4000; at++) {
      if (at % 40 === 0) for (let more = 0; more < 2; more++) write(cluster.leader(), `key${more}`);
      cluster.run(10);
    }
    expect(group.log.base.index).toBeGreaterThan(base);
  });
});
