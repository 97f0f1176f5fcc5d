// etcd's Lock and Election services: who holds, who waits, who gives up, and every refusal in etcd's words.
import {
  createCampaignRequest,
  createLeaderRequest,
  createLockRequest,
  createProclaimRequest,
  createResignRequest,
  createUnlockRequest,
  decodeCampaignResponse,
  decodeLeaderResponse,
  decodeLockResponse,
  encodeCampaignRequest,
  encodeLeaderRequest,
  encodeLockRequest,
  encodeProclaimRequest,
  encodeResignRequest,
  encodeUnlockRequest,
  type LeaderKey,
} from '@reknit/etcd-api';
import { beforeEach, describe, expect, it } from 'vitest';
import { OpenCalls } from '../../src/api/concurrency/open-calls.js';
import { lockMethods } from '../../src/api/lock.js';
import { ALL, bytes, callsOf, type EtcdCalls } from '../support/etcd-calls.js';
import { OpenCall } from '../support/open-call.js';
import { TestCluster, type TestMember } from '../support/test-cluster.js';

const text = (value: Uint8Array): string => new TextDecoder().decode(value);
const unknown = (message: string) => ({ code: 2, message });

describe.each([1, 3])('on a cluster of %i', (size) => {
  let cluster: TestCluster;
  let member: TestMember;
  let kv: EtcdCalls;

  beforeEach(() => {
    cluster = new TestCluster(size).started();
    member = size === 1 ? cluster.leader() : cluster.follower();
    kv = callsOf(cluster, member);
  });

  const call = (path: string, request: Uint8Array, at: TestMember = member): OpenCall => new OpenCall(at, path, request);
  const answered = (open: OpenCall): OpenCall => {
    cluster.until(() => open.settled, 'the call is answered');
    return open;
  };
  const settle = (): void => cluster.run(300);
  const grant = (id: bigint): void => expect(kv.grant({ ID: id, TTL: 1000 }).failure).toBeUndefined();
  const revoke = (id: bigint): void => expect(kv.revoke(id).failure).toBeUndefined();
  const keys = (): string[] => kv.range({ key: ALL, rangeEnd: ALL }).value!.kvs.map(({ key }) => text(key));

  describe('Lock', () => {
    const lock = (name: string, lease = 0n, at: TestMember = member): OpenCall =>
      call('/v3lockpb.Lock/Lock', encodeLockRequest(createLockRequest({ name: bytes(name), lease })), at);
    const unlock = (key: string): OpenCall =>
      answered(call('/v3lockpb.Lock/Unlock', encodeUnlockRequest(createUnlockRequest({ key: bytes(key) }))));
    const keyOf = (open: OpenCall): string => text(decodeLockResponse(open.answers[0]!).key);

    it('is held by the key NAME/LEASE in hex, and again by the same lease', () => {
      grant(255n);
      const first = answered(lock('l', 255n));
      expect(keyOf(first)).toBe('l/ff');
      expect(decodeLockResponse(first.answers[0]!).header!.revision).toBe(2);
      expect(keyOf(answered(lock('l', 255n)))).toBe('l/ff');
      expect(keys()).toEqual(['l/ff']);
    });

    it('without a lease is held under one of a minute', () => {
      const held = answered(lock('l'));
      const lease = BigInt(`0x${keyOf(held).slice(2)}`);
      expect(lease).toBeGreaterThan(0n);
      expect(kv.timeToLive(lease).value).toMatchObject({ grantedTTL: 60 });
    });

    it('goes from one to the next in the order in which they asked, whichever member they asked', () => {
      for (const lease of [1n, 2n, 3n]) grant(lease);
      answered(lock('l', 1n));
      const second = lock('l', 2n, cluster.members.at(-1)!);
      settle();
      const third = lock('l', 3n, cluster.members[0]!);
      settle();
      expect([second.settled, third.settled]).toEqual([false, false]);
      expect(unlock('l/1').failure).toBeUndefined();
      expect(keyOf(answered(second))).toBe('l/2');
      settle();
      expect(third.settled).toBe(false);
      revoke(2n);
      expect(keyOf(answered(third))).toBe('l/3');
    });

    it('does not wait for locks of other names, also when one name begins with the other', () => {
      for (const lease of [1n, 2n, 3n]) grant(lease);
      answered(lock('l', 1n));
      expect(keyOf(answered(lock('l/x', 2n)))).toBe('l/x/2');
      expect(keyOf(answered(lock('l0', 3n)))).toBe('l0/3');
    });

    it('leaves nothing behind of one who gives up, and who waits behind moves up', () => {
      for (const lease of [1n, 2n, 3n]) grant(lease);
      answered(lock('l', 1n));
      const second = lock('l', 2n);
      settle();
      const third = lock('l', 3n);
      settle();
      second.giveUp();
      settle();
      expect(keys()).toEqual(['l/1', 'l/3']);
      unlock('l/1');
      expect(keyOf(answered(third))).toBe('l/3');
      expect(second.settled).toBe(false);
    });

    it('leaves nothing behind of one who gives up before its key is there', () => {
      grant(1n);
      lock('l', 1n).giveUp();
      lock('m').giveUp();
      settle();
      expect(keys()).toEqual([]);
    });

    it('is not given to one whose lease has ended while it waited', () => {
      for (const lease of [1n, 2n]) grant(lease);
      answered(lock('l', 1n));
      const second = lock('l', 2n);
      settle();
      revoke(2n);
      settle();
      unlock('l/1');
      expect(answered(second).failure).toEqual(unknown('mutex: session is expired'));
    });

    it('refuses an unknown lease, and Unlock an empty key, in etcd’s words and code', () => {
      expect(answered(lock('l', 77n)).failure).toEqual(unknown('etcdserver: requested lease not found'));
      expect(unlock('').failure).toEqual(unknown('etcdserver: key is not provided'));
      expect(unlock('nothing').failure).toBeUndefined();
    });

    it('who waits is told when the member stops', () => {
      for (const lease of [1n, 2n]) grant(lease);
      answered(lock('l', 1n));
      const second = lock('l', 2n);
      settle();
      member.member.close();
      expect(second.failure).toEqual({ code: 14, message: 'etcdserver: server stopped' });
    });
  });

  describe('Election', () => {
    const path = (method: string): string => `/v3electionpb.Election/${method}`;
    const campaign = (lease: bigint, value: string, at: TestMember = member): OpenCall =>
      call(path('Campaign'), encodeCampaignRequest(createCampaignRequest({ name: bytes('e'), lease, value: bytes(value) })), at);
    const proclaim = (leader: LeaderKey | undefined, value: string): OpenCall =>
      answered(call(path('Proclaim'), encodeProclaimRequest(createProclaimRequest({ leader, value: bytes(value) }))));
    const resign = (leader: LeaderKey | undefined): OpenCall =>
      answered(call(path('Resign'), encodeResignRequest(createResignRequest({ leader }))));
    const leader = (): OpenCall => answered(call(path('Leader'), encodeLeaderRequest(createLeaderRequest({ name: bytes('e') }))));
    const observe = (metadata: Readonly<Record<string, string>> = {}): OpenCall =>
      new OpenCall(member, path('Observe'), encodeLeaderRequest(createLeaderRequest({ name: bytes('e') })), metadata);
    const leaderKey = (open: OpenCall): LeaderKey => decodeCampaignResponse(answered(open).answers[0]!).leader!;
    const proclaimed = (open: OpenCall): string => text(decodeLeaderResponse(open.answers[0]!).kv!.value);
    const observed = (open: OpenCall): string[] =>
      open.answers.splice(0).map((answer) => {
        const { kv: found, header } = decodeLeaderResponse(answer);
        return `${text(found!.key)}=${text(found!.value)}@${header!.revision}`;
      });

    it('is won by who comes first; the next one wins when that resigns', () => {
      for (const lease of [1n, 2n]) grant(lease);
      const first = leaderKey(campaign(1n, 'one'));
      expect(first).toMatchObject({ rev: 2, lease: 1n });
      expect(text(first.key)).toBe('e/1');
      expect(text(first.name)).toBe('e');
      const second = campaign(2n, 'two', cluster.members[0]!);
      settle();
      expect(second.settled).toBe(false);
      expect(proclaimed(leader())).toBe('one');
      expect(resign(first).failure).toBeUndefined();
      expect(leaderKey(second).rev).toBe(3);
      expect(proclaimed(leader())).toBe('two');
    });

    it('who campaigns again with another value keeps its place and proclaims it', () => {
      grant(1n);
      const first = leaderKey(campaign(1n, 'one'));
      expect(leaderKey(campaign(1n, 'other'))).toEqual(first);
      expect(proclaimed(leader())).toBe('other');
    });

    it('lets only the leader proclaim', () => {
      grant(1n);
      const key = leaderKey(campaign(1n, 'one'));
      expect(proclaim(key, 'two').failure).toBeUndefined();
      expect(proclaimed(leader())).toBe('two');
      expect(proclaim({ ...key, rev: 1 }, 'three').failure).toEqual(unknown('election: not leader'));
      expect(proclaim(undefined, 'three').failure).toEqual(unknown('"leader" field must be provided'));
      revoke(1n);
      expect(proclaim(key, 'three').failure).toEqual(unknown('election: not leader'));
    });

    it('refuses in etcd’s words, and lets anybody resign who does not lead', () => {
      expect(leader().failure).toEqual(unknown('election: no leader'));
      expect(answered(campaign(77n, 'x')).failure).toEqual(unknown('etcdserver: requested lease not found'));
      expect(resign(undefined).failure).toEqual(unknown('"leader" field must be provided'));
      grant(1n);
      const key = leaderKey(campaign(1n, 'one'));
      expect(resign({ ...key, rev: 1 }).failure).toBeUndefined();
      expect(proclaimed(leader())).toBe('one');
    });

    it('forgets a candidate that gives up', () => {
      for (const lease of [1n, 2n]) grant(lease);
      leaderKey(campaign(1n, 'one'));
      const second = campaign(2n, 'two');
      settle();
      second.giveUp();
      settle();
      expect(keys()).toEqual(['e/1']);
    });

    it('shows observers the leader at hand, what it proclaims, and the next one', () => {
      for (const lease of [1n, 2n]) grant(lease);
      const early = observe();
      settle();
      expect(observed(early)).toEqual([]);
      const first = leaderKey(campaign(1n, 'one'));
      settle();
      expect(observed(early)).toEqual(['e/1=one@2']);
      const late = observe();
      settle();
      expect(observed(late)).toEqual(['e/1=one@2']);
      const second = campaign(2n, 'two');
      proclaim(first, 'more');
      settle();
      resign(first);
      leaderKey(second);
      settle();
      for (const open of [early, late]) expect(observed(open)).toEqual(['e/1=more@4', 'e/2=two@5']);
      early.giveUp();
      revoke(2n);
      leaderKey(campaign(1n, 'again'));
      settle();
      expect(observed(early)).toEqual([]);
      expect(observed(late)).toEqual(['e/1=again@7']);
    });

    it('keeps nothing for an observer that does not read', () => {
      grant(1n);
      const key = leaderKey(campaign(1n, 'one'));
      const slow = observe();
      slow.reads = false;
      settle();
      for (const value of ['a', 'b', 'c']) proclaim(key, value);
      settle();
      expect(observed(slow)).toEqual(['e/1=one@2']);
      slow.readAgain();
      settle();
      expect(observed(slow).map((each) => each.slice(0, 5))).toEqual(['e/1=a', 'e/1=b', 'e/1=c']);
    });
  });
});

