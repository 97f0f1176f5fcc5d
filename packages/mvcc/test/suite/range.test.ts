import { type KeySpace, type KeyValue, openKeySpace } from '@reknit/mvcc';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  ALL,
  deleteOf,
  errorOf,
  finish,
  flush,
  get,
  granted,
  keysOf,
  positionAt,
  put,
  putOf,
  rangeOf,
  text,
} from '../support/requests.js';
import { backEnds } from './back-ends.js';

const ASCENDING = 1;
const DESCENDING = 2;
const BY_VERSION = 1;
const BY_CREATE = 2;
const BY_MOD = 3;
const BY_VALUE = 4;

/** The same data, once all above the pages, once all in them, and once half and half. */
const PLACES = ['memory', 'pages', 'both'] as const;

const cases = backEnds().flatMap((backEnd) => PLACES.map((place) => ({ ...backEnd, place })));

describe.each(cases)('ranges on $name, data in $place', ({ newHome, place }) => {
  let space: KeySpace;
  const range = (fields: Parameters<typeof rangeOf>[0]) => granted(space.range(rangeOf(fields)));
  const keys = (fields: Parameters<typeof rangeOf>[0]): string[] => keysOf(range(fields));

  // revisions: a 2, b 3, c 4, a 5, d 6, c deleted 7, e 8
  beforeEach(async () => {
    space = openKeySpace(newHome(), { branch: 'b' });
    put(space, 'a', 'v9');
    put(space, 'b', 'v2');
    put(space, 'c', 'v3');
    put(space, 'a', 'v1');
    if (place === 'both') await flushAt(1);
    put(space, 'd', 'v4');
    granted(space.deleteRange(deleteOf('c')));
    put(space, 'e', 'v0');
    if (place === 'pages') await flushAt(1);
    return () => space.close();
  });

  const flushAt = async (index: number): Promise<void> => {
    space.end(positionAt(index));
    await flush(space);
  };

  test('no range end is a point; a missing or deleted key is an empty result', () => {
    expect(range({ key: 'a' })).toMatchObject({ count: 1, more: false });
    expect(range({ key: 'c' })).toEqual({ kvs: [], count: 0, more: false });
    expect(range({ key: 'zz' })).toEqual({ kvs: [], count: 0, more: false });
  });

  test('a zero byte as range end means every key from the key on, and as both means everything', () => {
    expect(keys({ key: 'b', rangeEnd: '\0' })).toEqual(['b', 'd', 'e']);
    expect(keys(ALL)).toEqual(['a', 'b', 'd', 'e']);
  });

  test('a range end at or before the key is an empty result', () => {
    expect(range({ key: 'b', rangeEnd: 'b' })).toEqual({ kvs: [], count: 0, more: false });
    expect(range({ key: 'b', rangeEnd: 'a' })).toEqual({ kvs: [], count: 0, more: false });
  });

  test('the range end is exclusive', () => {
    expect(keys({ key: 'a', rangeEnd: 'd' })).toEqual(['a', 'b']);
    expect(keys({ key: 'a', rangeEnd: 'd\0' })).toEqual(['a', 'b', 'd']);
  });

  test('a key carries its create and mod revisions, version, lease and value', () => {
    const [kv] = range({ key: 'a' }).kvs;
    expect(kv).toMatchObject({ createRevision: 2, modRevision: 5, version: 2, lease: 0n });
    expect(text(kv!.value)).toBe('v1');
  });

  test('a past revision shows the state of then', () => {
    expect(get(space, 'a', 4)).toBe('v9');
    expect(get(space, 'a', 5)).toBe('v1');
    expect(get(space, 'c', 6)).toBe('v3');
    expect(get(space, 'c', 7)).toBeUndefined();
    expect(keys({ ...ALL, revision: 4 })).toEqual(['a', 'b', 'c']);
    expect(range({ ...ALL, revision: 1 }).count).toBe(0);
  });

  test('a revision of zero or less is the newest, one above the current is refused', () => {
    expect(keys({ ...ALL, revision: -5 })).toEqual(['a', 'b', 'd', 'e']);
    expect(errorOf(space.range(rangeOf({ key: 'a', revision: 9 })))).toBe('future-revision');
    expect(errorOf(space.range(rangeOf({ key: 'a', revision: 8 })))).toBeUndefined();
  });

  test('a revision below the compacted one is refused, the compacted one itself is readable', () => {
    granted(space.compact(5));
    expect(errorOf(space.range(rangeOf({ key: 'a', revision: 4 })))).toBe('compacted');
    expect(get(space, 'a', 5)).toBe('v1');
    expect(keys({ ...ALL, revision: 6 })).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a limit cuts the keys off, says that there are more, and does not change the count', () => {
    expect(range({ ...ALL, limit: 2 })).toMatchObject({ more: true, count: 4 });
    expect(keys({ ...ALL, limit: 2 })).toEqual(['a', 'b']);
    expect(range({ ...ALL, limit: 4 })).toMatchObject({ more: false, count: 4 });
    expect(range({ ...ALL, limit: 9 })).toMatchObject({ more: false, count: 4 });
  });

  test('every sort target orders both ways, and no order with a target other than the key ascends', () => {
    const sorted = (sortTarget: number, sortOrder: number): string[] => keys({ ...ALL, sortTarget, sortOrder });
    expect(sorted(0, DESCENDING)).toEqual(['e', 'd', 'b', 'a']);
    expect(sorted(BY_VERSION, DESCENDING)[0]).toBe('a');
    expect(sorted(BY_VERSION, ASCENDING)[3]).toBe('a');
    expect(sorted(BY_CREATE, DESCENDING)).toEqual(['e', 'd', 'b', 'a']);
    expect(sorted(BY_MOD, ASCENDING)).toEqual(['b', 'a', 'd', 'e']);
    expect(sorted(BY_MOD, 0)).toEqual(['b', 'a', 'd', 'e']);
    expect(sorted(BY_VALUE, ASCENDING)).toEqual(['e', 'a', 'b', 'd']);
    expect(sorted(BY_VALUE, DESCENDING)).toEqual(['d', 'b', 'a', 'e']);
  });

  test('with a sort order the limit is applied after sorting', () => {
    expect(range({ ...ALL, sortTarget: BY_MOD, sortOrder: DESCENDING, limit: 2 })).toMatchObject({ more: true, count: 4 });
    expect(keys({ ...ALL, sortTarget: BY_MOD, sortOrder: DESCENDING, limit: 2 })).toEqual(['e', 'd']);
    expect(keys({ ...ALL, sortTarget: BY_VALUE, sortOrder: ASCENDING, keysOnly: true, limit: 1 })).toEqual(['e']);
  });

  test('with a sort target but no order only the first limit + 1 keys are sorted, as in etcd', () => {
    expect(keys({ ...ALL, sortTarget: BY_VALUE, limit: 1 })).toEqual(['a']);
    expect(keys({ ...ALL, sortTarget: BY_MOD, limit: 1 })).toEqual(['b']);
  });

  test('filters by revision drop keys, and the limit is applied after them, but the count is that of the range', () => {
    expect(keys({ ...ALL, minModRevision: 5 })).toEqual(['a', 'd', 'e']);
    expect(keys({ ...ALL, maxModRevision: 5 })).toEqual(['a', 'b']);
    expect(keys({ ...ALL, minCreateRevision: 3, maxCreateRevision: 6 })).toEqual(['b', 'd']);
    expect(range({ ...ALL, minModRevision: 6, limit: 1 })).toMatchObject({ more: true, count: 4 });
    expect(range({ key: 'a', maxModRevision: 4 })).toEqual({ kvs: [], more: false, count: 1 });
  });

  test('keys only keeps all but the value, count only keeps nothing but the count', () => {
    const [kv] = range({ key: 'a', keysOnly: true }).kvs;
    expect(kv).toMatchObject({ createRevision: 2, modRevision: 5, version: 2 });
    expect(kv!.value.length).toBe(0);
    expect(range({ ...ALL, countOnly: true })).toEqual({ kvs: [], more: false, count: 4 });
    expect(range({ ...ALL, countOnly: true, limit: 1 })).toEqual({ kvs: [], more: false, count: 4 });
    expect(range({ key: 'a', countOnly: true })).toEqual({ kvs: [], more: false, count: 1 });
  });

  test('a sink is given piece by piece what the answer would hold, and the answer the rest', async () => {
    for (const request of [rangeOf(ALL), rangeOf({ ...ALL, limit: 2 }), rangeOf({ ...ALL, sortTarget: BY_MOD, sortOrder: 2 })]) {
      const expected = granted(space.range(request));
      const pieces: KeyValue[] = [];
      const rest = granted(await finish(space.rangeJob(request, (kvs) => pieces.push(...kvs))));
      expect({ ...rest, kvs: pieces }).toEqual(expected);
      expect(rest.kvs).toEqual([]);
    }
  });

  test('a job gives what the call gives, of the moment at which it began', async () => {
    const request = rangeOf({ ...ALL, limit: 3 });
    const expected = granted(space.range(request));
    const job = space.rangeJob(request);
    put(space, 'aa', 'later');
    granted(space.deleteRange(deleteOf('', '\0')));
    await flushAt(2);
    expect(granted(await finish(job))).toEqual(expected);
    job.cancel();
    expect(granted(await finish(space.rangeJob(request))).count).toBe(0);
    expect(errorOf(await finish(space.rangeJob(rangeOf({ ...ALL, revision: 99 }))))).toBe('future-revision');
  });

  test('what a range gave does not change afterwards', async () => {
    const before = range(ALL).kvs.map((kv) => text(kv.value));
    const held = range(ALL).kvs;
    for (let at = 0; at < 100; at++) granted(space.put(putOf('a', 'x'.repeat(at))));
    await flushAt(3);
    range(ALL);
    expect(held.map((kv) => text(kv.value))).toEqual(before);
  });

  test('the first few of thousands are the first of all of them, those of equal values in the order of their keys', () => {
    for (let at = 0; at < 3000; at++) put(space, `f${(at * 7919) % 3000}`, `v${at % 11}`);
    for (const sortOrder of [ASCENDING, DESCENDING])
      for (const sortTarget of [BY_VERSION, BY_CREATE, BY_MOD, BY_VALUE]) {
        const all = keys({ ...ALL, sortOrder, sortTarget });
        for (const limit of [1, 10, 700, 2000]) {
          const some = range({ ...ALL, sortOrder, sortTarget, limit });
          expect(keysOf(some)).toEqual(all.slice(0, limit));
          expect(some).toMatchObject({ more: true, count: all.length });
        }
      }
  });
});
