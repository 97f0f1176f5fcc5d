// Detectors over the real instruments: a server that falls ill, a metric that climbs, a log that says so.
import { appendFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Detectors, type DetectSpec, isBadSignal, type Signal } from '@reknit/recovery';
import { createNodeRuntime } from '@reknit/runtime/node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createInstruments } from '../../src/index.js';
import { type Scratch, scratchDirectory } from '../support/scratch.js';

let scratch: Scratch;
let server: http.Server;
let port: number;
let status = 200;
let memory = 100;
let detectors: Detectors;
const turns: Signal[] = [];
let wake: () => void = () => undefined;

beforeEach(async () => {
  scratch = scratchDirectory();
  [status, memory] = [200, 100];
  server = http.createServer((request, response) => {
    if (request.url === '/metrics') return response.end(`# TYPE memory_bytes gauge\nmemory_bytes{kind="heap"} ${memory}\n`);
    return response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  turns.length = 0;
  detectors = new Detectors({
    runtime: createNodeRuntime({ log: { log: () => undefined } }),
    instruments: createInstruments(),
    onTurn: (_subject, signal) => {
      turns.push(signal);
      wake();
    },
  });
});
afterEach(() => {
  detectors.end();
  server.close();
  scratch.remove();
});

async function turned(kind: Signal['kind'], to: 'bad' | 'good'): Promise<Signal> {
  for (;;) {
    const found = turns.find((signal) => signal.kind === kind && isBadSignal(signal) === (to === 'bad'));
    if (found !== undefined) return found;
    await new Promise<void>((resolve) => (wake = resolve));
  }
}

const pace = { everyMs: 20, timeoutMs: 2000 };

test('a probe, a metric and a pattern each turn bad when the component does, and well again', async () => {
  const log = join(scratch.path, 'web.log');
  writeFileSync(log, 'FATAL: of an earlier life\n');
  const url = `http://127.0.0.1:${port}`;
  const expectStatus = [{ from: 200, to: 299 }];
  const specs: readonly DetectSpec[] = [
    {
      kind: 'probe',
      probe: { kind: 'http', name: 'health', url, method: 'GET', headers: {}, expectStatus },
      ...pace,
      failures: 2,
    },
    {
      kind: 'metric',
      name: 'memory',
      url: `${url}/metrics`,
      metric: 'memory_bytes',
      labels: { kind: 'heap' },
      comparison: '>',
      limit: 500,
      asRate: false,
      forMs: 50,
      ...pace,
    },
    { kind: 'log', name: 'fatal', pattern: 'FATAL', source: { kind: 'output' }, count: 1, withinMs: 60_000 },
  ];
  detectors.watch('web', { specs, output: { path: log, from: 'end' } });
  status = 503;
  memory = 1000;
  appendFileSync(log, 'FATAL: out of memory\n');
  expect(await turned('probe', 'bad')).toMatchObject({ outcome: 'bad', detail: '503 Service Unavailable' });
  expect(await turned('metric', 'bad')).toMatchObject({ value: 1000 });
  expect(await turned('log', 'bad')).toMatchObject({ line: 'FATAL: out of memory', count: 1 });
  status = 200;
  memory = 10;
  await turned('probe', 'good');
  await turned('metric', 'good');
});
