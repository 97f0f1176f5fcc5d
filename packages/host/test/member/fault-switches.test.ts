import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8Encode } from '@reknit/base';
import type { HttpHandler } from '@reknit/grpc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitDueAtStart, FAULT_SWITCHES_PATH, withFaultSwitches } from '../../src/member/fault-switches.js';
import { throwFault } from '../../src/member/throw-fault.js';

const SECRET = utf8Encode('a secret of the test cluster');
let directory: string;
let server: http.Server;
let now: number;
let timers: (() => void)[];
let deeds: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reknit-faults-'));
  now = 0;
  timers = [];
  deeds = [];
});
afterEach(() => {
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Each look at the clock costs a millisecond. */
const clock = {
  now: () => now++,
  wall: () => now,
  after: (_delay: number, callback: () => void) => {
    timers.push(callback);
    return { cancel: () => undefined };
  },
  soon: () => undefined,
};

const elsewhere: HttpHandler = (_request, respond) => respond({ status: 204, headers: {}, body: '' });

async function listen(enabled: boolean): Promise<string> {
  const did =
    (what: string) =>
    (...parts: readonly unknown[]): void =>
      void deeds.push([what, ...parts.map(String)].join(' '));
  const illnesses = {
    links: { cut: did('cut'), delay: did('delay') },
    disk: { slow: did('slow'), fill: did('fill'), failNextSync: did('fail') },
    clock: { shift: did('shift') },
  };
  const handler = withFaultSwitches({ enabled, clock, secret: SECRET, dataDirectory: directory, illnesses }, elsewhere);
  server = http.createServer((request, response) => {
    const { method = '', url = '' } = request;
    handler({ method, path: url, headers: {}, body: new Uint8Array() }, ({ status, headers, body }) => {
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return `http://127.0.0.1:${address.port}`;
}

describe('the fault switches', () => {
  it('do not exist in a node that was started without them', async () => {
    const url = await listen(false);
    await expect(throwFault(url, SECRET, { kind: 'block-loop', ms: 50 })).rejects.toThrow(/started with --fault-switches/);
  });

  it('cut the links that are named, or all', async () => {
    const url = await listen(true);
    await throwFault(url, SECRET, { kind: 'cut-links', peers: '127.0.0.1:1,127.0.0.1:2', ms: 50 });
    await throwFault(url, SECRET, { kind: 'cut-links', peers: '', ms: 60 });
    expect(deeds).toEqual(['cut 127.0.0.1:1,127.0.0.1:2 50', 'cut  60']);
  });

  it('make links, disk and clock sick, within bounds', async () => {
    const url = await listen(true);
    await throwFault(url, SECRET, { kind: 'delay-links', peers: '', delayMs: 30, ms: 50 });
    await throwFault(url, SECRET, { kind: 'slow-disk', delayMs: 40, ms: 60 });
    await throwFault(url, SECRET, { kind: 'full-disk', ms: 70 });
    await throwFault(url, SECRET, { kind: 'failed-sync' });
    await throwFault(url, SECRET, { kind: 'clock-offset', offsetMs: -5000, ms: 80 });
    await expect(throwFault(url, SECRET, { kind: 'full-disk', ms: 1e9 })).rejects.toThrow(/unknown fault: .*full-disk ms/);
    expect(deeds).toEqual(['delay  30 50', 'slow 40 60', 'fill 70', 'fail ', 'shift -5000 80'].map((deed) => deed.trim()));
  });

  it('obey nobody who does not know the secret', async () => {
    const url = await listen(true);
    await expect(throwFault(url, utf8Encode('another one'), { kind: 'exit-at-start', times: 2, code: 7 })).rejects.toThrow(
      /not authenticated/,
    );
    expect(exitDueAtStart(directory)).toBeUndefined();
  });

  it('obey a challenge once, and for the fault that was proven only', async () => {
    const url = await listen(true);
    const sent: string[] = [];
    server.on('request', ({ url: path = '' }) => sent.push(path));
    await throwFault(url, SECRET, { kind: 'exit-at-start', times: 1, code: 7 });
    expect(exitDueAtStart(directory)).toBe(7);
    const again = await fetch(`${url}${sent.at(-1)}`, { method: 'POST' });
    expect(again.status).toBe(401);
    const other = await fetch(`${url}${sent.at(-1)!.replace('code=7', 'code=8')}`, { method: 'POST' });
    expect(other.status).toBe(401);
    expect(exitDueAtStart(directory)).toBeUndefined();
  });

  it('refuse an old challenge', async () => {
    const url = await listen(true);
    const late = throwFault(url, SECRET, { kind: 'exit-at-start', times: 1, code: 7 });
    server.once('request', () => void (now += 20_000));
    await expect(late).rejects.toThrow(/not authenticated/);
  });

  it('block the event loop once the answer has left, and for so long', async () => {
    const url = await listen(true);
    await throwFault(url, SECRET, { kind: 'block-loop', ms: 500 });
    const before = now;
    timers[0]!();
    expect(now - before).toBeGreaterThanOrEqual(500);
    expect(now - before).toBeLessThan(510);
  });

  it('end as many starts as they were armed for, each with the code', async () => {
    const url = await listen(true);
    await throwFault(url, SECRET, { kind: 'exit-at-start', times: 3, code: 9 });
    expect([1, 2, 3, 4].map(() => exitDueAtStart(directory))).toEqual([9, 9, 9, undefined]);
    expect(existsSync(join(directory, 'fault-switches.json'))).toBe(false);
  });

  it('refuse what is no fault, and leave all else to the node', async () => {
    const url = await listen(true);
    const { status } = await fetch(`${url}${FAULT_SWITCHES_PATH}?fault=block-loop&ms=999999999`, { method: 'POST' });
    expect(status).toBe(400);
    expect((await fetch(`${url}/health`)).status).toBe(204);
  });
});
