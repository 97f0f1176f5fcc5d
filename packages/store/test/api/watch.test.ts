// etcd's Watch as a client sees it, on one member and on a follower of three.
import { createPutRequest, createRequestOp, encodePutRequest } from '@reknit/etcd-api';
import { beforeEach, describe, expect, it } from 'vitest';
import { WATCH_LIMITS } from '../../src/api/watch/limits.js';
import { watchHandler } from '../../src/api/watch/watch-service.js';
import { ALL, bytes, callsOf, type EtcdCalls } from '../support/etcd-calls.js';
import { TestCluster, type TestMember } from '../support/test-cluster.js';
import { WatchClient } from '../support/watch-client.js';

const COMPACTED = 'etcdserver: mvcc: required revision has been compacted';

describe.each([1, 3])('Watch on a cluster of %i', (size) => {
  let cluster: TestCluster;
  let member: TestMember;
  let kv: EtcdCalls;
  let client: WatchClient;

  beforeEach(() => {
    cluster = new TestCluster(size).started();
    member = size === 1 ? cluster.leader() : cluster.follower();
    kv = callsOf(cluster, member);
    client = new WatchClient(member);
  });

  const put = (key: string, value = 'v'): number => kv.put({ key: bytes(key), value: bytes(value) }).value!.header!.revision;
  const remove = (key: string): void => void kv.remove({ key: bytes(key) });
  /** Some turns, but less than a heartbeat. */
  const settle = (): void => cluster.run(20);

  describe('events', () => {
    it('come after `created`, from the next revision on, of the watched keys only', () => {
      put('a', 'old');
      client.create({ key: bytes('a') }).create({ key: bytes('b'), rangeEnd: bytes('d') });
      put('a', '1');
      put('c', '2');
      put('d', '3');
      remove('a');
      remove('a');
      settle();
      expect(client.news()).toEqual(['0 created', '1 created', '0 put a=1@3', '1 put c=2@4', '0 delete a@6']);
    });

    it('of a deletion have only the key and the revision', () => {
      put('a');
      client.create({ key: bytes('a'), prevKv: true });
      remove('a');
      settle();
      const [event] = client.answers[1]!.events;
      expect(event).toMatchObject({ type: 1, kv: { modRevision: 3, createRevision: 0, version: 0, lease: 0n } });
      expect(event!.kv!.value).toHaveLength(0);
      expect(event!.prevKv).toMatchObject({ createRevision: 2, modRevision: 2, version: 1 });
    });

    it('of one transaction share an answer and a revision, in the order of its operations', () => {
      client.create({ key: ALL, rangeEnd: ALL });
      const success = ['z', 'a', 'm'].map((key) => createRequestOp({ requestPut: createPutRequest({ key: bytes(key) }) }));
      kv.txn({ success });
      settle();
      const answers = client.answers.slice(1);
      expect(answers).toHaveLength(1);
      expect(client.news()).toEqual(['0 created', '0 put z=@2', '0 put a=@2', '0 put m=@2']);
    });

    it('come from history first, then live, in order and each once', () => {
      for (let at = 2; at < 1500; at++)
        member.call('/etcdserverpb.KV/Put', encodePutRequest(createPutRequest({ key: bytes('k'), value: bytes(`${at}`) })));
      cluster.until(() => member.member.group('default')!.space.revision === 1499, 'all are written');
      client.create({ key: bytes('k'), startRevision: 2 });
      put('k', '1500');
      settle();
      const revisions = client.answers.flatMap(({ events }) => events.map((event) => event.kv!.modRevision));
      expect(revisions).toEqual(Array.from({ length: 1499 }, (_, at) => at + 2));
    });

    it('wait for a revision that is still to come', () => {
      client.create({ key: bytes('a'), startRevision: 4 });
      for (const value of ['2', '3', '4', '5']) put('a', value);
      settle();
      expect(client.news()).toEqual(['0 created', '0 put a=4@4', '0 put a=5@5']);
    });

    it('are filtered, and carry what was before where it is asked for and known', () => {
      client
        .create({ key: bytes('a'), filters: [0] })
        .create({ key: bytes('a'), filters: [1] })
        .create({ key: bytes('a'), filters: [0, 1] })
        .create({ key: bytes('a'), prevKv: true });
      put('a', '1');
      put('a', '2');
      remove('a');
      settle();
      expect(client.news().slice(4).sort()).toEqual([
        '0 delete a@4',
        '1 put a=1@2',
        '1 put a=2@3',
        '3 delete a@4 before 2',
        '3 put a=1@2',
        '3 put a=2@3 before 1',
      ]);
    });

    it('go on after the client has half-closed, until it goes away', () => {
      client.create({ key: bytes('a') }).halfClose();
      put('a', '1');
      settle();
      expect(client.news()).toEqual(['0 created', '0 put a=1@2']);
      client.goAway();
      put('a', '2');
      settle();
      expect(client.news()).toEqual([]);
      expect(client.failure).toBeUndefined();
      expect(member.member.group('default')!.watches.statistics()).toMatchObject({ streams: 0, watchers: 0 });
    });

    it('are of the keyspace that the metadata names', () => {
      const system = new WatchClient(member, { metadata: { 'reknit-keyspace': '_system' } });
      system.create({ key: bytes('a') });
      client.create({ key: bytes('a') });
      put('a', 'mine');
      callsOf(cluster, member, { 'reknit-keyspace': '_system' }).put({ key: bytes('a'), value: bytes('system') });
      settle();
      expect(client.news()).toEqual(['0 created', '0 put a=mine@2']);
      expect(system.news()).toEqual(['0 created', expect.stringMatching(/^0 put a=system@/)]);
      expect(new WatchClient(member, { metadata: { 'reknit-keyspace': 'other' } }).failure?.code).toBe(5);
    });
  });

  describe('a request', () => {
    it('may name its id; others are numbered from 0, past what is taken', () => {
      client.create({ watchId: 1n }).create({}).create({}).create({ watchId: -7n });
      expect(client.news()).toEqual(['1 created', '0 created', '2 created', '-7 created']);
    });

    it('that cannot be is refused with etcd’s reasons and id -1, and the stream goes on', () => {
      client
        .create({ key: bytes('a'), startRevision: -1 })
        .create({ key: bytes('b'), rangeEnd: bytes('a') })
        .create({ key: bytes('a'), watchId: 5n })
        .create({ key: bytes('a'), watchId: 5n });
      put('a', '1');
      settle();
      expect(client.news()).toEqual([
        `-1 created canceled ${COMPACTED}`,
        '-1 created canceled mvcc: watcher range is empty',
        '5 created',
        '-1 created canceled mvcc: duplicate watch ID provided on the WatchStream',
        '5 put a=1@2',
      ]);
    });

    it('to cancel is answered with the id and ends the events; an unknown id is not answered', () => {
      client
        .create({ key: bytes('a') })
        .create({ key: bytes('a') })
        .cancel(0n)
        .cancel(0n)
        .cancel(9n);
      put('a', '1');
      settle();
      expect(client.news()).toEqual(['0 created', '1 created', '0 canceled', '1 put a=1@2']);
    });

    it('without a key means from the first key on', () => {
      client.create({ rangeEnd: ALL });
      put('a', '1');
      settle();
      expect(client.news()).toEqual(['0 created', '0 put a=1@2']);
    });

    it('that is no message ends the stream', () => {
      client.raw(new Uint8Array([0xff, 0xff]));
      expect(client.failure?.code).toBe(13);
    });
  });

  describe('compaction', () => {
    it('cancels a watcher that asks for less than is left, without a revision in the header', () => {
      for (const value of ['2', '3', '4', '5']) put('a', value);
      kv.compact({ revision: 4 });
      client.create({ key: bytes('a'), startRevision: 3 }).create({ key: bytes('a'), startRevision: 4, prevKv: true });
      settle();
      expect(client.answers.find(({ canceled }) => canceled)!.header!.revision).toBe(0);
      expect(client.news().sort()).toEqual([
        '0 canceled compacted@4',
        '0 created',
        '1 created',
        '1 put a=4@4',
        '1 put a=5@5 before 4',
      ]);
      client.cancel(0n);
      expect(client.news()).toEqual([]);
    });

    it('cancels a slow watcher that it overtakes, and only that one', () => {
      client.create({ key: bytes('a') }).create({ key: bytes('b') });
      client.reads = false;
      put('a', '2');
      for (const value of ['3', '4', '5']) put('a', value);
      settle();
      expect(client.news()).toEqual(['0 created', '1 created', '0 put a=2@2']);
      expect(member.member.group('default')!.watches.statistics().slowWatchers).toBe(1);
      kv.compact({ revision: 5 });
      put('b', '6');
      settle();
      client.readAgain();
      settle();
      expect(client.news().sort()).toEqual(['0 canceled compacted@5', '1 put b=6@6']);
    });
  });

  describe('a client that does not read', () => {
    it('gets everything from history once it reads again, and nothing is kept for it meanwhile', () => {
      client.create({ key: bytes('a') });
      client.reads = false;
      for (let at = 2; at < 50; at++) put('a', `${at}`);
      settle();
      expect(client.news()).toEqual(['0 created', '0 put a=2@2']);
      client.readAgain();
      settle();
      expect(client.news()).toEqual(Array.from({ length: 47 }, (_, at) => `0 put a=${at + 3}@${at + 3}`));
      put('a', 'live');
      settle();
      expect(client.news()).toEqual(['0 put a=live@50']);
    });

    it('and goes on asking is stopped with a reason; others are undisturbed', () => {
      const handler = watchHandler(member.member, { ...WATCH_LIMITS, unreadAnswersPerStream: 20 });
      const greedy = new WatchClient(member, { handler });
      const other = new WatchClient(member, { handler });
      other.create({ key: bytes('a') });
      greedy.reads = false;
      for (let at = 0; at < 30; at++) greedy.create({ key: bytes('a') });
      expect(greedy.failure).toEqual({
        code: 8,
        message: 'reknit: 21 answers of this watch stream were not read by its client; read them before asking for more',
      });
      put('a', '1');
      settle();
      expect(other.news()).toEqual(['0 created', '0 put a=1@2']);
      expect(member.member.group('default')!.watches.statistics()).toMatchObject({ streams: 2, watchers: 1 });
    });
  });

  describe('progress', () => {
    it('is answered with id -1 when every watcher has everything, never ahead of events', () => {
      for (let at = 2; at < 10; at++) put('a', `${at}`);
      client
        .progress()
        .create({ key: bytes('a'), startRevision: 8 })
        .create({ key: bytes('b') })
        .progress();
      expect(client.news()).toEqual(['0 created', '1 created']);
      settle();
      expect(client.news()).toEqual(['0 put a=8@8', '0 put a=9@9', '-1 progress@9']);
      client.progress();
      expect(client.news()).toEqual(['-1 progress@9']);
    });

    it('waits while the client does not read', () => {
      client.create({ key: bytes('a') });
      client.reads = false;
      put('a', '2');
      put('a', '3');
      settle();
      client.progress();
      expect(client.news()).toEqual(['0 created', '0 put a=2@2']);
      client.readAgain();
      settle();
      expect(client.news()).toEqual(['0 put a=3@3', '-1 progress@3']);
    });

    it('comes by itself to watchers that asked for it and had no events', () => {
      const quick = new TestCluster(1, { watchProgressInterval: 200 }).started();
      const one = quick.members[0]!;
      const watching = new WatchClient(one);
      watching.create({ key: bytes('a'), progressNotify: true }).create({ key: bytes('a') });
      watching.create({ key: bytes('b'), progressNotify: true });
      quick.run(100);
      callsOf(quick, one).put({ key: bytes('a'), value: bytes('1') });
      quick.run(130);
      expect(watching.news()).toEqual(['0 created', '1 created', '2 created', '0 put a=1@2', '1 put a=1@2', '2 progress@2']);
      quick.run(220);
      expect(watching.news()).toEqual(['0 progress@2', '2 progress@2']);
    });
  });

  describe('limits', () => {
    it('refuse one watcher too many on a stream, and on a member, with the reason', () => {
      const handler = watchHandler(member.member, { ...WATCH_LIMITS, watchersPerStream: 2, watchers: 3 });
      const clients = [new WatchClient(member, { handler }), new WatchClient(member, { handler })] as const;
      for (const each of clients) for (let at = 0; at < 3; at++) each.create({ key: bytes('a') });
      expect(clients[0].news().at(-1)).toMatch(/^-1 created canceled reknit: this stream has 2 watchers/);
      expect(clients[1].news().at(-1)).toMatch(/^-1 created canceled reknit: this member has 3 watchers/);
      clients[0].cancel(0n);
      expect(clients[1].create({ key: bytes('a') }).news()).toEqual(['1 created']);
    });

    it('refuse one stream too many on a connection, and on a member; the first ones go on', () => {
      const handler = watchHandler(member.member, { ...WATCH_LIMITS, streamsPerConnection: 2, streams: 3 });
      const open = (peer: string): WatchClient => new WatchClient(member, { handler, peer });
      const first = [open('x'), open('x')];
      expect(open('x').failure).toMatchObject({ code: 8, message: expect.stringMatching(/this connection has 2 watch streams/) });
      expect(open('y').failure).toBeUndefined();
      expect(open('z').failure).toMatchObject({ code: 8, message: expect.stringMatching(/this member has 3 watch streams/) });
      first[0]!.goAway();
      expect(open('z').failure).toBeUndefined();
      expect(first[1]!.create({}).news()).toEqual(['0 created']);
    });
  });

  it('a large answer is cut into marked pieces for who asked for it', () => {
    const small = new TestCluster(1, { requestBytesMax: 600 }).started();
    const one = small.members[0]!;
    for (let at = 0; at < 14; at++) callsOf(small, one).put({ key: bytes(`k${at}`), value: bytes('x'.repeat(60)) });
    const all = { key: ALL, rangeEnd: ALL, startRevision: 2 };
    const whole = new WatchClient(one).create(all);
    const cut = new WatchClient(one).create({ ...all, fragment: true, watchId: 3n });
    small.run(20);
    expect(whole.answers.slice(1).map(({ fragment, events }) => [fragment, events.length])).toEqual([[false, 14]]);
    const pieces = cut.answers.slice(1);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.map(({ fragment }) => fragment)).toEqual([...pieces.slice(1).map(() => true), false]);
    expect(pieces.flatMap(({ events }) => events)).toHaveLength(14);
    expect(new Set(pieces.map(({ watchId }) => watchId))).toEqual(new Set([3n]));
  });

  it('streams end as stopped when the member does', () => {
    client.create({ key: bytes('a') });
    member.member.close();
    expect(client.failure).toEqual({ code: 14, message: 'etcdserver: server stopped' });
  });
});