describe('Observe', () => {
  it('with `hasleader` ends when there has been no leader for three election time-outs', () => {
    const cluster = new TestCluster(3).started();
    const [lonely, ...others] = cluster.members;
    const request = encodeLeaderRequest(createLeaderRequest({ name: bytes('e') }));
    const strict = new OpenCall(lonely!, '/v3electionpb.Election/Observe', request, { hasleader: 'true' });
    cluster.run(100);
    for (const other of others) other.machine.kill();
    cluster.run(8000);
    expect(strict.failure).toEqual({ code: 14, message: 'etcdserver: no leader' });
  });
});

describe('a member', () => {
  it('takes no more waiting calls than it bears, says so, and takes another when one has ended', () => {
    const cluster = new TestCluster(1).started();
    const member = cluster.leader();
    const open = new OpenCalls(2);
    const lock = (lease: bigint): OpenCall =>
      new OpenCall(
        member,
        lockMethods(member.member, open).Lock!,
        encodeLockRequest(createLockRequest({ name: bytes('l'), lease })),
      );
    for (const ID of [1n, 2n, 3n, 4n]) callsOf(cluster, member).grant({ ID, TTL: 1000 });
    const settle = (): void => cluster.run(100);
    lock(1n);
    settle();
    const waiting = [lock(2n), lock(3n)];
    settle();
    expect(lock(4n).failure).toEqual({
      code: 8,
      message: 'reknit: 2 calls of Lock, Campaign and Observe wait at this member, the most that it takes; ask another member',
    });
    waiting[0]!.giveUp();
    settle();
    expect(lock(4n).failure).toBeUndefined();
  });
});
