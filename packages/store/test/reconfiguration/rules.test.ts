// The rules on identity and on stop-signs that are the store's to keep, each by its number; others stand beside what they
// are about (members, switch, under-faults, changes, writes) and in the consensus package.
import { createPutRequest, encodePutRequest } from '@reknit/etcd-api';
import { describe, expect, it } from 'vitest';
import { nodeIdOf } from '../../src/cluster/identity.js';
import { change, settled } from '../support/changes.js';
import { bytes, callsOf } from '../support/etcd-calls.js';
import { TestCluster, type TestMember } from '../support/test-cluster.js';

const url = (name: string): string => `http://${name}:2380`;
const idOf = (member: TestMember): bigint => member.member.self.id;
const protocolAt = (member: TestMember): string => member.member.group('default')!.status.protocol;

function put(cluster: TestCluster, key: string): void {
  expect(callsOf(cluster, cluster.leader()).put({ key: bytes(key), value: bytes('v') }).failure).toBeUndefined();
}

describe('identity', () => {
  it('rule 2: what is said in another branch is not looked at, on either side', () => {
    const cluster = new TestCluster(3).started();
    put(cluster, 'a');
    const strayed = cluster.follower();
    const { log } = strayed.member.group('default')!;
    const round = cluster.leader().member.group('default')!.status.round;
    const before = log.lastIndex;
    Object.assign(log, { identity: { ...log.identity, branch: 'ffffffffffffffff' } });
    put(cluster, 'b');
    cluster.run(5000);
    put(cluster, 'c');
    expect(log.lastIndex).toBe(before);
    expect(strayed.member.group('default')!.status.leader).toBeUndefined();
    expect(cluster.leader().member.group('default')!.status).toMatchObject({ round, epoch: 1 });
  });

  it('rule 5: who does not know the secret is let in nowhere, announced or not', () => {
    const cluster = new TestCluster(3).started();
    callsOf(cluster, cluster.leader()).memberAdd([url('n4')]);
    const n4 = cluster.newcomer('n4', { secret: bytes('not the secret of the tests') }).start();
    cluster.run(5000);
    expect(n4.up).toBe(false);
    expect(n4.lines.map(({ fields }) => String(fields.why)).join()).toMatch(/does not prove that it knows the cluster secret/);
    expect(cluster.leader().member.reconfiguration.applied?.members.find(({ name }) => name === '')?.incarnation).toBeUndefined();
  });
});

