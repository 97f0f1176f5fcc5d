import { afterEach, expect, test } from 'vitest';
import { bytesField, numberField } from '../src/cluster/protobuf.js';
import { indexAt, keyAt } from '../src/load/requests.js';
import { runWatchLoad, type WatchJob } from '../src/load/watch-load.js';
import { WatchReader } from '../src/load/watch-messages.js';
import { watchFaultOf } from '../src/suites/watch.js';
import { FakeWatch } from './fake-watch.js';

let server: FakeWatch | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

const LOAD = { watchers: 7, puts: 60 };
const job = (port: number, more: Partial<WatchJob> = {}): WatchJob => ({
  ...LOAD,
  watchPorts: [port],
  connections: 3,
  putPort: port,
  firstKey: 500,
  perSecond: undefined,
  inFlight: 10,
  ...more,
});

test('the request that wrote a key is found by the key', () => {
  for (const index of [0, 1, 77, 100_000, 0x7fff_ffff]) expect(indexAt(keyAt(index), 0)).toBe(index);
  expect(indexAt(Buffer.from('/bench/whole----'), 0)).toBe(-1);
});

test('every event of every watcher is counted', async () => {
  server = await FakeWatch.start();
  const result = await runWatchLoad(job(server.port));
  expect(result).toMatchObject({ events: 7 * 60, refusedPuts: 0, disordered: 0 });
  expect(watchFaultOf(LOAD, result, 60)).toBeUndefined();
});

test('at a steady rate too', async () => {
  server = await FakeWatch.start();
  const result = await runWatchLoad(job(server.port, { perSecond: 2000 }));
  expect(result).toMatchObject({ events: 7 * 60, disordered: 0 });
});

test('an event that comes twice is seen', async () => {
  server = await FakeWatch.start((watch, revision) => (watch === 3 && revision === 20 ? 2 : 1));
  const result = await runWatchLoad(job(server.port));
  expect(watchFaultOf(LOAD, result, 60)).toBe('1 events came twice or out of order');
});

test('a watch run that lost an event, or whose store did not grow, does not count', () => {
  const good = { events: 420, refusedPuts: 0, disordered: 0 };
  expect(watchFaultOf(LOAD, { ...good, events: 419 }, 60)).toBe('419 of 420 events were delivered');
  expect(watchFaultOf(LOAD, good, 59)).toBe('the revision grew by 59 instead of 60');
  expect(watchFaultOf(LOAD, { ...good, refusedPuts: 2 }, 58)).toBe('2 of 60 puts were refused');
});

test('a response with several events, fields that nobody knows, and revisions above 32 bits', () => {
  const seen: (readonly [number, number, number])[] = [];
  const reader = new WatchReader({
    created: () => {},
    canceled: () => {},
    event: (watch, index, revision) => seen.push([watch, index, revision]),
  });
  const event = (index: number, revision: number): Uint8Array =>
    bytesField(
      11,
      Buffer.concat([numberField(1, 0), bytesField(2, Buffer.concat([bytesField(1, keyAt(index)), numberField(3, revision)]))]),
    );
  const header = bytesField(1, numberField(2, 0xffff_ffff_ffff_ffffn));
  reader.read(Buffer.concat([header, numberField(2, 9), event(5, 2 ** 40), event(6, 2 ** 40 + 1), bytesField(20, keyAt(1))]));
  expect(seen).toEqual([
    [9, 5, 2 ** 40],
    [9, 6, 2 ** 40 + 1],
  ]);
});
