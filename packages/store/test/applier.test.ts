// Deletions of many keys, which are applied in slices: what comes before, between and behind the slices.
import { createDeleteRangeRequest, createPutRequest, encodeDeleteRangeRequest, encodePutRequest } from '@reknit/etcd-api';
import type { DeleteRangeRequest, KeySpace } from '@reknit/mvcc';
import { expect, it } from 'vitest';
import { bytes, callsOf, type EtcdCalls } from './support/etcd-calls.js';
import { TestCluster } from './support/test-cluster.js';

const KEYS = 2400;
const ALL_OF_THEM = { key: bytes('key-'), rangeEnd: bytes('key.') };

function fill(calls: EtcdCalls): void {
  for (let at = 0; at < KEYS; at += 100) {
    const puts = Array.from({ length: 100 }, (_, next) =>
      createPutRequest({ key: bytes(`key-${at + next}`), value: bytes('v') }),
    );
    const success = puts.map((requestPut) => ({ ...NO_OPERATION, requestPut }));
    expect(calls.txn({ success }).failure).toBeUndefined();
  }
}

const NO_OPERATION = { requestRange: undefined, requestDeleteRange: undefined, requestTxn: undefined };

/** Half way through the next deletion. */
function atSlice(space: KeySpace, slice: number, act: () => void): void {
  const begin = space.deletionJob.bind(space);
  const deletionJob = (request: DeleteRangeRequest) => {
    const job = begin(request);
    let left = slice;
    const step = () => {
      if (--left === 0) act();
      return left <= 0 ? undefined : job.step();
    };
    return { step, cancel: () => job.cancel() };
  };
  Object.assign(space, { deletionJob });
}

it('writes behind a deletion of many keys come after all of it, on every member, and it has one revision', () => {
  const cluster = new TestCluster(3).started();
  const calls = callsOf(cluster, cluster.members[0]!);
  fill(calls);
  const { revision } = calls.status().value!.header!;
  const deletion = calls.raw('KV/DeleteRange', encodeDeleteRangeRequest(createDeleteRangeRequest(ALL_OF_THEM)));
  const put = calls.raw('KV/Put', encodePutRequest(createPutRequest({ key: bytes('key-7'), value: bytes('again') })));
  cluster.settle(deletion);
  cluster.settle(put);
  expect(calls.range(ALL_OF_THEM).value).toMatchObject({ count: 1, kvs: [{ createRevision: revision + 2, version: 1 }] });
  for (const member of cluster.members) {
    const range = callsOf(cluster, member).range({ ...ALL_OF_THEM, countOnly: true }).value!;
    expect(range).toMatchObject({ count: 1, header: { revision: revision + 2 } });
  }
});

it('a member that is stopped within a deletion applies it again from its log', () => {
  const cluster = new TestCluster(1).started();
  const member = cluster.members[0]!;
  fill(callsOf(cluster, member));
  const { space } = member.member.group('default')!;
  let killed = false;
  atSlice(space, 4, () => {
    expect(space.midEntry).toBe(true);
    member.machine.kill();
    killed = true;
  });
  callsOf(cluster, member).raw('KV/DeleteRange', encodeDeleteRangeRequest(createDeleteRangeRequest(ALL_OF_THEM)));
  cluster.until(() => killed, 'killed half way');
  member.start();
  cluster.until(() => member.ready, 'ready again');
  expect(callsOf(cluster, member).range({ ...ALL_OF_THEM, countOnly: true }).value!.count).toBe(0);
});
