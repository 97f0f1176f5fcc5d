// What every client sees whatever it asks: headers, status, the member list, hashes, metadata.
import { createRangeRequest, encodeRangeRequest } from '@reknit/etcd-api';
import { beforeAll, describe, expect, it } from 'vitest';
import { ALL, bytes, callsOf, EtcdCalls } from '../support/etcd-calls.js';
import { TestCluster } from '../support/test-cluster.js';

let cluster: TestCluster;
beforeAll(() => {
  cluster = new TestCluster(3).started();
});

describe('a response header', () => {
  it('names the cluster and the member that answered, on every member', () => {
    const headers = cluster.members.map((member) => callsOf(cluster, member).range({ key: bytes('a') }).value!.header!);
    expect(new Set(headers.map(({ clusterId }) => clusterId)).size).toBe(1);
    expect(headers.map(({ memberId }) => memberId)).toEqual(cluster.members.map(({ member }) => member.self.id));
  });

  it('carries the revision after the request, 1 for an empty store, 2 after the first write', () => {
    const calls = callsOf(cluster, cluster.follower());
    expect(calls.range({ key: ALL, rangeEnd: ALL }).value!.header!.revision).toBe(1);
    expect(calls.put({ key: bytes('first') }).value!.header!.revision).toBe(2);
    expect(calls.remove({ key: bytes('absent') }).value!.header!.revision).toBe(2);
    expect(calls.remove({ key: bytes('first') }).value!.header!.revision).toBe(3);
  });

  it('shows one term in all answers of a member, whichever service gave them', () => {
    // Lost messages let the two keyspaces elect apart.
    const lossy = { network: { loss: 0.1 } };
    const uneven = Array.from({ length: 30 }, (_, seed) => new TestCluster(3, {}, { seed, ...lossy }).started());
    const other = uneven.find((each) => each.leader('_system') !== each.leader('default'))!;
    other.world.networkFaults({ loss: 0 });
    const old = other.leader('_system');
    old.machine.kill();
    other.until(() => other.members.some(({ up, name }) => up && name !== old.name && other.leads(name, '_system')), 'led anew');
    const calls = callsOf(other, other.leader());
    const { identity, status } = other.leader().member.group('default')!;
    expect(other.leader().member.group('_system')!.status.round).toBeGreaterThan(status.round);
    const terms = [
      calls.range({ key: bytes('a') }).value!.header!.raftTerm,
      calls.status().value!.header!.raftTerm,
      calls.status().value!.raftTerm,
      calls.memberList(true).value!.header!.raftTerm,
      calls.hash(0).value!.header!.raftTerm,
    ];
    // Rises over configurations, in which rounds begin anew.
    expect(new Set(terms)).toEqual(new Set([identity.epoch * 2 ** 32 + status.round]));
  });
});

describe('MemberList', () => {
  it.each([true, false])('has all members with their URLs and revision 0 (linearizable: %s)', (linearizable) => {
    const { header, members } = callsOf(cluster, cluster.follower()).memberList(linearizable).value!;
    expect(header).toMatchObject({ revision: 0 });
    expect(members.map(({ name, clientURLs, peerURLs, isLearner }) => ({ name, clientURLs, peerURLs, isLearner }))).toEqual(
      cluster.members
        .map(({ member }) => member.self)
        .sort((left, right) => (left.id < right.id ? -1 : 1))
        .map(({ name }) => ({ name, clientURLs: [`http://${name}:2379`], peerURLs: [`http://${name}:2380`], isLearner: false })),
    );
  });

  it('names nobody who has never been up', () => {
    const young = new TestCluster(3).started();
    const fresh = young.members[0]!.member.cluster.members.map(({ name }) => name);
    expect(fresh).toHaveLength(3);
    const single = new TestCluster(1);
    const member = single.members[0]!.start();
    while (!member.member.started) single.world.step();
    const answer = new EtcdCalls(single, member).raw('Cluster/MemberList', new Uint8Array(0));
    expect(answer.failure).toBeUndefined();
    expect(new EtcdCalls(single, member).memberList(false).value!.members).toHaveLength(1);
  });
});

