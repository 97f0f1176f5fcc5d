import { ByteWriter, crc32c } from '@reknit/base';
import { CorruptRecordError, FormatError, openKeySpace, type PagesHome, type PageWrite } from '@reknit/mvcc';
import { describe, expect, test } from 'vitest';
import { ALL, deleteOf, finish, flush, get, granted, positionAt, put, rangeOf, text } from '../support/requests.js';
import { backEnds } from './back-ends.js';

const LONG = 'l'.repeat(1500);

/** Changes every stored entry of a table that `damage` gives another value for. */
async function corrupt(
  home: PagesHome,
  table: string,
  damage: (key: Uint8Array, value: Uint8Array) => Uint8Array | undefined,
): Promise<void> {
  const pages = home.openCurrent();
  const view = pages.view();
  const writes: PageWrite[] = [];
  for (const [key, value] of view.range(table, {})) {
    const damaged = damage(key, value);
    if (damaged !== undefined) writes.push({ table, key: key.slice(), value: damaged });
  }
  view.close();
  expect(writes.length).toBeGreaterThan(0);
  await new Promise<void>((resolve) => pages.write(writes, () => resolve()));
  pages.close();
}

const flipLast =
  (at: number) =>
  (_key: Uint8Array, value: Uint8Array): Uint8Array => {
    const damaged = value.slice();
    damaged[at < 0 ? damaged.length + at : at]! ^= 0x10;
    return damaged;
  };

describe.each(backEnds())('damage on $name', ({ newHome }) => {
  const prepared = async (): Promise<PagesHome> => {
    const home = newHome();
    const space = openKeySpace(home, { branch: 'b' });
    put(space, 'a', 'first');
    put(space, 'b', 'other');
    put(space, 'a', 'second');
    granted(space.deleteRange(deleteOf('b')));
    granted(space.compact(4));
    space.end(positionAt(5));
    await flush(space);
    space.close();
    return home;
  };

  test.each([0, 1, 9, 17, 25, 29, -5, -1])('a record with a flipped bit at byte %i is never read', async (at) => {
    const home = await prepared();
    await corrupt(home, 'records', flipLast(at));
    const space = openKeySpace(home, { branch: 'b' });
    expect(() => get(space, 'a')).toThrow(CorruptRecordError);
    expect(() => space.range(rangeOf(ALL))).toThrow(/table records at 0000000000000004/);
    await expect(finish(space.hashJob(0))).rejects.toThrow(CorruptRecordError);
    await expect(finish(space.compactionJob()!)).rejects.toThrow(CorruptRecordError);
    space.close();
  });

  test.each([0, 1, 9, 17, -1])('an index entry with a flipped bit at byte %i is never read', async (at) => {
    const home = await prepared();
    await corrupt(home, 'index', flipLast(at));
    const space = openKeySpace(home, { branch: 'b' });
    const read = (): unknown => get(space, 'a');
    expect(read).toThrow(CorruptRecordError);
    expect(read).toThrow(/table index at 610000/);
    expect(() => space.range(rangeOf({ ...ALL, countOnly: true }))).toThrow(CorruptRecordError);
    space.close();
  });

  test("a record that stands in another one's place is never read", async () => {
    const home = await prepared();
    let first: Uint8Array | undefined;
    await corrupt(home, 'records', (_key, value) => {
      first ??= value.slice();
      return first;
    });
    const space = openKeySpace(home, { branch: 'b' });
    expect(() => get(space, 'a')).toThrow(CorruptRecordError);
    space.close();
  });

  test('a record of another keyspace is never read', async () => {
    const home = await prepared();
    expect(() => openKeySpace(home, { branch: 'b', keyspace: 'other' })).toThrow(CorruptRecordError);
  });

  test('a state of an unknown format is refused at the start', async () => {
    const home = await prepared();
    const future = new ByteWriter().u16(4);
    future.u32(crc32c(future.view()));
    await corrupt(home, 'meta', (key) => (text(key) === 'state' ? future.copy() : undefined));
    expect(() => openKeySpace(home, { branch: 'b' })).toThrow(FormatError);
  });

  test('a damaged state record is refused at the start', async () => {
    const home = await prepared();
    await corrupt(home, 'meta', (key, value) => (text(key) === 'state' ? flipLast(5)(key, value) : undefined));
    expect(() => openKeySpace(home, { branch: 'b' })).toThrow(/table meta/);
  });

  test('a damaged record of a long key is found at the start', async () => {
    const home = newHome();
    const space = openKeySpace(home, { branch: 'b' });
    put(space, LONG, '1');
    await flush(space);
    space.close();
    await corrupt(home, 'records', flipLast(-1));
    expect(() => openKeySpace(home, { branch: 'b' })).toThrow(CorruptRecordError);
  });
});
