// The majority is lost for good: one survivor goes on alone when an operator says so, in a branch that nobody else has part in.

import { expect, it } from 'vitest';
import type { HoldingsReport } from '../src/index.js';
import { chooseSurvivor, proveRecoveryOrder } from '../src/index.js';
import { change } from './support/changes.js';
import { bytes, callsOf } from './support/etcd-calls.js';
import { describeOverProtocols } from './support/over-protocols.js';
import { SECRET, TestCluster, type TestMember } from './support/test-cluster.js';

const PATH = '/reknit/unsafe-recovery';

const reportOf = (member: TestMember): HoldingsReport => JSON.parse(String(member.get(PATH).response!.body));

function orderFor(report: HoldingsReport, change: { readonly secret?: Uint8Array; readonly expiresAt?: number } = {}) {
  const { secret = SECRET, expiresAt = Number.MAX_SAFE_INTEGER } = change;
  const abandon = report.members.filter(({ id }) => id !== report.id).map(({ id }) => id);
  const order = { fingerprint: report.fingerprint, abandon, expiresAt };
  return { ...order, proof: proveRecoveryOrder(secret, order) };
}

/** Ten writes are everywhere, then two of three are gone. */
function bereft(options: ConstructorParameters<typeof TestCluster>[1] = {}): { cluster: TestCluster; survivor: TestMember } {
  const cluster = new TestCluster(3, options).started();
  for (let at = 0; at < 10; at++) callsOf(cluster, cluster.leader()).put({ key: bytes(`k${at}`), value: bytes('old') });
  cluster.run(500);
  const survivor = cluster.follower();
  for (const member of cluster.members) if (member !== survivor) member.machine.kill();
  cluster.until(() => !reportOf(survivor).hasQuorum, 'the quorum is lost', 5000);
  return { cluster, survivor };
}

function recover(cluster: TestCluster, survivor: TestMember): void {
  expect(survivor.post(PATH, orderFor(reportOf(survivor))).status).toBe(202);
  cluster.until(() => !survivor.up, 'it ends');
}

describeOverProtocols('a survivor that is ordered to go on alone', () => {
  it('keeps what it had, serves again, and gives out no revision twice', () => {
    const { cluster, survivor } = bereft();
    const before = reportOf(survivor);
    recover(cluster, survivor);
    survivor.start();
    cluster.until(() => survivor.ready, 'it serves');
    const calls = callsOf(cluster, survivor);
    expect(calls.range({ key: bytes('k'), rangeEnd: bytes('l') }).value!.count).toBe(10);
    const { header } = calls.put({ key: bytes('new') }).value!;
    const { revision } = before.keyspaces.find(({ keyspace }) => keyspace === 'default')!;
    expect(header!.revision).toBeGreaterThan(revision + 999_999_999);
    expect(calls.range({ key: bytes('k0'), revision }).failure?.message).toMatch(/compacted/);
    const after = reportOf(survivor);
    expect(after.branch).not.toBe(before.branch);
    expect(after.members).toEqual([{ id: before.id, name: survivor.name, role: 'voter', linked: true }]);
    // Again: the order was carried out once, and is no more.
    survivor.machine.kill();
    survivor.start();
    cluster.until(() => survivor.ready, 'it serves after another start');
    expect(callsOf(cluster, survivor).range({ key: bytes('new') }).value!.count).toBe(1);
  });

  it('is not joined by those who were given up: they end, and their data stay', () => {
    const { cluster, survivor } = bereft();
    recover(cluster, survivor);
    survivor.start();
    cluster.until(() => survivor.ready, 'it serves');
    callsOf(cluster, survivor).put({ key: bytes('k0'), value: bytes('new') });
    for (const old of cluster.members.filter((each) => each !== survivor)) {
      const held = [...old.machine.disk.durableFiles()].filter(([path]) => path.endsWith('.log')).length;
      old.start();
      cluster.until(() => old.failures.length > 0, 'it is told', 5000);
      expect(old.failures.join()).toMatch(/was removed from its cluster/);
      expect([...old.machine.disk.durableFiles()].filter(([path]) => path.endsWith('.log')).length).toBeGreaterThanOrEqual(held);
      old.start();
      expect(old.up).toBe(false);
    }
    expect(callsOf(cluster, survivor).range({ key: bytes('k0') }).value!.kvs[0]!.value).toEqual(bytes('new'));
  });

  it('grows again: new members join it, and one of them may lead', () => {
    const { cluster, survivor } = bereft();
    recover(cluster, survivor);
    survivor.start();
    cluster.until(() => survivor.ready, 'it serves');
    for (const name of ['n4', 'n5']) {
      const newcomer = cluster.newcomer(name);
      const id = `00000000000000a${name[1]}` as Parameters<typeof change>[2] extends { id: infer Id } ? Id : never;
      change(cluster, survivor, { kind: 'add', id, peerUrls: [`http://${name}:2380`], learner: false });
      newcomer.start();
      cluster.until(() => newcomer.ready && !newcomer.member.isLearner, `${name} votes`);
    }
    survivor.machine.kill();
    cluster.until(() => ['n4', 'n5'].some((name) => cluster.leads(name, 'default')), 'one of the new leads');
    expect(callsOf(cluster, cluster.leader()).range({ key: bytes('k9') }).value!.count).toBe(1);
  });

  it('may crash at any moment of it', () => {
    for (let at = 0; at < 24; at++) {
      const { cluster, survivor } = bereft();
      recover(cluster, survivor);
      survivor.start();
      cluster.run(at * 1.5);
      survivor.machine.crash();
      survivor.start();
      cluster.until(() => survivor.ready, `it serves after a crash at ${at}`);
      expect(callsOf(cluster, survivor).range({ key: bytes('k'), rangeEnd: bytes('l') }).value!.count).toBe(10);
      expect(survivor.failures.filter((failure) => !failure.includes('ordered'))).toEqual([]);
    }
  });
});