describe('Watch in a cluster', () => {
  it('with `hasleader` ends after three election time-outs without a leader, without it goes on', () => {
    const cluster = new TestCluster(3).started();
    const [lonely, ...others] = cluster.members;
    const strict = new WatchClient(lonely!, { metadata: { hasleader: 'true' } });
    const patient = new WatchClient(lonely!);
    for (const each of [strict, patient]) each.create({ key: bytes('a') });
    cluster.run(10_000);
    expect(strict.failure).toBeUndefined();
    for (const other of others) other.machine.kill();
    cluster.run(2500);
    expect(strict.failure).toBeUndefined();
    cluster.run(4000);
    expect(strict.failure).toEqual({ code: 14, message: 'etcdserver: no leader' });
    expect(patient.failure).toBeUndefined();
    expect(new WatchClient(lonely!, { metadata: { hasleader: 'true' } }).failure?.message).toBe('etcdserver: no leader');
  });

  it('shows the same events in the same order on every member, whichever member was written to', () => {
    const cluster = new TestCluster(3).started();
    const clients = cluster.members.map((member) => new WatchClient(member).create({ key: ALL, rangeEnd: ALL }));
    for (let at = 0; at < 30; at++)
      callsOf(cluster, cluster.members[at % 3]!).put({ key: bytes(`k${at % 4}`), value: bytes(`${at}`) });
    cluster.run(200);
    const [first, ...rest] = clients.map((client) => client.news());
    expect(first).toHaveLength(31);
    for (const other of rest) expect(other).toEqual(first);
  });

  /** Its member misses a hundred puts and all of the log that holds them. @param compacted up to here, meanwhile */
  const watchOverSnapshot = (compacted: number | undefined): string[] => {
    const cluster = new TestCluster(3, { snapshotCount: 20, catchupEntries: 5, segmentBytes: 64 * 1024 }).started();
    const behind = cluster.follower();
    const others = cluster.members.filter((each) => each !== behind);
    const client = new WatchClient(behind).create({ key: ALL, rangeEnd: ALL });
    cluster.run(100);
    cluster.world.partition([[behind.name], others.map(({ name }) => name)]);
    const calls = callsOf(cluster, cluster.leader() === behind ? others[0]! : cluster.leader());
    for (let at = 0; at < 100; at++) calls.put({ key: bytes(`k${at % 4}`), value: bytes(`${at}`) });
    if (compacted !== undefined) calls.compact({ revision: compacted });
    cluster.run(12_000);
    cluster.world.heal();
    cluster.until(() => behind.member.group('default')!.space.revision === 101, 'the snapshot is there', 60_000);
    callsOf(cluster, behind).put({ key: bytes('k'), value: bytes('live') });
    cluster.run(100);
    expect(behind.lines.some(({ message }) => message === 'snapshot installed')).toBe(true);
    return client.news();
  };

  it('goes on without a gap after its member has loaded a snapshot', () => {
    const missed = Array.from({ length: 100 }, (_, at) => `0 put k${at % 4}=${at}@${at + 2}`);
    expect(watchOverSnapshot(undefined)).toEqual(['0 created', ...missed, '0 put k=live@102']);
  });

  it('is cancelled, not shown a gap, when the snapshot no longer has what it missed', () => {
    expect(watchOverSnapshot(80)).toEqual(['0 created', '0 canceled compacted@80']);
  });
});
