// The generator against a real HTTP/2 server that is not ours.
import { afterEach, expect, test } from 'vitest';
import { bytesIn, decodeFields } from '../src/cluster/protobuf.js';
import { keyAt, valueAt } from '../src/load/requests.js';
import { runUnaryLoad, type UnaryJob } from '../src/load/unary-load.js';
import { FakeEtcd } from './fake-etcd.js';

let server: FakeEtcd;
afterEach(() => server.close());

const YES = Uint8Array.of(0x0a, 0);
const job = (more: Partial<UnaryJob> = {}): UnaryJob => ({
  dialect: 'etcd',
  kind: 'put',
  ports: [server.port],
  connections: 2,
  pace: { inFlight: 20 },
  requests: 500,
  firstKey: 1000,
  keys: 500,
  ...more,
});

test('every request arrives once, with its own key and value, and the headers that gRPC asks for', async () => {
  server = await FakeEtcd.start(() => YES);
  const result = await runUnaryLoad(job());
  expect(result).toMatchObject({ requests: 500, refused: 0 });
  const keys = new Set<string>();
  for (const { headers, body } of server.seen) {
    expect(headers).toMatchObject({
      ':method': 'POST',
      ':path': '/etcdserverpb.KV/Put',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    expect(body.readUInt32BE(1)).toBe(body.length - 5);
    const fields = decodeFields(body.subarray(5));
    keys.add(Buffer.from(bytesIn(fields, 1)).toString());
    expect(Buffer.from(bytesIn(fields, 2)).subarray(0, 16)).toEqual(Buffer.from(bytesIn(fields, 1)));
  }
  expect(keys).toEqual(new Set(Array.from({ length: 500 }, (_, at) => Buffer.from(keyAt(1000 + at)).toString())));
  const values = server.seen.map(({ body }) => Buffer.from(bytesIn(decodeFields(body.subarray(5)), 2)));
  expect(values).toContainEqual(Buffer.from(valueAt(1000)));
});

test('refusals are counted as refusals', async () => {
  server = await FakeEtcd.start((call) => (call % 5 === 0 ? undefined : YES));
  expect(await runUnaryLoad(job())).toMatchObject({ requests: 500, refused: 100 });
});

test('a read that brings no value is refused', async () => {
  server = await FakeEtcd.start((call) => (call % 2 === 0 ? YES : Uint8Array.of(0x12, 0x80, 2, ...valueAt(0))));
  expect(await runUnaryLoad(job({ kind: 'range', requests: 100 }))).toMatchObject({ refused: 50 });
});

test('no more requests are in flight than was asked for', async () => {
  server = await FakeEtcd.start(() => YES);
  const result = await runUnaryLoad(job({ connections: 1, pace: { inFlight: 1 }, requests: 50 }));
  expect(result.refused).toBe(0);
  expect(server.seen.map(({ body }) => Buffer.from(bytesIn(decodeFields(body.subarray(5)), 1)))).toEqual(
    Array.from({ length: 50 }, (_, at) => Buffer.from(keyAt(1000 + at))),
  );
});

test('a server that goes away fails the run', async () => {
  server = await FakeEtcd.start(() => YES);
  server.close();
  await expect(runUnaryLoad(job())).rejects.toThrow('a connection of the load ended');
});

test('in an open loop every request is made too, spread over the connections', async () => {
  server = await FakeEtcd.start(() => YES);
  const result = await runUnaryLoad(job({ pace: { perSecond: 5000 }, connections: 3, requests: 200 }));
  expect(result).toMatchObject({ requests: 200, refused: 0 });
  expect(new Set(server.seen.map(({ body }) => body.toString('hex'))).size).toBe(200);
});
