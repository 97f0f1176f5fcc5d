import { utf8Decode } from '@reknit/base';
import type { ProtocolName } from '@reknit/consensus';
import { createPutRequest, encodePutRequest } from '@reknit/etcd-api';
import { Status } from '@reknit/grpc';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/configuration/changes.js';
import { change, settled } from '../support/changes.js';
import { bytes, callsOf } from '../support/etcd-calls.js';
import { type Answer, TestCluster, type TestMember } from '../support/test-cluster.js';

/** Puts of rising numbers through every member, each to a key of its own: what was acknowledged must be there at the end. */
class Writer {
  readonly answers: { readonly key: string; readonly answer: Answer }[] = [];
  readonly #cluster: TestCluster;
  #next = 1;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
  }

  put(member: TestMember): void {
    const key = `w${this.#next++}`;
    const request = encodePutRequest(createPutRequest({ key: bytes(key), value: bytes(key) }));
    this.answers.push({ key, answer: member.call('/etcdserverpb.KV/Put', request) });
  }

  /** Through all that are up, for so long. */
  run(milliseconds: number, every = 5): void {
    for (let passed = 0; passed < milliseconds; passed += every) {
      for (const member of this.#cluster.members) if (member.up && member.ready) this.put(member);
      this.#cluster.run(every);
    }
  }

  get failed(): readonly string[] {
    return this.answers.flatMap(({ answer }) => (answer.failure === undefined ? [] : [answer.failure.message]));
  }

  lost(): readonly string[] {
    const kvs = callsOf(this.#cluster, this.#cluster.leader()).range({ key: bytes('w'), rangeEnd: bytes('x') }).value!.kvs;
    const found = new Set(kvs.map(({ key }) => utf8Decode(key)));
    return this.answers.flatMap(({ key, answer }) => (answer.response !== undefined && !found.has(key) ? [key] : []));
  }
}

/** Asked again under the same id until it is done, as the command does: what was forwarded may be lost. */
function begin(member: TestMember, wanted: Change, id: string): void {
  const { reconfiguration } = member.member;
  const ask = (): void =>
    reconfiguration.request({ id, epoch: undefined, change: wanted }, 5000, {
      done: () => undefined,
      failed: ({ code }) => {
        if (code === Status.unavailable && member.up && !member.member.closed) ask();
      },
    });
  ask();
}

const runs = (cluster: TestCluster, protocol: ProtocolName): boolean =>
  cluster.members.every(
    (each) => each.up && [...each.member.groups].every(({ status }) => status.protocol === protocol && status.leader),
  );

describe('writes during a switch', () => {
  it.each<[ProtocolName, ProtocolName]>([
    ['raft', 'paxos'],
    ['paxos', 'zab'],
    ['zab', 'raft'],
    ['raft', 'zab'],
    ['zab', 'paxos'],
    ['paxos', 'raft'],
  ])('from %s to %s all succeed: none is lost, failed or answered twice', (from, to) => {
    const cluster = new TestCluster(3, { protocol: from }).started();
    const writer = new Writer(cluster);
    writer.run(100);
    begin(cluster.follower(), { kind: 'switch', protocol: to }, 'switch');
    writer.run(1500);
    cluster.until(() => writer.answers.every(({ answer }) => answer.settled), 'all are answered');
    expect(writer.failed).toEqual([]);
    expect(writer.lost()).toEqual([]);
    expect(writer.answers.every(({ answer }) => answer.count === 1)).toBe(true);
    expect(runs(cluster, to)).toBe(true);
  });
});

describe('a change is carried out by whoever leads next', () => {
  it.each(Array.from({ length: 12 }, (_, at) => at))('though the leader dies while it is under way (%i)', (seed) => {
    const protocols = ['raft', 'paxos', 'zab'] as const;
    const from = protocols[seed % 3]!;
    const to = protocols[(seed + 1 + (seed % 2)) % 3]!;
    const cluster = new TestCluster(3, { protocol: from }, { seed: seed + 1 }).started();
    const writer = new Writer(cluster);
    writer.run(50);
    begin(cluster.follower(), { kind: 'switch', protocol: to }, 'switch');
    writer.run(5 + seed * 22);
    const victim = seed % 2 === 0 ? cluster.leader('_system') : cluster.leader();
    victim.machine.crash();
    writer.run(400);
    victim.start();
    writer.run(2000, 20);
    cluster.until(() => runs(cluster, to), `all run ${to}`, 30_000);
    settled(cluster);
    cluster.until(() => writer.answers.every(({ answer }) => answer.settled), 'all are answered');
    expect(writer.lost()).toEqual([]);
    expect(cluster.members.flatMap(({ failures }) => failures)).toEqual([]);
  });

  it('though frames are lost, doubled and overtaken', () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const cluster = new TestCluster(3, {}, { seed, network: { loss: 0.05, duplication: 0.05, reorder: 0.05 } }).started();
      const writer = new Writer(cluster);
      for (const to of ['paxos', 'zab', 'raft'] as const) {
        begin(cluster.members[seed % 3]!, { kind: 'switch', protocol: to }, to);
        writer.run(1500, 20);
        cluster.until(() => runs(cluster, to), `all run ${to} with seed ${seed}`, 60_000);
        settled(cluster);
      }
      cluster.until(() => writer.answers.every(({ answer }) => answer.settled), 'all are answered');
      expect(writer.lost()).toEqual([]);
    }
  });

  it('though every member is killed at once', () => {
    for (const after of [5, 20, 60, 100, 110, 120, 130, 150, 200]) {
      const cluster = new TestCluster(3, {}, { seed: after }).started();
      const writer = new Writer(cluster);
      writer.run(30);
      begin(cluster.leader(), { kind: 'switch', protocol: 'paxos' }, 'switch');
      writer.run(after);
      const planned = cluster.members.some((each) => each.member.reconfiguration.applied?.plan !== undefined);
      for (const member of cluster.members) member.machine.crash();
      for (const member of cluster.members) member.start();
      cluster.until(() => cluster.members.every(({ ready }) => ready), 'all are back');
      if (planned) cluster.until(() => runs(cluster, 'paxos'), `all run paxos, killed after ${after} ms`, 30_000);
      settled(cluster);
      expect(writer.lost()).toEqual([]);
    }
  });
});

it('a change that is under way can be cancelled, and the member that it announced never takes part', () => {
  const cluster = new TestCluster(3).started();
  const client = callsOf(cluster, cluster.leader());
  client.memberAdd(['http://n4:2380']);
  expect(client.memberAdd(['http://n5:2380']).failure?.message).toMatch(
    /a reconfiguration is under way: adding member .*catching up/,
  );
  expect(change(cluster, cluster.follower(), { kind: 'cancel', plan: undefined })).toMatchObject({ version: 2 });
  const n4 = cluster.newcomer('n4').start();
  cluster.until(() => n4.failures.length > 0, 'it is refused');
  expect(client.memberList(true).value?.members).toHaveLength(3);
});
