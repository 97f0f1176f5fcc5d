// A range in slices is a picture of one revision, and says which: who lists and then watches from there misses nothing.
import { createPutRequest } from '@reknit/etcd-api';
import type { KeyValueSink, RangeRequest } from '@reknit/mvcc';
import { expect, it } from 'vitest';
import { bytes, callsOf } from './support/etcd-calls.js';
import { TestCluster } from './support/test-cluster.js';

it('a large range tells the revision at which it began, whatever is written while it is read', () => {
  const cluster = new TestCluster(1).started();
  const calls = callsOf(cluster, cluster.members[0]!);
  const { space } = cluster.members[0]!.member.group('default')!;
  const put = (key: string): unknown => space.put(createPutRequest({ key: bytes(key), value: bytes('v') }));
  for (let at = 0; at < 1600; at++) put(`key-${at}`);
  const { revision } = space;
  const begin = space.rangeJob.bind(space);
  const rangeJob = (request: RangeRequest, sink?: KeyValueSink) => {
    const job = begin(request, sink);
    const step = () => {
      put('key-late');
      return job.step();
    };
    return { step, cancel: () => job.cancel() };
  };
  Object.assign(space, { rangeJob });
  const { value } = calls.range({ key: bytes('key-'), rangeEnd: bytes('key.') });
  expect(value!.count).toBe(1600);
  expect(space.revision).toBeGreaterThan(revision);
  expect(value!.header!.revision).toBe(revision);
});
