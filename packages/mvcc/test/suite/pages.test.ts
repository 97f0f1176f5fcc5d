import { toBinaryString } from '@reknit/base';
import type { Pages, PageWrite } from '@reknit/mvcc';
import { describe, expect, test } from 'vitest';
import { bytes } from '../support/requests.js';
import { backEnds } from './back-ends.js';

const write = (pages: Pages, writes: Iterable<PageWrite>): Promise<void> =>
  new Promise((resolve, reject) => pages.write(writes, (error) => (error === undefined ? resolve() : reject(error))));

const putting = (key: string, value: string): PageWrite => ({ table: 'records', key: bytes(key), value: bytes(value) });
const removing = (key: string): PageWrite => ({ table: 'records', key: bytes(key), value: undefined });

describe.each(backEnds())('pages on $name', ({ newHome }) => {
  test('a view does not see later writes, and a new one does', async () => {
    const pages = newHome().openCurrent();
    await write(pages, [putting('a', '1')]);
    const before = pages.view();
    await write(pages, [putting('a', '2'), putting('b', '3')]);
    const after = pages.view();
    expect(toBinaryString(before.get('records', bytes('a'))!)).toBe('1');
    expect(before.get('records', bytes('b'))).toBeUndefined();
    expect(toBinaryString(after.get('records', bytes('a'))!)).toBe('2');
    before.close();
    after.close();
    pages.close();
  });

  test('ranges are half-open, in the order of bytes, in both directions', async () => {
    const pages = newHome().openCurrent();
    const keys = ['\x00', '\x00\x00', 'a', 'a\x00', 'ab', 'b', '\xff', '\xff\xff'];
    await write(
      pages,
      keys.toReversed().map((key) => putting(key, `value of ${key}`)),
    );
    const view = pages.view();
    const within = (from?: string, to?: string, reverse = false): string[] =>
      [...view.range('records', { ...(from && { from: bytes(from) }), ...(to && { to: bytes(to) }), reverse })].map(([key]) =>
        toBinaryString(key),
      );
    expect(within()).toEqual(keys);
    expect(within(undefined, undefined, true)).toEqual(keys.toReversed());
    expect(within('a', 'b')).toEqual(['a', 'a\x00', 'ab']);
    expect(within('a', 'b', true)).toEqual(['ab', 'a\x00', 'a']);
    expect(within('a\x00\x00', '\xff')).toEqual(['ab', 'b']);
    expect(view.first('records', { from: bytes('aa') })).toEqual(
      [bytes('ab'), bytes('value of ab')].map((part) => expect.objectContaining(part)),
    );
    expect(view.first('records', { from: bytes('c'), to: bytes('d') })).toBeUndefined();
    view.close();
    pages.close();
  });

  test('batches are written in order, each in its own order, however large', async () => {
    const pages = newHome().openCurrent();
    function* many(): Generator<PageWrite> {
      for (let at = 0; at < 5000; at++) yield putting(`k${at % 1000}`, String(at));
      yield removing('k0');
    }
    const first = write(pages, many());
    await Promise.all([first, write(pages, [putting('k1', 'last')])]);
    const view = pages.view();
    expect(view.get('records', bytes('k0'))).toBeUndefined();
    expect(toBinaryString(view.get('records', bytes('k1'))!)).toBe('last');
    expect(toBinaryString(view.get('records', bytes('k999'))!)).toBe('4999');
    view.close();
    expect(pages.sizeBytes().inUse).toBeGreaterThan(0);
    pages.close();
  });

  test('a created generation is current only once it is promoted', async () => {
    const home = newHome();
    const old = home.openCurrent();
    await write(old, [putting('a', 'old')]);
    const created = home.create();
    await write(created, [putting('a', 'new')]);
    const read = (pages: Pages): string => {
      const view = pages.view();
      const value = toBinaryString(view.get('records', bytes('a')) ?? bytes('nothing'));
      view.close();
      return value;
    };
    expect(read(old)).toBe('old');
    const before = home.openCurrent();
    expect(read(before)).toBe('old');
    const again = home.create();
    expect(read(again)).toBe('nothing');
    await write(again, [putting('a', 'newer')]);
    await new Promise<void>((resolve, reject) => home.promote((error) => (error === undefined ? resolve() : reject(error))));
    expect(read(home.openCurrent())).toBe('newer');
    expect(read(old)).toBe('old');
  });
});
