// etcd's KV service as a client sees it, through encoded messages, on one member and on the followers of three.
import {
  createCompare,
  createDeleteRangeRequest,
  createPutRequest,
  createRangeRequest,
  createRequestOp,
  createTxnRequest,
  encodePutRequest,
  type PutRequest,
  type RangeRequest,
  type RequestOp,
  type TxnRequest,
} from '@reknit/etcd-api';
import { beforeEach, describe, expect, it } from 'vitest';
import { ALL, bytes, callsOf, type EtcdCalls } from '../support/etcd-calls.js';
import { TestCluster } from '../support/test-cluster.js';

const invalid = (message: string) => ({ code: 3, message: `etcdserver: ${message}` });
const outOfRange = (message: string) => ({ code: 11, message: `etcdserver: mvcc: required revision ${message}` });
const FUTURE = outOfRange('is a future revision');
const COMPACTED = outOfRange('has been compacted');
const text = (value: Uint8Array): string => new TextDecoder().decode(value);

const put = (key: string, value = '', more: Partial<PutRequest> = {}): RequestOp =>
  createRequestOp({ requestPut: createPutRequest({ key: bytes(key), value: bytes(value), ...more }) });
const get = (key: string, more: Partial<RangeRequest> = {}): RequestOp =>
  createRequestOp({ requestRange: createRangeRequest({ key: bytes(key), ...more }) });
const remove = (key: string, end = ''): RequestOp =>
  createRequestOp({ requestDeleteRange: createDeleteRangeRequest({ key: bytes(key), rangeEnd: bytes(end) }) });
const nested = (request: Partial<TxnRequest>): RequestOp => createRequestOp({ requestTxn: createTxnRequest(request) });

