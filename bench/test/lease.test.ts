import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { bytesField, countField, decodeFields, numberField, numberIn } from '../src/cluster/protobuf.js';
import { type LeaseJob, runLeaseLoad } from '../src/load/lease-load.js';
import { leaseIdAt } from '../src/load/requests.js';
import { leaseFaultOf } from '../src/suites/lease.js';

let server: Http2Server;
afterEach(() => server.close());

const HEADER = bytesField(1, numberField(3, 1));

/** Answers each renewal with the time to live that it is told for a lease; undefined: not at all. */
async function listen(ttlOf: (lease: number) => number | undefined): Promise<{ port: number; renewed: number[] }> {
  const renewed: number[] = [];
  server = createServer();
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; at += 5 + chunk.readUInt32BE(at + 1)) {
        const id = numberIn(decodeFields(chunk.subarray(at + 5, at + 5 + chunk.readUInt32BE(at + 1))), 1);
        const lease = Number(id) - leaseIdAt(0);
        renewed.push(lease);
        const ttl = ttlOf(lease);
        if (ttl === undefined) continue;
        const message = Buffer.concat([HEADER, numberField(2, id), numberField(3, ttl)]);
        const prefix = Buffer.alloc(5);
        prefix.writeUInt32BE(message.length, 1);
        stream.write(Buffer.concat([prefix, message]));
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { port: (server.address() as AddressInfo).port, renewed };
}

const job = (port: number): LeaseJob => ({ ports: [port], connections: 3, leases: 50, intervalSeconds: 0.2, seconds: 0.4 });

test('every lease is renewed once in each interval', async () => {
  const { port, renewed } = await listen(() => 30);
  const result = await runLeaseLoad(job(port));
  expect(result).toMatchObject({ lost: 0, unanswered: 0 });
  const counts = Array.from({ length: 50 }, (_, lease) => renewed.filter((each) => each === lease).length);
  expect(counts.slice(1)).toEqual(Array(49).fill(2));
});

test('leases that are gone are lost, however politely the server says it', async () => {
  const { port } = await listen((lease) => (lease === 7 ? 0 : 30));
  expect((await runLeaseLoad(job(port))).lost).toBe(2);
});

test('a lease run counts only when all were granted, answered, and are left', () => {
  const good = { refusedGrants: 0, renewals: 100, lost: 0, unanswered: 0, alive: 50 };
  expect(leaseFaultOf(50, good)).toBeUndefined();
  expect(leaseFaultOf(50, { ...good, refusedGrants: 1 })).toBe('1 of 50 leases were refused');
  expect(leaseFaultOf(50, { ...good, lost: 2 })).toBe('2 of 100 renewals found no lease');
  expect(leaseFaultOf(50, { ...good, unanswered: 3 })).toBe('3 of 100 renewals had no answer');
  expect(leaseFaultOf(50, { ...good, alive: 49 })).toBe('49 of 50 leases are left');
});

test('a repeated field is counted, whatever stands between', () => {
  const message = Buffer.concat([
    bytesField(1, HEADER),
    bytesField(2, Uint8Array.of(1)),
    numberField(3, 5),
    bytesField(2, HEADER),
  ]);
  expect(countField(message, 2)).toBe(2);
});
