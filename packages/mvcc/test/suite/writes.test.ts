import { type KeySpace, openKeySpace } from '@reknit/mvcc';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  ALL,
  bytes,
  compactPhysically,
  deleteOf,
  errorOf,
  finish,
  flush,
  get,
  granted,
  hashOf,
  keysOf,
  leaseOf,
  opRange,
  positionAt,
  put,
  putOf,
  rangeOf,
  text,
} from '../support/requests.js';
import { backEnds } from './back-ends.js';

describe.each(backEnds())('puts, deletions and compactions on $name', ({ newHome }) => {
  let space: KeySpace;

  beforeEach(() => {
    space = openKeySpace(newHome(), { branch: 'b' });
    granted(space.grantLease(leaseOf(7n, 60)));
    return () => space.close();
  });

  const flushAt = async (index: number): Promise<void> => {
    space.end(positionAt(index));
    await flush(space);
  };
  const kvOf = (key: string) => granted(space.range(rangeOf({ key }))).kvs[0];

  test('a deletion in slices does what one at once does, and nothing of it is seen before it ends', async () => {
    for (let at = 0; at < 1600; at++) put(space, `key-${at}`, 'v');
    granted(space.put(putOf('key-5', 'leased', { lease: 7n })));
    await flushAt(1);
    for (let at = 0; at < 30; at++) put(space, `key-${at * 7}`, 'w');
    const { revision } = space;
    const job = space.deletionJob(deleteOf('key-1', 'key-9', true));
    let steps = 0;
    for (; ; steps++) {
      const outcome = job.step();
      if (outcome !== undefined) {
        const kept = keysOf(granted(space.range(rangeOf(ALL))));
        expect(granted(outcome).deleted + kept.length).toBe(1600);
        expect(granted(outcome).prevKvs.length).toBe(granted(outcome).deleted);
        expect(kept.every((key) => key < 'key-1' || key >= 'key-9')).toBe(true);
        break;
      }
      expect(space.midEntry).toBe(true);
      expect(space.revision).toBe(revision);
      expect(granted(space.range(rangeOf({ ...ALL, countOnly: true }))).count).toBe(1600);
      const [read] = granted(space.txn({ compare: [], success: [opRange({ key: 'key-10' })], failure: [] })).responses;
      expect(read).toMatchObject({ kind: 'range', result: { count: 1 } });
    }
    expect(steps).toBeGreaterThan(3);
    expect(space.midEntry).toBe(false);
    expect(space.revision).toBe(revision + 1);
    expect(space.leases.get(7n)?.keys()).toEqual([]);
    await flushAt(2);
    expect(keysOf(granted(space.range(rangeOf(ALL)))).length).toBeLessThan(1600);
  });

  test('a deletion that is cancelled half way leaves nothing behind once the key space is opened again', async () => {
    const home = newHome();
    let other = openKeySpace(home, { branch: 'b' });
    for (let at = 0; at < 1600; at++) put(other, `key-${at}`, 'v');
    other.end(positionAt(1));
    await flush(other);
    const job = other.deletionJob(deleteOf('key-', 'key.'));
    for (let slice = 0; slice < 5; slice++) job.step();
    job.cancel();
    other.close();
    other = openKeySpace(home, { branch: 'b' });
    expect(granted(other.range(rangeOf(ALL))).count).toBe(1600);
    other.close();
  });

  test('an empty keyspace stands at revision 1 and the first write gets 2', () => {
    expect(space.revision).toBe(1);
    expect(space.compactRevision).toBe(-1);
    put(space, 'a', '');
    expect(space.revision).toBe(2);
    expect(kvOf('a')).toMatchObject({ createRevision: 2, modRevision: 2, version: 1 });
  });

  test('a put keeps the create revision and counts the version, which begins anew after a deletion', async () => {
    put(space, 'a', '1');
    await flushAt(1);
    put(space, 'a', '2');
    expect(kvOf('a')).toMatchObject({ createRevision: 2, modRevision: 3, version: 2 });
    granted(space.deleteRange(deleteOf('a')));
    await flushAt(2);
    put(space, 'a', '3');
    expect(kvOf('a')).toMatchObject({ createRevision: 5, modRevision: 5, version: 1 });
  });

  test('the previous key is given when asked for', () => {
    expect(granted(space.put(putOf('a', '1', { prevKv: true }))).prevKv).toBeUndefined();
    const { prevKv } = granted(space.put(putOf('a', '2', { prevKv: true })));
    expect(prevKv).toMatchObject({ version: 1, modRevision: 2 });
    expect(text(prevKv!.value)).toBe('1');
    expect(granted(space.put(putOf('a', '3'))).prevKv).toBeUndefined();
  });

  test('a put may keep the value or the lease, and is refused for a key that does not exist', async () => {
    expect(errorOf(space.put(putOf('a', '', { ignoreValue: true })))).toBe('key-not-found');
    expect(errorOf(space.put(putOf('a', '', { ignoreLease: true })))).toBe('key-not-found');
    expect(space.revision).toBe(1);
    granted(space.put(putOf('a', '1', { lease: 7n })));
    await flushAt(1);
    granted(space.put(putOf('a', '2', { ignoreLease: true })));
    expect(kvOf('a')).toMatchObject({ lease: 7n, version: 2 });
    granted(space.put(putOf('a', '', { ignoreValue: true })));
    expect(kvOf('a')).toMatchObject({ lease: 0n, version: 3 });
    expect(get(space, 'a')).toBe('2');
  });

  test('an unknown lease is refused and nothing changes', () => {
    expect(errorOf(space.put(putOf('a', '1', { lease: 8n })))).toBe('lease-not-found');
    expect(space.revision).toBe(1);
    expect(get(space, 'a')).toBeUndefined();
  });

  test('leases of the whole 64-bit range come back from the pages', async () => {
    const lease = 0x7fff_ffff_ffff_ffffn;
    const wide = openKeySpace(newHome(), { branch: 'b' });
    for (const id of [lease, -2n]) granted(wide.grantLease(leaseOf(id, 60)));
    granted(wide.put(putOf('a', '1', { lease })));
    granted(wide.put(putOf('b', '1', { lease: -2n })));
    await flush(wide);
    expect(granted(wide.range(rangeOf(ALL))).kvs.map((kv) => kv.lease)).toEqual([lease, -2n]);
    wide.close();
  });

  test('a deletion counts and gives what it deleted, in one revision', async () => {
    for (const key of ['a', 'b', 'c']) put(space, key, `value of ${key}`);
    await flushAt(1);
    put(space, 'bb', 'value of bb');
    const { deleted, prevKvs } = granted(space.deleteRange(deleteOf('b', 'z', true)));
    expect(deleted).toBe(3);
    expect(prevKvs.map((kv) => text(kv.value))).toEqual(['value of b', 'value of bb', 'value of c']);
    expect(space.revision).toBe(6);
    expect(keysOf(granted(space.range(rangeOf(ALL))))).toEqual(['a']);
  });

  test('a deletion of nothing does not change the revision', () => {
    put(space, 'a', '1');
    expect(granted(space.deleteRange(deleteOf('b', 'z')))).toEqual({ deleted: 0, prevKvs: [] });
    expect(granted(space.deleteRange(deleteOf('b')))).toEqual({ deleted: 0, prevKvs: [] });
    expect(space.revision).toBe(2);
  });

  test('a compaction at or below the last one, or beyond the current revision, is refused', () => {
    for (let at = 0; at < 5; at++) put(space, 'a', String(at));
    granted(space.compact(4));
    expect(errorOf(space.compact(4))).toBe('compacted');
    expect(errorOf(space.compact(3))).toBe('compacted');
    expect(errorOf(space.compact(7))).toBe('future-revision');
    granted(space.compact(6));
    expect(space.compactRevision).toBe(6);
  });

  test('a compaction waits for a flush, then removes what is superseded and no more', async () => {
    for (let at = 0; at < 1000; at++) put(space, `k${at % 10}`, 'x'.repeat(100));
    granted(space.deleteRange(deleteOf('k0')));
    put(space, 'last', '1');
    await flushAt(1);
    const full = space.statistics().inUseBytes;
    granted(space.compact(space.revision));
    expect(space.compactionJob()).toBeUndefined();
    expect(space.flushDue).toBe(true);
    await flushAt(2);
    const hash = await hashOf(space);
    await compactPhysically(space);
    expect(space.compactionJob()).toBeUndefined();
    expect(space.statistics().inUseBytes).toBeLessThan(full / 2);
    expect(await hashOf(space)).toBe(hash);
    expect(granted(space.range(rangeOf(ALL))).count).toBe(10);
    expect(space.statistics().keys).toBe(10);
    put(space, 'k0', 'again');
    expect(kvOf('k0')).toMatchObject({ version: 1 });
  });

  test('a flush is due, and the overlay full, once their bounds are reached, and neither after the flush', async () => {
    const small = openKeySpace(newHome(), { branch: 'b', flushBytes: 10_000, overlayBytesMax: 30_000 });
    expect([small.flushDue, small.overlayFull]).toEqual([false, false]);
    while (small.statistics().overlayBytes < 10_000) put(small, 'a', 'x'.repeat(100));
    expect([small.flushDue, small.overlayFull]).toEqual([true, false]);
    const flushing = flush(small);
    while (small.statistics().overlayBytes < 30_000) put(small, 'a', 'x'.repeat(100));
    expect([small.flushDue, small.overlayFull]).toEqual([false, true]);
    await flushing;
    expect([small.flushDue, small.overlayFull]).toEqual([true, false]);
    await flush(small);
    expect(small.statistics().overlayBytes).toBe(0);
    expect([small.flushDue, small.overlayFull]).toEqual([false, false]);
    small.close();
  });

  test('one compaction job at a time, and a cancelled one may be begun again', async () => {
    for (let at = 0; at < 1000; at++) put(space, 'a', String(at));
    granted(space.compact(900));
    await flushAt(1);
    const job = space.compactionJob()!;
    job.step();
    expect(space.compactionJob()).toBeUndefined();
    job.cancel();
    job.cancel();
    await compactPhysically(space);
    expect(get(space, 'a', 900)).toBe('898');
    expect(get(space, 'a', 950)).toBe('948');
  });

  test('a hash is of a revision that is neither in the future nor compacted', async () => {
    for (let at = 0; at < 5; at++) put(space, 'a', String(at));
    granted(space.compact(4));
    expect(errorOf(await finish(space.hashJob(7)))).toBe('future-revision');
    expect(errorOf(await finish(space.hashJob(3)))).toBe('compacted');
    expect(granted(await finish(space.hashJob(5)))).toMatchObject({ compactRevision: 4, revision: 5 });
    expect(granted(await finish(space.hashJob(0))).revision).toBe(6);
  });

  test('a hash of a past revision is what the hash was then', async () => {
    const hashes: number[] = [];
    for (let at = 0; at < 6; at++) {
      put(space, `k${at % 2}`, String(at));
      hashes.push(await hashOf(space));
      if (at === 2) await flushAt(1);
    }
    expect(new Set(hashes).size).toBe(6);
    for (const [at, hash] of hashes.entries()) expect(await hashOf(space, at + 2)).toBe(hash);
  });

  test('a hash tells keys, values, leases and revisions apart', async () => {
    const hashAfter = async (write: (other: KeySpace) => void): Promise<number> => {
      const other = openKeySpace(newHome(), { branch: 'b' });
      granted(other.grantLease(leaseOf(1n, 60)));
      write(other);
      const hash = await hashOf(other);
      other.close();
      return hash;
    };
    const hashes = await Promise.all([
      hashAfter((other) => put(other, 'a', '1')),
      hashAfter((other) => put(other, 'b', '1')),
      hashAfter((other) => put(other, 'a', '2')),
      hashAfter((other) => void other.put(putOf('a', '1', { lease: 1n }))),
      hashAfter((other) => {
        put(other, 'a', '1');
        put(other, 'a', '1');
      }),
    ]);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test('keys of any length and bytes keep their order and their history, flushed or not', async () => {
    const long = 'p'.repeat(900);
    const keys = [
      '\0',
      '\0\0',
      '\0\x01',
      '\0\xff',
      'a',
      'a\0',
      'a\0\0',
      'a\0\xff',
      'a\x01',
      'ab',
      'b',
      '\xfe',
      '\xff',
      '\xff\xff',
    ];
    const longKeys = [
      long,
      `${long}\0`,
      `${long}\xff`,
      `${long}a`,
      `${long}a${long}`,
      'p'.repeat(5000),
      `p${'\0'.repeat(4999)}`,
      'q'.repeat(901),
    ];
    const all = [...keys, ...longKeys];
    const sorted = all.toSorted((left, right) => (left < right ? -1 : 1));
    const check = (): void => {
      expect(keysOf(granted(space.range(rangeOf(ALL))))).toEqual(sorted);
      for (const from of [...sorted, 'p'.repeat(3000), `${long}\x01`]) {
        for (const to of [...sorted, 'p'.repeat(3001)]) {
          const expected = sorted.filter((key) => key >= from && key < to);
          expect(keysOf(granted(space.range(rangeOf({ key: from, rangeEnd: to === '\0' ? '\0\0' : to }))))).toEqual(
            to === '\0' ? sorted.filter((key) => key >= from && key < '\0\0') : expected,
          );
        }
      }
      for (const key of sorted) expect(get(space, key)).toBe(`new ${key.length}`);
    };
    for (const key of all) put(space, key, 'old');
    await flushAt(1);
    const revision = space.revision;
    for (const key of all) put(space, key, `new ${key.length}`);
    check();
    await flushAt(2);
    check();
    for (const key of all) expect(get(space, key, revision)).toBe('old');
    granted(space.compact(space.revision));
    await flushAt(3);
    await compactPhysically(space);
    check();
    expect(granted(space.deleteRange(deleteOf(long, '\0'))).deleted).toBe(sorted.filter((key) => key >= long).length);
    await flushAt(4);
    expect(keysOf(granted(space.range(rangeOf({ key: long, rangeEnd: '\0' }))))).toEqual([]);
  });

  test('values of zero bytes and of megabytes come back whole', async () => {
    const large = new Uint8Array(3 * 1024 * 1024).map((_, at) => at * 31);
    granted(space.put(putOf('empty', '')));
    granted(space.put({ ...putOf('large', ''), value: large }));
    await flushAt(1);
    expect(kvOf('empty')?.value).toEqual(bytes(''));
    expect(Buffer.compare(kvOf('large')!.value, large)).toBe(0);
  });

  test('the caller may reuse the bytes of a request', () => {
    const key = bytes('key');
    const value = bytes('value');
    granted(space.put({ ...putOf('', ''), key, value }));
    key.fill(0);
    value.fill(0);
    expect(get(space, 'key')).toBe('value');
  });
});