describe.each([1, 3])('KV on a cluster of %i', (size) => {
  let cluster: TestCluster;
  let kv: EtcdCalls;

  beforeEach(() => {
    cluster = new TestCluster(size).started();
    kv = callsOf(cluster, size === 1 ? cluster.leader() : cluster.follower());
  });

  const set = (key: string, value = 'v'): number => kv.put({ key: bytes(key), value: bytes(value) }).value!.header!.revision;
  const keys = (request: Partial<RangeRequest>): string[] => kv.range(request).value!.kvs.map(({ key }) => text(key));

  describe('Range', () => {
    it('refuses what no range can be, with etcd’s texts', () => {
      expect(kv.range({}).failure).toEqual(invalid('key is not provided'));
      expect(kv.range({ key: bytes('a'), sortOrder: 3 }).failure).toEqual(invalid('invalid sort option'));
      expect(kv.range({ key: bytes('a'), sortTarget: 5 }).failure).toEqual(invalid('invalid sort option'));
      expect(kv.range({ key: bytes('a'), revision: 9 }).failure).toEqual(FUTURE);
      expect(kv.range({ key: bytes('a'), rangeEnd: bytes('b'), revision: 9, serializable: true }).failure).toEqual(FUTURE);
    });

    it('is a point, an interval, all from a key on, everything, or empty', () => {
      for (const key of ['a', 'aa', 'b', 'c']) set(key);
      expect(keys({ key: bytes('a') })).toEqual(['a']);
      expect(keys({ key: bytes('a'), rangeEnd: bytes('b') })).toEqual(['a', 'aa']);
      expect(keys({ key: bytes('b'), rangeEnd: ALL })).toEqual(['b', 'c']);
      expect(keys({ key: ALL, rangeEnd: ALL })).toEqual(['a', 'aa', 'b', 'c']);
      expect(kv.range({ key: bytes('b'), rangeEnd: bytes('a') }).value).toMatchObject({ kvs: [], count: 0, more: false });
      expect(kv.range({ key: bytes('b'), rangeEnd: bytes('b') }).value).toMatchObject({ kvs: [], count: 0 });
    });

    it('counts all of the range whatever limit and filters leave of it', () => {
      for (const key of ['a', 'b', 'c']) set(key);
      const all = { key: ALL, rangeEnd: ALL };
      expect(kv.range({ ...all, limit: 2 }).value).toMatchObject({ more: true, count: 3, kvs: { length: 2 } });
      expect(kv.range({ ...all, limit: 3 }).value).toMatchObject({ more: false, count: 3 });
      expect(kv.range({ ...all, countOnly: true }).value).toMatchObject({ kvs: [], count: 3 });
      expect(kv.range({ ...all, minModRevision: 3 }).value).toMatchObject({ count: 3, kvs: { length: 2 } });
      expect(keys({ ...all, maxCreateRevision: 2 })).toEqual(['a']);
    });

    it('sorts, ascending where only a target is given, before it limits', () => {
      for (const [key, value] of [
        ['a', '3'],
        ['b', '1'],
        ['c', '2'],
      ] as const)
        set(key, value);
      const all = { key: ALL, rangeEnd: ALL };
      expect(keys({ ...all, sortTarget: 4 })).toEqual(['b', 'c', 'a']);
      expect(keys({ ...all, sortTarget: 4, sortOrder: 2, limit: 2 })).toEqual(['a', 'c']);
      expect(keys({ ...all, sortOrder: 2 })).toEqual(['c', 'b', 'a']);
    });

    it('reads the past, and its header still tells the present', () => {
      const first = set('a', 'old');
      const last = set('a', 'new');
      const { header, kvs } = kv.range({ key: bytes('a'), revision: first }).value!;
      expect(text(kvs[0]!.value)).toBe('old');
      expect(header!.revision).toBe(last);
      expect(kv.range({ key: bytes('a'), keysOnly: true }).value!.kvs[0]).toMatchObject({
        createRevision: first,
        modRevision: last,
        version: 2,
        value: { length: 0 },
      });
    });
  });

  describe('Put', () => {
    it('refuses what no put can be, with etcd’s texts', () => {
      expect(kv.put({}).failure).toEqual(invalid('key is not provided'));
      expect(kv.put({ key: bytes('a'), value: bytes('v'), ignoreValue: true }).failure).toEqual(invalid('value is provided'));
      expect(kv.put({ key: bytes('a'), lease: 1n, ignoreLease: true }).failure).toEqual(invalid('lease is provided'));
      expect(kv.put({ key: bytes('a'), ignoreValue: true }).failure).toEqual(invalid('key not found'));
      expect(kv.put({ key: bytes('a'), ignoreLease: true }).failure).toEqual(invalid('key not found'));
      const unknownLease = { code: 5, message: 'etcdserver: requested lease not found' };
      expect(kv.put({ key: bytes('a'), lease: 7n }).failure).toEqual(unknownLease);
      expect(kv.range({ key: ALL, rangeEnd: ALL }).value!.header!.revision).toBe(1);
    });

    it('keeps the create revision, counts versions, and begins anew after a deletion', () => {
      const first = set('a');
      const second = set('a');
      const before = { createRevision: first, modRevision: second, version: 2 };
      expect(kv.range({ key: bytes('a') }).value!.kvs).toMatchObject([before]);
      expect(kv.put({ key: bytes('a'), value: bytes('w'), prevKv: true }).value!.prevKv).toMatchObject(before);
      kv.remove({ key: bytes('a') });
      const again = set('a');
      expect(kv.range({ key: bytes('a') }).value!.kvs).toMatchObject([{ createRevision: again, version: 1 }]);
      expect(kv.put({ key: bytes('new'), prevKv: true }).value!.prevKv).toBeUndefined();
    });

    it('with ignore_value keeps the value', () => {
      set('a', 'kept');
      kv.put({ key: bytes('a'), ignoreValue: true });
      expect(text(kv.range({ key: bytes('a') }).value!.kvs[0]!.value)).toBe('kept');
    });

    it('above the request limit is too large, just below it is not', () => {
      const small = new TestCluster(1, { requestBytesMax: 2000 }).started();
      const calls = callsOf(small, small.leader());
      const overhead = encodePutRequest(createPutRequest({ key: bytes('a'), value: new Uint8Array(1000) })).length - 1000;
      expect(calls.put({ key: bytes('a'), value: new Uint8Array(2000 - overhead) }).failure).toBeUndefined();
      expect(calls.put({ key: bytes('a'), value: new Uint8Array(2001 - overhead) }).failure).toEqual(
        invalid('request is too large'),
      );
    });
  });

  describe('DeleteRange', () => {
    it('tells what it deleted, and moves the revision only if it did', () => {
      expect(kv.remove({}).failure).toEqual(invalid('key is not provided'));
      for (const key of ['a', 'b', 'c']) set(key, key);
      const deleted = kv.remove({ key: bytes('a'), rangeEnd: bytes('c'), prevKv: true }).value!;
      expect(deleted.deleted).toBe(2);
      expect(deleted.prevKvs.map(({ value }) => text(value))).toEqual(['a', 'b']);
      expect(deleted.header!.revision).toBe(5);
      expect(kv.remove({ key: bytes('a') }).value).toMatchObject({ deleted: 0, header: { revision: 5 } });
    });
  });

  describe('Txn', () => {
    it('refuses what no transaction can be, with etcd’s texts', () => {
      const many = Array.from({ length: 129 }, (_, at) => get(`k${at}`));
      expect(kv.txn({ success: many }).failure).toEqual(invalid('too many operations in txn request'));
      expect(kv.txn({ success: many.slice(1) }).failure).toBeUndefined();
      expect(kv.txn({ success: [nested({ success: many.slice(1) })] }).failure).toEqual(
        invalid('too many operations in txn request'),
      );
      expect(kv.txn({ success: [put('a'), put('a')] }).failure).toEqual(invalid('duplicate key given in txn request'));
      expect(kv.txn({ success: [put('a'), remove('a', 'c')] }).failure).toEqual(invalid('duplicate key given in txn request'));
      expect(kv.txn({ success: [createRequestOp({})] }).failure).toEqual(invalid('key not found'));
      expect(kv.txn({ compare: [createCompare({})] }).failure).toEqual(invalid('key is not provided'));
    });

    it('compares, branches, and gives one revision to all of its writes', () => {
      const first = set('a', '1');
      const compare = [createCompare({ key: bytes('a'), target: 2, modRevision: first })];
      const request = { compare, success: [put('b', '2'), put('c', '3'), get('b')], failure: [get('a')] };
      const done = kv.txn(request).value!;
      expect(done.succeeded).toBe(true);
      expect(done.header!.revision).toBe(first + 1);
      expect(done.responses[0]!.responsePut!.header).toMatchObject({
        clusterId: 0n,
        memberId: 0n,
        raftTerm: 0,
        revision: first + 1,
      });
      expect(done.responses[2]!.responseRange!.kvs).toMatchObject([{ modRevision: first + 1 }]);
      expect(kv.range({ key: bytes('c') }).value!.kvs).toMatchObject([{ createRevision: first + 1 }]);
      kv.put({ key: bytes('a') });
      expect(kv.txn(request).value).toMatchObject({ succeeded: false, responses: [{ responseRange: { count: 1 } }] });
    });

    it('does nothing at all when one of its operations cannot be done', () => {
      set('a');
      const unknownLease = { code: 5, message: 'etcdserver: requested lease not found' };
      expect(kv.txn({ success: [put('b'), put('c', '', { lease: 9n })] }).failure).toEqual(unknownLease);
      expect(kv.txn({ success: [put('b'), get('a', { revision: 99 })] }).failure).toEqual(FUTURE);
      expect(kv.range({ key: ALL, rangeEnd: ALL }).value).toMatchObject({ count: 1, header: { revision: 2 } });
    });

    it('that only reads moves no revision and needs no log entry', () => {
      set('a');
      const group = cluster.leader().member.group('default')!;
      const before = group.status.last;
      const read = kv.txn({ compare: [createCompare({ key: bytes('a'), target: 0, version: 1 })], success: [get('a')] }).value!;
      expect(read).toMatchObject({ succeeded: true, header: { revision: 2 }, responses: [{ responseRange: { count: 1 } }] });
      expect(kv.txn({ success: [get('a', { revision: 9 })] }).failure).toEqual(FUTURE);
      expect(kv.txn({}).value).toMatchObject({ succeeded: true, responses: [] });
      expect(group.status.last).toBe(before);
    });

    it('nests: operations see what earlier ones did, comparisons what was there before all of them', () => {
      const compare = [createCompare({ key: bytes('a'), target: 3, value: bytes('1') })];
      const inner = nested({ compare, success: [put('b')], failure: [put('c'), get('a')] });
      const done = kv.txn({ success: [put('a', '1'), inner] }).value!;
      expect(done.responses[1]!.responseTxn).toMatchObject({
        succeeded: false,
        responses: [{}, { responseRange: { count: 1 } }],
      });
      expect(keys({ key: ALL, rangeEnd: ALL })).toEqual(['a', 'c']);
    });
  });

  describe('Compact', () => {
    it('refuses revisions of the future and those compacted before; the compacted one itself is readable', () => {
      for (let at = 0; at < 4; at++) set('a', `${at}`);
      expect(kv.compact({ revision: 6 }).failure).toEqual(FUTURE);
      expect(kv.compact({ revision: 4 }).value!.header!.revision).toBe(5);
      expect(kv.compact({ revision: 4 }).failure).toEqual(COMPACTED);
      expect(kv.range({ key: bytes('a'), revision: 3 }).failure).toEqual(COMPACTED);
      expect(kv.range({ key: bytes('a'), rangeEnd: ALL, revision: 3 }).failure).toEqual(COMPACTED);
      expect(kv.range({ key: bytes('a'), revision: 4 }).value!.kvs).toMatchObject([{ modRevision: 4 }]);
    });

    it('with physical waits until it is gone, and keeps the newest version of every key', () => {
      for (let at = 0; at < 5; at++) set('a', `${at}`);
      set('gone');
      kv.remove({ key: bytes('gone') });
      const hashed = kv.hash(8).value!.hash;
      expect(kv.compact({ revision: 8, physical: true }).failure).toBeUndefined();
      expect(keys({ key: ALL, rangeEnd: ALL })).toEqual(['a']);
      expect(kv.hash(0).value!.hash).not.toBe(hashed);
    });
  });
});

describe('without a quorum', () => {
  it('serializable reads go on, all else is Unavailable within etcd’s time, and is not done later', () => {
    const cluster = new TestCluster(3).started();
    const leader = cluster.leader();
    const kv = callsOf(cluster, leader);
    kv.put({ key: bytes('a') });
    for (const member of cluster.members) if (member !== leader) member.machine.kill();
    const waiting = [kv.raw('KV/Range', new Uint8Array([10, 1, 97])), kv.raw('KV/Put', new Uint8Array([10, 1, 98]))];
    expect(kv.range({ key: bytes('a'), serializable: true }).value!.count).toBe(1);
    cluster.until(() => waiting.every(({ settled }) => settled), 'answered', 7500);
    for (const { failure } of waiting) {
      expect(failure!.code).toBe(14);
      expect(failure!.message).toMatch(/^etcdserver: (request timed out|leader changed)/);
    }
  });
});
