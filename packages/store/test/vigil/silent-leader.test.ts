import { expect, it } from 'vitest';
import { bytes, callsOf } from '../support/etcd-calls.js';
import { describeOverProtocols } from '../support/over-protocols.js';
import { TestCluster, type TestMember } from '../support/test-cluster.js';

const others = (cluster: TestCluster, than: TestMember): readonly TestMember[] => cluster.members.filter((each) => each !== than);

const linesOf = (member: TestMember, message: string): number => member.lines.filter((line) => line.message === message).length;

/** Frozen for most of the time, and still there often enough for its heartbeats to flow. */
function stagger(cluster: TestCluster, member: TestMember, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    member.machine.pause(200);
    cluster.run(250);
  }
}

describeOverProtocols('a leader that is stopped while its sockets stay open', () => {
  it('is replaced long before an election time-out, and follows once it goes on', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = new TestCluster(3, {}, { seed }).started();
      cluster.run(3000);
      const leader = cluster.leader();
      const stoppedAt = cluster.world.now;
      leader.machine.pause();
      cluster.until(
        () => others(cluster, leader).some((each) => each.member.group('default')?.status.ready === true),
        'another leads',
        600,
      );
      expect(cluster.world.now - stoppedAt).toBeGreaterThan(200);
      leader.machine.resume();
      cluster.until(() => leader.member.group('default')?.status.role === 'follower', 'it follows', 500);
      expect(callsOf(cluster, leader).put({ key: bytes('a') }).failure).toBeUndefined();
    }
  });

  it('is replaced as soon when it was stopped a moment ago: an outage buys no patience for the next one', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const cluster = new TestCluster(3, {}, { seed }).started();
      cluster.run(3000);
      const leader = cluster.leader();
      const heads = (): boolean => cluster.leads(leader.name, 'default');
      leader.machine.pause(1000);
      cluster.run(1500);
      cluster.leader().member.group('default')!.transfer(leader.member.self.nodeId);
      cluster.until(heads, 'it leads again', 500);
      cluster.run(1000);
      leader.machine.pause();
      cluster.until(
        () => others(cluster, leader).some((each) => each.member.group('default')?.status.ready === true),
        'another leads',
        500,
      );
    }
  });

  it('and continued while it is only suspected keeps its office, its followers’ clients notice nothing', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = new TestCluster(3, {}, { seed }).started();
      cluster.run(3000);
      const leader = cluster.leader();
      const [doubter, believer] = others(cluster, leader);
      const round = leader.member.group('default')!.status.round;
      cluster.world.cut(leader.name, doubter!.name, { direction: 'a-to-b' });
      const call = callsOf(cluster, doubter!);
      cluster.until(() => doubter!.member.group('default')?.status.role === 'pre-candidate', 'it stands', 1000);
      expect(doubter!.member.vitals.suspected).toHaveLength(1);
      expect(doubter!.member.group('default')?.status.leader).toBe(leader.member.self.nodeId);
      cluster.world.heal();
      expect(call.put({ key: bytes('a') }).failure).toBeUndefined();
      expect(linesOf(doubter!, 'a silent peer is heard again')).toBe(1);
      expect(linesOf(believer!, 'a peer fell silent')).toBe(0);
      expect(leader.member.group('default')?.status).toMatchObject({ role: 'leader', round });
    }
  });
});

describeOverProtocols('a machine that stands still with all its members', () => {
  it.each([400, 1500, 30_000])('for %i ms goes on under the same leaders', (pause) => {
    for (let seed = 1; seed <= 5; seed++) {
      const cluster = new TestCluster(3, {}, { seed }).started();
      cluster.run(3000);
      const offices = (): unknown => cluster.members.map(({ member }) => [...member.groups].map(({ status }) => status.round));
      const before = offices();
      for (const member of cluster.members) member.machine.pause(pause);
      cluster.run(pause + 3000);
      expect(offices(), `seed ${seed}`).toEqual(before);
    }
  });
});

describeOverProtocols('a leader whose loop is blocked again and again', () => {
  it('hands over within three election time-outs though its heartbeats flow', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const cluster = new TestCluster(3, {}, { seed }).started();
      cluster.run(3000);
      const leader = cluster.leader();
      stagger(cluster, leader, 12);
      cluster.run(500);
      expect(leader.member.group('default')?.status.role, `seed ${seed}`).toBe('follower');
      expect(others(cluster, leader).every((each) => linesOf(each, 'a peer fell silent') === 0)).toBe(true);
      expect(linesOf(leader, 'this member is too slow to lead')).toBeGreaterThan(0);
    }
  });

  it('keeps its office where no other would do better', () => {
    const cluster = new TestCluster(3, {}, { seed: 1 }).started();
    cluster.run(3000);
    const leader = cluster.leader();
    for (let round = 0; round < 24; round++) {
      for (const member of cluster.members) member.machine.pause(200);
      cluster.run(250);
    }
    expect(leader.member.group('default')?.status.role).toBe('leader');
  });
});