it('An order needs the secret, the present state, all names and no quorum, and runs out', () => {
  const { cluster, survivor } = bereft();
  const report = reportOf(survivor);
  const refusals = [
    orderFor(report, { secret: bytes('another secret, long enough') }),
    orderFor(report, { expiresAt: 0 }),
    orderFor({ ...report, fingerprint: 'another state' }),
    orderFor({ ...report, members: report.members.slice(1) }),
  ].map((order) => survivor.post(PATH, order));
  expect(refusals.map(({ status }) => status)).toEqual([401, 409, 409, 409]);
  expect(refusals.map(({ body }) => JSON.parse(String(body)).error)).toEqual([
    expect.stringContaining('secret'),
    expect.stringContaining('expired'),
    expect.stringContaining('changed'),
    expect.stringContaining('must name all others'),
  ]);
  expect(survivor.post(PATH, { fingerprint: 7 }).status).toBe(400);
  for (const member of cluster.members) if (!member.up) member.start();
  cluster.until(() => reportOf(survivor).hasQuorum, 'the others are back');
  expect(JSON.parse(String(survivor.post(PATH, orderFor(reportOf(survivor))).body)).error).toMatch(/there is a leader/);
  cluster.run(500);
  expect(survivor.up).toBe(true);
});

it('The survivor to choose is who holds most, and the report says what may be lost', () => {
  const cluster = new TestCluster(5).started();
  const [first, second] = cluster.members.filter(({ name }) => !cluster.leads(name, 'default')) as [TestMember, TestMember];
  cluster.world.partition([[second.name], cluster.members.filter((each) => each !== second).map(({ name }) => name)]);
  cluster.run(100);
  callsOf(cluster, cluster.leader()).put({ key: bytes('a') });
  cluster.run(500);
  for (const member of cluster.members) if (member !== first && member !== second) member.machine.kill();
  cluster.run(4000);
  const choice = chooseSurvivor([reportOf(second), reportOf(first)])!;
  expect(choice.survivor.name).toBe(first.name);
  expect(choice.losses.find((loss) => loss.startsWith('default'))).toMatch(
    /^default: kept up to entry \d+ \(revision 2\); what only n\d, n\d, n\d held after it is lost$/,
  );
});