describe('Status', () => {
  it('shows the same leader on all members, the indexes of the log, and a version that clients accept', () => {
    const leader = cluster.leader().member.self.id;
    for (const member of cluster.members) {
      const status = callsOf(cluster, member).status().value!;
      expect(status).toMatchObject({ leader, errors: [], isLearner: false, version: '3.6.14', storageVersion: '3.6.0' });
      expect(status.dbSize).toBeGreaterThanOrEqual(status.dbSizeInUse);
      expect(status.raftAppliedIndex).toBeLessThanOrEqual(status.raftIndex);
    }
  });

  it('gives as raftIndex what is decided, not what only this member’s log holds', () => {
    const lonely = new TestCluster(3).started();
    const leader = lonely.leader();
    const before = callsOf(lonely, leader).status().value!.raftIndex;
    lonely.world.partition([[leader.name], lonely.members.filter((each) => each !== leader).map(({ name }) => name)]);
    leader.call('/etcdserverpb.KV/Put', new Uint8Array([0x0a, 1, 97]));
    lonely.run(50);
    expect(leader.member.group('default')!.status.last).toBeGreaterThan(before);
    expect(callsOf(lonely, leader).status().value!.raftIndex).toBe(before);
  });

  it('has an error while there is no leader, and answers all the same', () => {
    const lonely = new TestCluster(3).started();
    for (const member of lonely.members.slice(1)) member.machine.kill();
    lonely.run(5000);
    expect(callsOf(lonely, lonely.members[0]!).status().value).toMatchObject({ leader: 0n, errors: ['etcdserver: no leader'] });
  });
});

describe('HashKV', () => {
  it('is equal on all members at equal revisions, before, while and after a compaction', () => {
    const busy = new TestCluster(3).started();
    const calls = callsOf(busy, busy.follower());
    for (let at = 0; at < 60; at++) calls.put({ key: bytes(`k${at % 7}`), value: bytes(`v${at}`) });
    busy.run(1000);
    const hashes = (revision: number): unknown[] => [
      ...new Set(
        busy.members.map((member) => {
          const { hash, hashRevision, compactRevision } = callsOf(busy, member).hash(revision).value!;
          return `${hash} ${hashRevision} ${compactRevision}`;
        }),
      ),
    ];
    expect(hashes(0)).toHaveLength(1);
    expect(hashes(30)).toHaveLength(1);
    expect(hashes(30)).not.toEqual(hashes(31));
    expect(calls.compact({ revision: 40 }).failure).toBeUndefined();
    busy.run(5);
    expect(hashes(50)).toHaveLength(1);
    const during = hashes(50);
    busy.run(15_000);
    expect(hashes(50)).toEqual(during);
    expect(hashes(0)).toHaveLength(1);
  });

  it('refuses revisions that are compacted or still to come', () => {
    const one = new TestCluster(1).started();
    const calls = callsOf(one, one.members[0]!);
    for (let at = 0; at < 5; at++) calls.put({ key: bytes('k') });
    calls.compact({ revision: 4 });
    expect(calls.hash(3).failure).toEqual({ code: 11, message: 'etcdserver: mvcc: required revision has been compacted' });
    expect(calls.hash(99).failure).toEqual({ code: 11, message: 'etcdserver: mvcc: required revision is a future revision' });
    expect(calls.hash(4).value?.hashRevision).toBe(4);
  });
});

describe('metadata', () => {
  it('hasleader refuses at once whatever is asked of a member without a leader; serializable reads go on without it', () => {
    const lonely = new TestCluster(3).started();
    for (const member of lonely.members.slice(1)) member.machine.kill();
    lonely.run(5000);
    const noLeader = { code: 14, message: 'etcdserver: no leader' };
    const strict = callsOf(lonely, lonely.members[0]!, { hasleader: 'true' });
    for (const method of [
      'KV/Range',
      'KV/Put',
      'KV/DeleteRange',
      'KV/Txn',
      'KV/Compact',
      'Maintenance/Status',
      'Maintenance/HashKV',
      'Cluster/MemberList',
    ])
      expect(strict.raw(method, new Uint8Array(0)).failure).toEqual(noLeader);
    const local = encodeRangeRequest(createRangeRequest({ key: bytes('a'), serializable: true }));
    expect(callsOf(lonely, lonely.members[0]!).raw('KV/Range', local).response).toBeDefined();
  });

  it('reknit-keyspace chooses the keyspace; an unknown one is not found', () => {
    const one = new TestCluster(1).started();
    const member = one.members[0]!;
    callsOf(one, member).put({ key: bytes('mine') });
    const count = (keyspace: string) =>
      callsOf(one, member, { 'reknit-keyspace': keyspace }).range({ key: bytes('mine'), countOnly: true });
    expect(count('default').value?.count).toBe(1);
    expect(count('_system').value?.count).toBe(0);
    expect(count('other').failure).toEqual({ code: 5, message: 'reknit: no keyspace other; there are _system, default' });
  });
});
