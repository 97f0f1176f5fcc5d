// Disks that run full: writes that make the data grow are refused with etcd's text, everything that helps still gets through, and
// what the protocol itself must write always finds room.
import { AlarmAction, AlarmType, createPutRequest, createRequestOp, encodePutRequest } from '@reknit/etcd-api';
import { Status } from '@reknit/grpc';
import { expect, it } from 'vitest';
import { levelOf } from '../src/cluster/level.js';
import { change } from './support/changes.js';
import { bytes, callsOf, type EtcdCalls } from './support/etcd-calls.js';
import { describeOverProtocols } from './support/over-protocols.js';
import { TestCluster, type TestMember } from './support/test-cluster.js';

const NO_SPACE = { code: Status.resourceExhausted, message: 'etcdserver: mvcc: database space exceeded' };
const SEGMENT_BYTES = 256 * 1024;
const SMALL = { segmentBytes: SEGMENT_BYTES };

const fill = ({ machine }: TestMember): void => {
  machine.disk.capacityBytes = machine.disk.usedBytes();
};

const empty = ({ machine }: TestMember): void => {
  machine.disk.capacityBytes = Number.POSITIVE_INFINITY;
};

const raised = (cluster: TestCluster): boolean =>
  cluster.members.some((each) => each.up && each.member.group('default')!.alarms.raised.length > 0);

const disarm = (calls: EtcdCalls): void => {
  for (const { memberID, alarm } of calls.alarm({ action: AlarmAction.GET }).value!.alarms)
    expect(calls.alarm({ action: AlarmAction.DEACTIVATE, memberID, alarm }).failure).toBeUndefined();
};

const log = ({ member }: TestMember): { room: number; diskFull: boolean } => member.wal.statistics();

describeOverProtocols('full disks', () => {
  it('refuse what makes the data grow, let through what helps, and take writes again once there is room and no alarm', () => {
    const cluster = new TestCluster(3, SMALL).started();
    const calls = callsOf(cluster, cluster.follower());
    const lease = calls.grant({ TTL: 60 }).value!.ID;
    for (const key of ['a', 'b']) calls.put({ key: bytes(key), lease });
    const { revision } = calls.put({ key: bytes('c') }).value!.header!;
    for (const member of cluster.members) fill(member);
    cluster.until(() => raised(cluster), 'the alarm is raised', 3000);
    cluster.run(100);

    expect(calls.put({ key: bytes('d') }).failure).toEqual(NO_SPACE);
    expect(calls.grant({ TTL: 60 }).failure).toEqual(NO_SPACE);
    const put = createRequestOp({ requestPut: createPutRequest({ key: bytes('d') }) });
    expect(calls.txn({ failure: [put] }).failure).toEqual(NO_SPACE);
    expect(calls.range({ key: bytes('c') }).value!.count).toBe(1);
    expect(calls.remove({ key: bytes('c') }).value!.deleted).toBe(1);
    expect(calls.revoke(lease).failure).toBeUndefined();
    expect(calls.compact({ revision }).failure).toBeUndefined();
    expect(calls.status().value!.errors.join()).toMatch(/^memberID:\d+ alarm:NOSPACE /);
    const health = cluster.leader().get('/health').response!;
    expect([health.status, health.body]).toEqual([503, '{"health":"false","reason":"ALARM NOSPACE"}']);
    const excused = cluster.leader().get('/health?exclude=NOSPACE');
    cluster.until(() => excused.response !== undefined, 'the probe is answered');
    expect(excused.response!.status).toBe(200);

    disarm(calls);
    cluster.until(() => raised(cluster), 'the alarm is raised again while there is no room', 3000);
    for (const member of cluster.members) empty(member);
    cluster.run(2000);
    expect(calls.put({ key: bytes('d') }).failure).toEqual(NO_SPACE);
    disarm(calls);
    cluster.run(100);
    expect(calls.put({ key: bytes('d') }).failure).toBeUndefined();
    for (const { failures } of cluster.members) expect(failures).toEqual([]);
  });

  it('leave room in the log for an election and the end of a configuration, however fast they were filled', () => {
    const cluster = new TestCluster(3, SMALL).started();
    const request = encodePutRequest(createPutRequest({ key: bytes('k'), value: new Uint8Array(4096).fill(7) }));
    for (const member of cluster.members) fill(member);
    const leader = cluster.leader();
    for (let at = 0; at < 300; at++) {
      for (const member of cluster.members) member.call('/etcdserverpb.KV/Put', request);
      cluster.run(2);
    }
    expect(cluster.members.map((member) => log(member).diskFull)).toEqual([true, true, true]);
    for (const member of cluster.members) expect(log(member).room).toBeGreaterThan(1024);
    leader.machine.kill();
    cluster.until(() => cluster.members.some((each) => each.up && cluster.leads(each.name, 'default')), 'another leads');
    cluster.run(1000);
    const calls = callsOf(cluster, cluster.leader());
    expect(calls.remove({ key: bytes('k') }).value!.deleted).toBe(1);
    const protocol = cluster.leader().member.group('default')!.protocol.name === 'zab' ? 'raft' : 'zab';
    expect(change(cluster, cluster.leader(), { kind: 'switch', protocol })).toMatchObject({ protocol });
    for (const { failures } of cluster.members) expect(failures).toEqual([]);
  });

  it('stop nobody while a majority has room, and whoever has none leads no longer', () => {
    const cluster = new TestCluster(3, SMALL).started();
    const full = cluster.leader();
    fill(full);
    cluster.until(() => cluster.members.some(({ name }) => name !== full.name && cluster.leads(name, 'default')), 'handed over');
    cluster.run(3000);
    expect(raised(cluster)).toBe(false);
    expect(cluster.leader()).not.toBe(full);
    expect(callsOf(cluster, full).put({ key: bytes('d') }).failure).toBeUndefined();
  });
});

it('A state beyond its quota raises the alarm, as in etcd', () => {
  const cluster = new TestCluster(1, { quotaBytes: 1 }).started();
  const [member] = cluster.members;
  const calls = callsOf(cluster, member!);
  calls.put({ key: bytes('a'), value: new Uint8Array(4096) });
  cluster.until(() => raised(cluster), 'the alarm is raised');
  expect(calls.put({ key: bytes('d') }).failure).toEqual(NO_SPACE);
  expect(calls.status().value!.dbSizeQuota).toBe(1);
});

it('Alarms are raised and listed by hand, too; CORRUPT refuses reads and writes', () => {
  const cluster = new TestCluster(1).started();
  const calls = callsOf(cluster, cluster.leader());
  cluster.until(() => levelOf(cluster.leader().member.reconfiguration.applied) > 1, 'all members know alarms');
  const alarm = { memberID: 7n, alarm: AlarmType.CORRUPT };
  expect(calls.alarm({ action: AlarmAction.ACTIVATE, ...alarm }).value!.alarms).toEqual([alarm]);
  expect(calls.alarm({ alarm: AlarmType.NOSPACE }).value!.alarms).toEqual([]);
  expect(calls.alarm({}).value!.alarms).toEqual([alarm]);
  expect(calls.range({ key: bytes('a') }).failure?.message).toBe('etcdserver: corrupt cluster');
  expect(calls.put({ key: bytes('a') }).failure?.message).toBe('etcdserver: corrupt cluster');
  expect(calls.alarm({ action: AlarmAction.DEACTIVATE, ...alarm }).value!.alarms).toEqual([alarm]);
  expect(calls.put({ key: bytes('a') }).failure).toBeUndefined();
});
