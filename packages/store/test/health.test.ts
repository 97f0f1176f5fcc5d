import { utf8Decode } from '@reknit/base';
import { describe, expect, it } from 'vitest';
import { TestCluster, type TestMember } from './support/test-cluster.js';

const bodyOf = ({ response }: { response?: { body: Uint8Array | string; status: number } }): unknown =>
  response === undefined
    ? undefined
    : [response.status, typeof response.body === 'string' ? response.body : utf8Decode(response.body)];

describe('GET /health', () => {
  it('is true on every member of a cluster that serves', () => {
    const cluster = new TestCluster(3).started();
    const answers = cluster.members.map((member) => member.get('/health'));
    cluster.run(100);
    for (const answer of answers) expect(bodyOf(answer)).toEqual([200, '{"health":"true","reason":""}']);
  });

  it('says within two seconds that there is no quorum, also where the leader does not know it yet', () => {
    const cluster = new TestCluster(3, { electionTimeout: 10_000 }).started();
    const leader = cluster.leader();
    cluster.world.partition([[leader.name], cluster.members.filter((each) => each !== leader).map(({ name }) => name)]);
    const answer = leader.get('/health');
    cluster.run(2000);
    expect(bodyOf(answer)).toEqual([503, '{"health":"false","reason":"RANGE ERROR:etcdserver: request timed out"}']);
    expect(bodyOf(leader.get('/health?serializable=true'))).toEqual([200, '{"health":"true","reason":""}']);
  });

  it('says at once that there is no leader', () => {
    const cluster = new TestCluster(3);
    const first: TestMember = cluster.members[0]!.start();
    expect(bodyOf(first.get('/health'))).toEqual([503, '{"health":"false","reason":"RAFT NO LEADER"}']);
  });
});

describe('GET /metrics', () => {
  it('that cannot be gathered is an answer, not the end of the process', async () => {
    const cluster = new TestCluster(1).started();
    const answer = cluster.members[0]!.get('/metrics', () => Promise.reject(new Error('a gauge is broken')));
    await Promise.resolve();
    await Promise.resolve();
    expect(bodyOf(answer)).toEqual([500, 'the metrics cannot be gathered: a gauge is broken\n']);
  });
});

describe('GET /reknit/identity', () => {
  it('proves who the process is for a challenge in hex, and takes nothing else for one', () => {
    const cluster = new TestCluster(1).started();
    const member = cluster.members[0]!;
    expect(JSON.parse((bodyOf(member.get('/reknit/identity?challenge=ab')) as [number, string])[1])).toMatchObject({
      name: 'n1',
      ready: true,
    });
    for (const challenge of ['', 'xyz', 'a'.repeat(129), '%61'])
      expect(member.get(`/reknit/identity?challenge=${challenge}`).response?.status).toBe(400);
  });
});

describe('GET /reknit/replicas', () => {
  it('tells of each replica in the words of its protocol', () => {
    const cluster = new TestCluster(3).started();
    const leader = cluster.leader();
    const told: Record<string, unknown>[] = JSON.parse((bodyOf(leader.get('/reknit/replicas')) as [number, string])[1]);
    expect(told.map(({ keyspace }) => keyspace)).toEqual(['_system', 'default']);
    expect(told[1]).toMatchObject({ protocol: 'raft', configuration: 1, roundName: 'term', role: 'leader', phase: null });
    expect(told[1]!.round).toBeGreaterThan(0);
  });
});

describe('GET /reknit/vitals', () => {
  const vitalsOf = (member: TestMember): Record<string, unknown> =>
    JSON.parse((bodyOf(member.get('/reknit/vitals')) as [number, string])[1]);

  it('tells what a member leads, and how long its loop and its disk take', () => {
    const cluster = new TestCluster(3).started();
    const leader = cluster.leader();
    cluster.run(3000);
    expect(vitalsOf(leader)).toMatchObject({ loopDelayMs: 0, lostShare: 0, suspectedPeers: [], logPendingMs: 0 });
    expect(vitalsOf(leader).leads).toContain('default');
    // By these an agent tells a slow disk from a slow sync, and a wrong clock from a right one.
    expect(vitalsOf(leader)).toMatchObject({ logSyncP99Ms: expect.any(Number), wall: leader.member.runtime.clock.wall() });
    leader.machine.pause(1200);
    cluster.run(1210);
    const { loopDelayMs, lostShare } = vitalsOf(leader);
    expect(loopDelayMs).toBeGreaterThan(1000);
    expect(lostShare).toBeGreaterThan(0.5);
  });

  it('names the peers that this member suspects', () => {
    const cluster = new TestCluster(3).started();
    cluster.run(1000);
    const [stopped, other] = cluster.members;
    stopped!.machine.pause();
    cluster.run(600);
    expect(vitalsOf(other!).suspectedPeers).toEqual([stopped!.name]);
  });
});