describe('stop-signs', () => {
  it('rule 4: a member that slept through two stages votes in neither, and goes on in the present one', () => {
    const cluster = new TestCluster(3).started();
    put(cluster, 'a');
    const asleep = cluster.follower();
    asleep.machine.kill();
    cluster.run(3000);
    change(cluster, cluster.leader(), { kind: 'switch', protocol: 'paxos' });
    put(cluster, 'b');
    change(cluster, cluster.leader(), { kind: 'switch', protocol: 'zab' });
    put(cluster, 'c');
    asleep.start();
    cluster.until(() => asleep.ready && protocolAt(asleep) === 'zab', 'it is back');
    const led = asleep.lines.filter(({ message, fields }) => message === 'leadership changed' && fields.role === 'leader');
    expect(led.filter(({ fields }) => Number(fields.epoch) < 3)).toEqual([]);
    cluster.until(
      () => callsOf(cluster, asleep).range({ key: bytes('a'), rangeEnd: bytes('d'), serializable: true }).value?.count === 3,
      'it has everything',
    );
  });

  it('rule 5: a lease counts in full from the first moment of the next stage on, and no earlier leader ends it', () => {
    const cluster = new TestCluster(3).started();
    const client = callsOf(cluster, cluster.follower());
    const granted = client.grant({ TTL: 10 });
    const lease = granted.value!.ID;
    cluster.run(7000);
    change(cluster, cluster.leader(), { kind: 'switch', protocol: 'paxos' });
    const left = client.timeToLive(lease).value!;
    expect(Number(left.TTL)).toBeGreaterThanOrEqual(8);
    cluster.run(5000);
    expect(Number(client.timeToLive(lease).value!.TTL)).toBeGreaterThan(0);
    cluster.run(8000);
    expect(Number(client.timeToLive(lease).value!.TTL)).toBe(-1);
  });

  it('rule 6: what a client of a follower has under way is proposed once, whichever stage decides it', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const cluster = new TestCluster(3, {}, { seed }).started();
      const follower = cluster.follower();
      const key = bytes('counted');
      const answers = Array.from({ length: 400 }, (_, at) => {
        if (at === 20) void cluster.leader().member.reconfiguration.request(switchTo('zab'), 10_000, NOBODY);
        const answer = follower.call('/etcdserverpb.KV/Put', encodePutRequest(createPutRequest({ key, value: bytes(`${at}`) })));
        cluster.run(1);
        return answer;
      });
      cluster.until(() => answers.every(({ settled: done }) => done), 'all are answered');
      expect(answers.flatMap(({ failure }) => failure?.message ?? [])).toEqual([]);
      const { kvs } = callsOf(cluster, follower).range({ key }).value!;
      expect(Number(kvs[0]!.version)).toBe(400);
      expect(protocolAt(follower)).toBe('zab');
    }
  });

  it('rule 8: a stage whose newcomer went away again is not begun, says what it waits for, and can be taken back', () => {
    const cluster = new TestCluster(3).started();
    const client = callsOf(cluster, cluster.leader());
    client.memberAdd([url('n4')], true);
    const n4 = cluster.newcomer('n4').start();
    cluster.until(() => n4.ready, 'the learner is ready');
    cluster.run(500);
    const member = nodeIdOf(idOf(n4));
    n4.machine.kill();
    const asked = cluster.leader('_system').member;
    asked.reconfiguration.request({ id: 'promotion', epoch: undefined, change: { kind: 'promote', member } }, 30_000, NOBODY);
    cluster.run(8000);
    expect(asked.reconfiguration.applied?.plan).toMatchObject({ id: 'promotion', phase: 'catching-up' });
    const leader = cluster.leader('_system').member.group('_system')!;
    expect(leader.status.preflight?.missing.map(({ id }) => id)).toEqual([member]);
    expect(change(cluster, cluster.follower(), { kind: 'cancel', plan: 'promotion' })).toMatchObject({ epoch: 1 });
    put(cluster, 'goes on');
  });

  it('rule 12: who waits for a change and misses so much that nobody remembers it hears that it is unknown, not that it was cancelled', () => {
    const short = { snapshotCount: 5, catchupEntries: 2 };
    const cluster = new TestCluster(3, short).started();
    const client = callsOf(cluster, cluster.leader('_system'));
    client.memberAdd([url('n4')], true);
    const n4 = cluster.newcomer('n4', short).start();
    cluster.until(() => n4.ready, 'the learner is ready');
    cluster.run(500);
    const member = nodeIdOf(idOf(n4));
    n4.machine.kill();
    const away = cluster.follower('_system');
    const outcomes: string[] = [];
    away.member.reconfiguration.request({ id: 'promotion', epoch: undefined, change: { kind: 'promote', member } }, 120_000, {
      done: () => outcomes.push('done'),
      failed: ({ message }) => outcomes.push(message),
    });
    cluster.until(() => away.member.reconfiguration.applied?.plan !== undefined, 'it is planned');
    cluster.world.partition([[away.name], cluster.members.filter((each) => each !== away).map(({ name }) => name)]);
    n4.start();
    const votes = (): boolean => n4.member.reconfiguration.applied?.epoch === 2;
    cluster.until(() => n4.up && n4.member.started && votes(), 'the plan is carried out');
    const others = callsOf(cluster, n4);
    for (let at = 0; at < 20; at++)
      expect(others.memberUpdate(idOf(away), [url(at % 2 === 0 ? 'elsewhere' : away.name)]).failure).toBeUndefined();
    cluster.until(
      () => n4.member.group('_system')!.log.base.index > away.member.group('_system')!.log.lastIndex,
      'it is forgotten',
    );
    expect(outcomes).toEqual([]);
    cluster.world.heal();
    cluster.until(() => outcomes.length > 0, 'it is told');
    expect(outcomes).toEqual(['etcdserver: request timed out']);
  });

  it('rule 9: who is removed serves its prefix until both keyspaces have decided in a stage without it', () => {
    const cluster = new TestCluster(3).started();
    put(cluster, 'a');
    const gone = cluster.leader();
    const others = cluster.members.filter((member) => member !== gone);
    gone.member.reconfiguration.request(
      { id: 'removal', epoch: undefined, change: { kind: 'remove', member: nodeIdOf(idOf(gone)) } },
      30_000,
      NOBODY,
    );
    cluster.until(() => !gone.up, 'it ends');
    for (const keyspace of ['_system', 'default'] as const) {
      const decided = others.filter(({ member }) => {
        const group = member.group(keyspace)!;
        return group.status.epoch === 2 && group.status.commit > group.status.start;
      });
      expect(decided.length, keyspace).toBeGreaterThan(0);
    }
  });

  it('rule 10: a snapshot says in which stage it was taken: whoever loads it stands in that stage after a restart too', () => {
    const cluster = new TestCluster(3, { snapshotCount: 5, catchupEntries: 2 }).started();
    const asleep = cluster.follower();
    asleep.machine.kill();
    change(cluster, cluster.leader(), { kind: 'switch', protocol: 'paxos' });
    for (let at = 0; at < 60; at++) put(cluster, `k${at}`);
    cluster.run(15_000);
    for (let at = 0; at < 60; at++) put(cluster, `k${at}`);
    asleep.start();
    cluster.until(() => asleep.ready && protocolAt(asleep) === 'paxos', 'it is back');
    cluster.until(() => asleep.lines.some(({ message }) => message === 'snapshot installed'), 'by a snapshot');
    cluster.run(100);
    asleep.machine.crash();
    asleep.start();
    cluster.until(() => asleep.ready, 'it is back again');
    expect([protocolAt(asleep), asleep.member.group('default')!.stage.epoch]).toEqual(['paxos', 2]);
    expect(asleep.failures).toEqual([]);
  });

  it('rule 13: when the majority of the present stage is gone, those of the one before do not open theirs again', () => {
    const cluster = new TestCluster(3).started();
    const [first, second, third] = cluster.members;
    expect(typeof change(cluster, first!, { kind: 'remove', member: nodeIdOf(idOf(third!)) })).toBe('object');
    settled(cluster);
    second!.machine.kill();
    cluster.until(() => !third!.up, 'the removed one has ended');
    third!.start();
    cluster.run(10_000);
    const answer = first!.call('/etcdserverpb.KV/Put', encodePutRequest(createPutRequest({ key: bytes('k') })));
    cluster.settle(answer, 30_000);
    expect(answer.response).toBeUndefined();
    second!.start();
    cluster.until(() => second!.ready, 'the other one is back');
    put(cluster, 'k');
  });

  it('rule 15: the term that clients see rises over every change of stage', () => {
    const cluster = new TestCluster(3).started();
    const client = callsOf(cluster, cluster.follower());
    const terms = [Number(client.range({ key: bytes('k') }).value!.header!.raftTerm)];
    for (const protocol of ['paxos', 'zab', 'raft'] as const) {
      change(cluster, cluster.leader(), { kind: 'switch', protocol });
      terms.push(Number(client.range({ key: bytes('k') }).value!.header!.raftTerm));
    }
    expect(terms).toEqual([...terms].sort((left, right) => left - right));
    expect(new Set(terms).size).toBe(4);
    expect(terms.every(Number.isSafeInteger)).toBe(true);
  });
});

const NOBODY = { done: () => undefined, failed: () => undefined };

const switchTo = (protocol: 'zab') => ({ id: `to ${protocol}`, epoch: undefined, change: { kind: 'switch', protocol } }) as const;
