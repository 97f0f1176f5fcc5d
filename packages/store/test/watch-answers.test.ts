// What is shared between watchers must come out as if it were encoded for each.
import { createWatchResponse, encodeWatchResponse } from '@reknit/etcd-api';
import { WatchBatch, type WatchEvent } from '@reknit/mvcc';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeBatch, markOf } from '../src/api/watch/answers.js';

const keyValue = fc.record({
  key: fc.uint8Array({ minLength: 1, maxLength: 8 }),
  createRevision: fc.nat(),
  modRevision: fc.nat(),
  version: fc.nat(),
  value: fc.uint8Array({ maxLength: 200 }),
  lease: fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }),
});
const event: fc.Arbitrary<WatchEvent> = fc.record({
  type: fc.constantFrom(0 as const, 1 as const),
  kv: keyValue,
  prevKv: fc.option(keyValue, { nil: undefined }),
});
const header = { clusterId: 1n << 63n, memberId: 7n, revision: 300, raftTerm: 2 };

it('a shared answer has the bytes of an answer of its own, field by field in order, for every watcher', () => {
  fc.assert(
    fc.property(
      fc.array(event, { minLength: 1, maxLength: 5 }),
      fc.array(fc.bigInt({ min: -1n, max: 1n << 40n }), { minLength: 1 }),
      (events, ids) => {
        const batch = new WatchBatch(events, 300, 0);
        for (const watchId of [0n, 3n, ...ids, ...ids]) {
          const own = encodeWatchResponse(createWatchResponse({ header, watchId, events }));
          expect(encodeBatch(batch, () => header, markOf(watchId))).toEqual(own);
        }
      },
    ),
  );
});
