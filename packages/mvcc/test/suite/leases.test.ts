import { ByteWriter, crc32c, utf8Encode } from '@reknit/base';
import { CorruptRecordError, type KeySpace, openKeySpace, type PagesHome, type SnapshotSource } from '@reknit/mvcc';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  bytes,
  deleteOf,
  errorOf,
  flush,
  get,
  granted,
  hashOf,
  leaseOf,
  opDelete,
  opPut,
  positionAt,
  put,
  putOf,
  text,
} from '../support/requests.js';
import { backEnds } from './back-ends.js';

const attached = (space: KeySpace, id: bigint): string[] | undefined => space.leases.get(id)?.keys().map(text);

const describeLeases = (space: KeySpace): unknown[] =>
  [...space.leases]
    .map((lease) => ({
      id: lease.id,
      granted: lease.granted,
      ttl: lease.ttl,
      keys: lease.keys().map(text),
    }))
    .sort((left, right) => (left.id < right.id ? -1 : 1));

describe.each(backEnds())('leases on $name', ({ newHome }) => {
  let home: PagesHome;
  let space: KeySpace;
  let index = 0;

  const end = (): void => space.end(positionAt(++index));

  async function reopen(): Promise<void> {
    end();
    await flush(space);
    space.close();
    space = openKeySpace(home, { branch: 'b' });
  }

  beforeEach(() => {
    home = newHome();
    space = openKeySpace(home, { branch: 'b' });
    index = 0;
    granted(space.grantLease(leaseOf(7n, 60)));
  });
  afterEach(() => space.close());

  test('a grant uses no revision, and an id is granted once until it is revoked', () => {
    expect(space.revision).toBe(1);
    expect(errorOf(space.grantLease(leaseOf(7n, 5)))).toBe('lease-exists');
    granted(space.revokeLease(7n));
    granted(space.grantLease(leaseOf(7n, 5)));
    expect(space.leases.get(7n)).toMatchObject({ ttl: 5, keyCount: 0 });
    expect(space.revision).toBe(1);
  });

  test('a put attaches its key, moves it to another lease, or detaches it; a deletion detaches it', () => {
    granted(space.grantLease(leaseOf(8n, 60)));
    for (const key of ['b', 'a', 'c']) granted(space.put(putOf(key, '', { lease: 7n })));
    expect(attached(space, 7n)).toEqual(['a', 'b', 'c']);
    granted(space.put(putOf('a', '', { lease: 8n })));
    put(space, 'b', 'without');
    expect([attached(space, 7n), attached(space, 8n)]).toEqual([['c'], ['a']]);
    granted(space.put(putOf('c', '', { ignoreLease: true })));
    granted(space.deleteRange(deleteOf('a')));
    expect([attached(space, 7n), attached(space, 8n)]).toEqual([['c'], []]);
  });

  test('operations of a transaction attach and detach, in their order', () => {
    granted(space.put(putOf('a', '', { lease: 7n })));
    const success = [opDelete('a'), opPut('b', '', { lease: 7n })];
    granted(space.txn({ compare: [], success, failure: [] }));
    expect(attached(space, 7n)).toEqual(['b']);
  });

  test('a revoked lease takes all its keys with it in one revision, and those of no other', () => {
    for (const key of ['a', 'b']) granted(space.put(putOf(key, '1', { lease: 7n })));
    put(space, 'c', '1');
    const before = space.revision;
    granted(space.revokeLease(7n));
    expect(space.revision).toBe(before + 1);
    expect([get(space, 'a'), get(space, 'b'), get(space, 'c')]).toEqual([undefined, undefined, '1']);
    expect(get(space, 'a', before)).toBe('1');
    expect(space.statistics().keys).toBe(1);
    expect(errorOf(space.revokeLease(7n))).toBe('lease-not-found');
    expect(errorOf(space.put(putOf('a', '', { lease: 7n })))).toBe('lease-not-found');
  });

  test('a lease without keys is revoked without a revision', () => {
    granted(space.revokeLease(7n));
    expect(space.revision).toBe(1);
    expect(space.leases.size).toBe(0);
  });

  test('the end of a lease with many keys in slices is the same, and nothing of it is seen before', async () => {
    const other = openKeySpace(newHome(), { branch: 'b' });
    granted(other.grantLease(leaseOf(7n, 60)));
    for (const each of [space, other]) {
      for (let at = 0; at < 1200; at++) granted(each.put(putOf(`key ${(at * 7) % 1200}`, '', { lease: 7n })));
    }
    const before = space.revision;
    const job = space.revocationJob(7n);
    let steps = 0;
    for (; job.step() === undefined; steps++) {
      expect(space.revision).toBe(before);
      expect(get(space, 'key 0')).toBe('');
      expect(space.midEntry).toBe(true);
    }
    expect(steps).toBeGreaterThan(2);
    expect(space.midEntry).toBe(false);
    granted(other.revokeLease(7n));
    expect([space.revision, space.leases.size, space.statistics().keys]).toEqual([before + 1, 0, 0]);
    expect(await hashOf(space)).toBe(await hashOf(other));
    await reopen();
    expect([space.leases.size, get(space, 'key 0')]).toEqual([0, undefined]);
    other.close();
  });

  test('a small or unknown lease ends in one step', () => {
    expect(space.revocationJob(7n).step()).toEqual({ ok: true, value: undefined });
    expect(space.revocationJob(7n).step()).toEqual({ ok: false, error: 'lease-not-found' });
  });

  test('keys and leases, of any id and length, are there after a restart, also after many', async () => {
    const long = 'l'.repeat(3000);
    granted(space.grantLease(leaseOf(-1n, 9_000_000_000, 17)));
    granted(space.grantLease(leaseOf(0x7fff_ffff_ffff_ffffn, 2)));
    for (const key of ['a', '\0', long]) granted(space.put(putOf(key, '', { lease: -1n })));
    await reopen();
    granted(space.deleteRange(deleteOf('a')));
    granted(space.put(putOf('d', '', { lease: -1n })));
    await reopen();
    granted(space.revokeLease(0x7fff_ffff_ffff_ffffn));
    granted(space.put(putOf(long, '', { lease: 7n })));
    await reopen();
    await reopen();
    expect(describeLeases(space)).toEqual([
      { id: -1n, granted: 17, ttl: 9_000_000_000, keys: ['\0', 'd'] },
      { id: 7n, granted: 1, ttl: 60, keys: [long] },
    ]);
    granted(space.revokeLease(-1n));
    expect(get(space, 'd')).toBeUndefined();
  });

  test('rows of what is gone do not stay on disk', async () => {
    for (let round = 0; round < 3; round++) {
      granted(space.grantLease(leaseOf(8n, 60)));
      granted(space.put(putOf('a', '', { lease: 8n })));
      await reopen();
      granted(space.revokeLease(8n));
      await reopen();
    }
    await reopen();
    const view = home.openCurrent().view();
    expect([...view.range('leases', {})]).toHaveLength(1);
    view.close();
  });

  test('the order in which a member came to its state does not show in the revisions of a revoke', async () => {
    const other = openKeySpace(newHome(), { branch: 'b' });
    granted(other.grantLease(leaseOf(7n, 60)));
    for (const key of ['b', 'a']) for (const each of [space, other]) granted(each.put(putOf(key, '', { lease: 7n })));
    granted(space.put(putOf('b', '')));
    granted(other.put(putOf('b', '')));
    await reopen();
    for (const each of [space, other]) granted(each.put(putOf('b', '', { lease: 7n })));
    for (const each of [space, other]) granted(each.revokeLease(7n));
    expect(await hashOf(space)).toBe(await hashOf(other));
    other.close();
  });

  test.each([1, 1_000_000])('a snapshot in pieces of %i bytes brings the leases as of its state', async (bytesMax) => {
    granted(space.grantLease(leaseOf(-8n, 30)));
    for (const key of ['a', 'b']) granted(space.put(putOf(key, '', { lease: -8n })));
    granted(space.deleteRange(deleteOf('a')));
    end();
    await flush(space);
    const expected = describeLeases(space);
    granted(space.revokeLease(7n));
    end();
    const source = space.snapshot();
    const target = newHome();
    const installed = openKeySpace(target, { branch: 'b' });
    granted(installed.grantLease(leaseOf(99n, 5)));
    await install(installed, source, bytesMax);
    expect(describeLeases(installed)).toEqual(expected);
    installed.close();
    const again = openKeySpace(target, { branch: 'b' });
    expect(describeLeases(again)).toEqual(expected);
    granted(again.revokeLease(-8n));
    expect(get(again, 'b')).toBeUndefined();
    again.close();
  });

  test('a damaged row is found at the start', async () => {
    end();
    await flush(space);
    space.close();
    const pages = home.openCurrent();
    const view = pages.view();
    const [row] = [...view.range('leases', {})].map(([at, value]) => ({ key: new Uint8Array(at), value: new Uint8Array(value) }));
    view.close();
    row!.value[3]! ^= 1;
    await new Promise<void>((resolve) => pages.write([{ table: 'leases', ...row! }], () => resolve()));
    pages.close();
    expect(() => openKeySpace(home, { branch: 'b' })).toThrow(CorruptRecordError);
    home = newHome();
    space = openKeySpace(home, { branch: 'b' });
  });

  test('a state from before there were leases is read', async () => {
    space.close();
    home = newHome();
    const state = new ByteWriter().u16(1).string('b').u64(1).u64(5).u64(1).u64(4).u64(0).u64(0);
    state.u32(crc32c(state.view(), crc32c(utf8Encode(''))));
    const pages = home.openCurrent();
    const write = { table: 'meta', key: bytes('state'), value: state.copy() };
    await new Promise<void>((resolve) => pages.write([write], () => resolve()));
    pages.close();
    space = openKeySpace(home, { branch: 'b' });
    expect(space.revision).toBe(4);
    index = 5;
    granted(space.grantLease(leaseOf(7n, 60)));
    await reopen();
    expect(space.leases.size).toBe(1);
  });
});

const install = (space: KeySpace, source: SnapshotSource, bytesMax: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const sink = space.beginInstall(source.position);
    for (let piece = source.next(bytesMax); piece !== undefined; piece = source.next(bytesMax)) sink.add(piece);
    source.close();
    sink.finish((error) => (error === undefined ? resolve() : reject(error)));
  });
