import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Client, CompactedError, type LocalCluster, startCluster } from '../../src/index.js';
import { changeLeader, eventually, text } from './cluster.js';

let cluster: LocalCluster;
let client: Client;
let tests = 0;
let prefix = '';
beforeAll(async () => {
  cluster = await startCluster();
  client = cluster.client();
});
afterAll(() => cluster.stop());
beforeEach(() => {
  prefix = `${++tests}/`;
});

const put = (key: string, value: string) => client.kv.put({ key: prefix + key, value });

/** As they are in the store's history, read in one go from a quiet cluster. */
async function history(from: number, until: number): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { revision, events } of client.watch({ key: prefix, prefix: true, startRevision: from })) {
    for (const { type, kv } of events) lines.push(`${revision} ${type} ${text(kv.key)}=${text(kv.value)}`);
    if (revision >= until) break;
  }
  return lines;
}

test('a watch sees each event once and in order while one member after the other dies, and its leaders too', async () => {
  await using watch = client.watch({ key: prefix, prefix: true });
  const from = await watch.ready;
  const seen: string[] = [];
  let last = Number.POSITIVE_INFINITY;
  const watched = (async () => {
    for await (const { revision, events } of watch) {
      for (const { type, kv } of events) seen.push(`${revision} ${type} ${text(kv.key)}=${text(kv.value)}`);
      if (revision >= last) return;
    }
  })();
  let killing = true;
  const written = (async () => {
    for (let count = 0; killing; count++) await eventually(() => put(`k${count % 7}`, String(count)));
  })();
  for (const node of cluster.nodes) {
    await node.kill();
    await eventually(() => client.kv.range({ key: 'any' }));
    await node.start();
  }
  await changeLeader(cluster);
  killing = false;
  await written;
  last = (await eventually(() => put('end', 'end'))).header?.revision ?? 0;
  await watched;
  expect(seen.length).toBeGreaterThan(10);
  expect(seen).toEqual(await history(from, last));
});

test('events of one transaction come in one batch', async () => {
  await using watch = client.watch({ key: prefix, prefix: true, prevKv: true });
  await watch.ready;
  await put('a', 'old');
  const both = [{ put: { key: `${prefix}a`, value: 'new' } }, { put: { key: `${prefix}b`, value: 'new' } }];
  const { header } = await client.kv.txn({ success: both });
  await watch.next();
  const { value } = await watch.next();
  expect(value?.revision).toBe(header?.revision);
  expect(value?.events.map(({ kv, prevKv }) => [text(kv.key), text(prevKv?.value)])).toEqual([
    [`${prefix}a`, 'old'],
    [`${prefix}b`, ''],
  ]);
});

test('a watch from a compacted revision says where the history begins', async () => {
  await put('k', '1');
  const { header } = await put('k', '2');
  const compactRevision = header?.revision ?? 0;
  await client.kv.compact(compactRevision);
  await using watch = client.watch({ key: prefix, prefix: true, startRevision: 1 });
  const error: unknown = await watch.next().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CompactedError);
  expect(error).toMatchObject({ compactRevision, reason: 'compacted' });
});

test('consumers that sleep through megabytes hold up nobody, and get all of them', async () => {
  const watches = Array.from({ length: 5 }, () => client.watch({ key: prefix, prefix: true }));
  await Promise.all(watches.map(({ ready }) => ready));
  const value = 'x'.repeat(200_000);
  const revisions: (number | undefined)[] = [];
  for (let at = 0; at < 40; at++) revisions.push((await put(String(at), value)).header?.revision);
  expect((await client.kv.range({ key: prefix, prefix: true, countOnly: true })).count).toBe(40);
  for (const watch of watches) {
    for (const revision of revisions) expect((await watch.next()).value?.revision).toBe(revision);
    watch.close();
  }
});

test('progress tells that nothing was missed', async () => {
  await using watch = client.watch({ key: `${prefix}quiet`, progressNotify: true });
  await watch.ready;
  const { header } = await put('loud', '1');
  let heard: number | undefined;
  while (heard === undefined || heard < (header?.revision ?? 0)) {
    watch.requestProgress();
    heard = (await watch.next()).value?.revision;
  }
  expect(heard).toBeGreaterThanOrEqual(header?.revision ?? 0);
});

test('a filter leaves one kind out', async () => {
  await using watch = client.watch({ key: prefix, prefix: true, ignore: 'puts' });
  await watch.ready;
  await put('k', '1');
  const { header } = await client.kv.deleteRange({ key: `${prefix}k` });
  const { value } = await watch.next();
  expect([value?.revision, value?.events[0]?.type]).toEqual([header?.revision, 'delete']);
});

test('an aborted watch ends at once, also while no member answers', async () => {
  const lone = await startCluster({ nodes: 1 });
  const controller = new AbortController();
  const watch = lone.client().watch({ key: 'k' }, { signal: controller.signal });
  await watch.ready;
  await lone.nodes[0]?.kill();
  const ended = expect(watch.next()).rejects.toMatchObject({ reason: 'aborted' });
  controller.abort();
  await ended;
  await lone.stop();
});
