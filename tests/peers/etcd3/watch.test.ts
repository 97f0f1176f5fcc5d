// npm's `etcd3`, unchanged: what a Node program that was written for etcd does, done to Reknit.
// To see that these tests ask for what etcd does:  REKNIT_JUDGE=etcd npm run test:peers -- etcd3
import { once } from 'node:events';
import type { IKeyValue, Watcher } from 'etcd3';
import { describe, expect, it } from 'vitest';
import { etcd3Bench } from '../../support/etcd3.js';

const { at, client } = etcd3Bench();

describe('watches', () => {
  it('tell every change of a prefix in order, with the values before', async () => {
    const watcher = await client().watch().prefix(at('')).withPreviousKV().create();
    const events = collect(watcher, 4);
    await client().put(at('a')).value('1');
    await client().put(at('a')).value('2');
    await client().delete().key(at('a'));
    await client().put(at('b')).value('3');
    expect(await events).toEqual([
      { type: 'put', key: at('a'), value: '1', before: undefined },
      { type: 'put', key: at('a'), value: '2', before: '1' },
      { type: 'delete', key: at('a'), value: '', before: '2' },
      { type: 'put', key: at('b'), value: '3', before: undefined },
    ]);
    await watcher.cancel();
  });

  it('begin in the past where they are told to', async () => {
    const first = await client().put(at('k')).value('1');
    await client().put(at('k')).value('2');
    const watcher = client().watch().key(at('k')).startRevision(first.header.revision).watcher();
    const events = await collect(watcher, 2);
    expect(events.map(({ value }) => value)).toEqual(['1', '2']);
    await watcher.cancel();
  });

  it('leave out what is filtered, and are told apart on one stream', async () => {
    const puts = await client().watch().key(at('k')).only('put').create();
    const deletes = await client().watch().key(at('k')).only('delete').create();
    const both = Promise.all([collect(puts, 1), collect(deletes, 1)]);
    await client().put(at('k')).value('1');
    await client().delete().key(at('k'));
    expect((await both).map(([event]) => event?.type)).toEqual(['put', 'delete']);
    await puts.cancel();
    await deletes.cancel();
  });

  it('see a transaction as one', async () => {
    const watcher = await client().watch().prefix(at('')).create();
    const told = once(watcher, 'data');
    await client()
      .if(at('a'), 'Create', '==', 0)
      .then(client().put(at('a')).value('1'), client().put(at('b')).value('2'))
      .commit();
    const [response] = (await told) as [{ readonly events: readonly { readonly kv: IKeyValue }[] }];
    expect(response.events.map(({ kv }) => kv.key.toString())).toEqual([at('a'), at('b')]);
    await watcher.cancel();
  });

  it('from a revision that is compacted are cancelled aloud', async () => {
    const first = await client().put(at('k')).value('1');
    const second = await client().put(at('k')).value('2');
    await client().kv.compact({ revision: second.header.revision, physical: true });
    const watcher = client().watch().key(at('k')).startRevision(first.header.revision).watcher();
    const failure = await new Promise<Error>((resolve) => watcher.on('error', resolve));
    expect(failure.message).toMatch(/^Watcher canceled/);
  });

  it('go on without a gap when the stream breaks', async () => {
    const watcher = await client().watch().prefix(at('')).create();
    const events = collect(watcher, 2);
    await client().put(at('k')).value('1');
    const broken = once(watcher, 'disconnected');
    breakStream(watcher);
    await broken;
    await client().put(at('k')).value('2');
    expect((await events).map(({ value }) => value)).toEqual(['1', '2']);
    await watcher.cancel();
  });
});

interface Told {
  readonly type: 'put' | 'delete';
  readonly key: string;
  readonly value: string;
  readonly before: string | undefined;
}

/** The next so many events. */
function collect(watcher: Watcher, count: number): Promise<readonly Told[]> {
  return new Promise((resolve, reject) => {
    const events: Told[] = [];
    const note = (type: Told['type']) => (kv: IKeyValue, previous?: IKeyValue) => {
      events.push({ type, key: kv.key.toString(), value: kv.value.toString(), before: previous?.value.toString() });
      if (events.length === count) resolve(events);
    };
    watcher.on('put', note('put'));
    watcher.on('delete', note('delete'));
    watcher.on('error', reject);
  });
}

/** As a network does; the client has no call for it. */
function breakStream(watcher: Watcher): void {
  const { manager } = watcher as unknown as { readonly manager: { readonly stream: { cancel(): void } } };
  manager.stream.cancel();
}
