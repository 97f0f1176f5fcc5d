// npm's `etcd3`, unchanged: what a Node program that was written for etcd does, done to Reknit.
// To see that these tests ask for what etcd does:  REKNIT_JUDGE=etcd npm run test:peers -- etcd3
import { describe, expect, it } from 'vitest';
import { etcd3Bench } from '../../support/etcd3.js';

const { at, client } = etcd3Bench();

describe('keys and values', () => {
  it('come back as text, numbers, JSON and bytes', async () => {
    await client().put(at('text')).value('héllo');
    await client().put(at('number')).value(42);
    await client().put(at('json')).value('{"a":[1]}');
    await client()
      .put(at('bytes'))
      .value(Buffer.from([0, 255, 10]));
    expect(await client().get(at('text')).string()).toBe('héllo');
    expect(await client().get(at('number')).number()).toBe(42);
    expect(await client().get(at('json')).json()).toEqual({ a: [1] });
    expect(await client().get(at('bytes')).buffer()).toEqual(Buffer.from([0, 255, 10]));
    expect(await client().get(at('absent')).string()).toBeNull();
  });

  it('are listed by prefix, sorted, limited and counted', async () => {
    for (const [name, value] of Object.entries({ a: '2', b: '3', c: '1' })) await client().put(at(name)).value(value);
    expect(await client().getAll().prefix(at('')).strings()).toEqual({ [at('a')]: '2', [at('b')]: '3', [at('c')]: '1' });
    expect(await client().getAll().prefix(at('')).sort('Value', 'Descend').limit(2).keys()).toEqual([at('b'), at('a')]);
    expect(await client().getAll().prefix(at('')).count()).toBe(3);
    expect(
      await client()
        .getAll()
        .inRange({ start: at('a'), end: at('c') })
        .keys(),
    ).toEqual([at('a'), at('b')]);
  });

  it('are read as they were at an old revision, until they are gone', async () => {
    const first = await client().put(at('k')).value('old');
    await client().put(at('k')).value('new');
    expect(await client().get(at('k')).revision(first.header.revision).string()).toBe('old');
    expect((await client().delete().key(at('k')).getPrevious()).map(({ value }) => value.toString())).toEqual(['new']);
    expect((await client().delete().prefix(at(''))).deleted).toBe('0');
  });

  it('stay apart in namespaces', async () => {
    const mine = client().namespace(at('mine/'));
    await mine.put('k').value('v');
    expect(await client().get(at('mine/k')).string()).toBe('v');
    expect(await mine.getAll().keys()).toEqual(['k']);
  });
});

describe('transactions', () => {
  it('take the branch that the comparison decides, whole', async () => {
    await client().put(at('k')).value('1');
    const put = (value: string) =>
      client()
        .if(at('k'), 'Value', '==', '1')
        .then(client().put(at('k')).value(value))
        .else(client().get(at('k')))
        .commit();
    expect((await put('2')).succeeded).toBe(true);
    const second = await put('3');
    expect(second.succeeded).toBe(false);
    expect(second.responses[0]?.response_range?.kvs[0]?.value.toString()).toBe('2');
  });

  // The package's `Isolation` is a `const enum`, which exists in its types alone.
  it.each([
    ['serializable snapshot', 0],
    ['serializable', 1],
    ['repeatable reads', 2],
  ])('in software lose no increment that ran beside another (%s)', async (_, isolation) => {
    await client().put(at('counter')).value(0);
    const increment = () =>
      client()
        .stm({ retries: 100, isolation })
        .transact(async (tx) => {
          const value = await tx.get(at('counter')).number();
          await tx.put(at('counter')).value((value ?? 0) + 1);
        });
    await Promise.all(Array.from({ length: 8 }, increment));
    expect(await client().get(at('counter')).number()).toBe(8);
  });
});
