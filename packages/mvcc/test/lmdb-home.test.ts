import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FormatError, type Pages, type PageWrite } from '@reknit/mvcc';
import { lmdbPagesHome } from '@reknit/mvcc/lmdb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bytes } from './support/requests.js';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reknit-lmdb-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const write = (pages: Pages, value: string): Promise<void> =>
  new Promise((resolve, reject) =>
    pages.write([{ table: 'meta', key: bytes('key'), value: bytes(value) }], (error) =>
      error === undefined ? resolve() : reject(error),
    ),
  );

const generations = (): string[] => readdirSync(directory).filter((name) => /^pages-\d+$/.test(name));

test('a directory is made, and holds one generation and the name of it', async () => {
  const nested = join(directory, 'not', 'there');
  const pages = lmdbPagesHome({ directory: nested }).openCurrent();
  await write(pages, '1');
  expect(readFileSync(join(nested, 'CURRENT'), 'utf8')).toBe('1\n');
  expect(existsSync(join(nested, 'pages-1'))).toBe(true);
  pages.close();
});

test('what is left of unfinished generations is removed at the next start', async () => {
  const pages = lmdbPagesHome({ directory }).openCurrent();
  await write(pages, '1');
  pages.close();
  writeFileSync(join(directory, 'pages-2'), 'rest');
  writeFileSync(join(directory, 'pages-2-lock'), 'rest');
  const again = lmdbPagesHome({ directory }).openCurrent();
  expect(generations()).toEqual(['pages-1']);
  again.close();
});

test('a promotion leaves only the new generation, and numbers rise over restarts', async () => {
  const home = lmdbPagesHome({ directory });
  const old = home.openCurrent();
  const created = home.create();
  await write(created, 'new');
  await new Promise<void>((resolve) => home.promote(() => resolve()));
  old.close();
  expect(generations()).toEqual(['pages-2']);
  created.close();
  const later = lmdbPagesHome({ directory });
  later.openCurrent();
  later.create();
  expect(generations()).toEqual(['pages-2', 'pages-3']);
});

test('a CURRENT that names no generation is refused and left as it is', () => {
  writeFileSync(join(directory, 'CURRENT'), 'garbage');
  expect(() => lmdbPagesHome({ directory }).openCurrent()).toThrow(FormatError);
  expect(readFileSync(join(directory, 'CURRENT'), 'utf8')).toBe('garbage');
});

test('a promotion that cannot be written is an error, and the old generation stays current', async () => {
  const home = lmdbPagesHome({ directory });
  const old = home.openCurrent();
  await write(old, 'old');
  home.create();
  rmSync(directory, { recursive: true, force: true });
  const error = await new Promise((resolve) => home.promote(resolve));
  expect(error).toBeInstanceOf(Error);
  old.close();
});

test('a write after the close is an error, not silence', async () => {
  const pages = lmdbPagesHome({ directory }).openCurrent();
  await write(pages, '1');
  pages.close();
  await expect(write(pages, '2')).rejects.toThrow('closed');
});

test('a batch that may take its time goes in small pieces, and hurries once it may not, or others wait behind it', async () => {
  const pages = lmdbPagesHome({ directory }).openCurrent();
  let taken = 0;
  function* writes(count: number): IterableIterator<PageWrite> {
    for (let n = 0; n < count; n++) {
      taken++;
      yield { table: 'meta', key: bytes(`key-${n}`), value: bytes('value') };
    }
  }
  /** The largest number of writes that were taken between two questions whether there is time. */
  const largestPiece = (mayTakeTime: () => boolean, follower?: IterableIterator<PageWrite>): Promise<number> =>
    new Promise((resolve, reject) => {
      let [largest, before] = [0, (taken = 0)];
      const asked = (): boolean => {
        largest = Math.max(largest, taken - before);
        before = taken;
        return mayTakeTime();
      };
      pages.write(writes(1000), (error) => (error === undefined ? resolve(largest) : reject(error)), asked);
      if (follower !== undefined) pages.write(follower, () => {});
    });
  const small = await largestPiece(() => true);
  expect(small).toBeLessThan(200);
  expect(await largestPiece(() => false)).toBeGreaterThan(2 * small);
  let asked = 0;
  expect(await largestPiece(() => asked++ < 4)).toBeGreaterThan(2 * small);
  await largestPiece(() => true, writes(1));
  // Nobody asked whether there was time: another batch was waiting from the start.
  expect(taken).toBe(1001);
  pages.close();
});
