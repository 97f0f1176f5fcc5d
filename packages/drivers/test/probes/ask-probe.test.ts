import http from 'node:http';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ProbeSpec } from '@reknit/recovery';
import { afterEach, describe, expect, test } from 'vitest';
import { askProbe } from '../../src/index.js';
import { createInstruments } from '../../src/probes/instruments.js';
import { scratchDirectory } from '../support/scratch.js';

const TIMEOUT = 5000;
/** As short as it can be where an answer is not to come. */
const BRIEF = 150;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const listening = (server: net.Server): Promise<number> =>
  new Promise((resolve) => {
    const sockets = new Set<net.Socket>();
    server.on('connection', (socket: net.Socket) => void sockets.add(socket));
    closing.push(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

const serve = (handler: http.RequestListener): Promise<number> => listening(http.createServer(handler));

/** Was in use a moment ago, so nobody listens there now. */
async function freePort(): Promise<number> {
  const server = net.createServer();
  const port = await listening(server);
  await new Promise((resolve) => void server.close(resolve));
  return port;
}

const httpProbe = (port: number, more: Partial<Extract<ProbeSpec, { kind: 'http' }>> = {}): ProbeSpec => ({
  kind: 'http',
  name: 'health',
  url: `http://127.0.0.1:${port}/health`,
  method: 'GET',
  headers: {},
  expectStatus: [{ from: 200, to: 399 }],
  ...more,
});

describe('HTTP', () => {
  test('is good by status and body, and bad with what it said', async () => {
    let asked = '';
    const port = await serve((request, response) => {
      asked = `${request.method} ${request.url} ${request.headers['x-key']}`;
      response.writeHead(request.url === '/health' ? 200 : 503).end('status: up');
    });
    expect(await askProbe(httpProbe(port, { headers: { 'x-key': 'k' }, expectBody: 'up$' }), TIMEOUT)).toEqual({
      outcome: 'good',
      detail: '200 OK',
    });
    expect(asked).toBe('GET /health k');
    expect(await askProbe(httpProbe(port, { expectBody: 'down' }), TIMEOUT)).toMatchObject({ outcome: 'bad' });
    expect(await askProbe(httpProbe(port, { url: `http://127.0.0.1:${port}/` }), TIMEOUT)).toEqual({
      outcome: 'bad',
      detail: '503 Service Unavailable',
    });
    expect(await askProbe(httpProbe(port, { expectStatus: [{ from: 503, to: 503 }] }), TIMEOUT)).toMatchObject({
      outcome: 'bad',
    });
  });

  test('an endless body is judged by its beginning', async () => {
    const port = await serve((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('all is up '.repeat(1000)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    expect(await askProbe(httpProbe(port, { expectBody: '^all is up' }), TIMEOUT)).toMatchObject({ outcome: 'good' });
  });

  test('nobody, nobody who answers, and one who breaks off are three things', async () => {
    expect(await askProbe(httpProbe(await freePort()), TIMEOUT)).toMatchObject({ outcome: 'refused' });
    const mute = await listening(net.createServer());
    expect(await askProbe(httpProbe(mute), BRIEF)).toMatchObject({ outcome: 'silent' });
    const rude = await listening(net.createServer((socket) => void socket.destroy()));
    expect(await askProbe(httpProbe(rude), TIMEOUT)).toMatchObject({ outcome: 'bad' });
  });

  test('an address that can be none is refused, and nothing is thrown later', async () => {
    expect(await askProbe(httpProbe(0, { url: 'http://127.0.0.1:99999/' }), BRIEF)).toMatchObject({ outcome: 'refused' });
    expect(await askProbe({ kind: 'tcp', name: 'x', address: 'no port' }, BRIEF)).toMatchObject({ outcome: 'refused' });
    expect(await askProbe({ kind: 'grpc', name: 'x', address: 'no port', service: '' }, BRIEF)).toMatchObject({
      outcome: 'refused',
    });
  });
});

describe('TCP', () => {
  test('is good where a connection is accepted', async () => {
    const port = await listening(net.createServer());
    expect(await askProbe({ kind: 'tcp', name: 'tcp', address: `127.0.0.1:${port}` }, TIMEOUT)).toMatchObject({
      outcome: 'good',
    });
    expect(await askProbe({ kind: 'tcp', name: 'tcp', address: `127.0.0.1:${await freePort()}` }, TIMEOUT)).toMatchObject({
      outcome: 'refused',
    });
  });
});

describe('gRPC health', () => {
  const health = (reply: (service: string, stream: http2.ServerHttp2Stream) => void): Promise<number> => {
    const server = http2.createServer();
    server.on('stream', (stream, headers) => {
      expect(headers[':path']).toBe('/grpc.health.v1.Health/Check');
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
      stream.on('error', () => undefined);
      // Behind the frame's five bytes, the field's tag and two bytes of length.
      stream.on('end', () => reply(Buffer.concat(chunks).subarray(8).toString(), stream));
    });
    return listening(server);
  };
  const answer = (stream: http2.ServerHttp2Stream, message: readonly number[]): void => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.from([0, 0, 0, 0, message.length, ...message]));
  };
  const ask = (port: number, service = '', timeoutMs = TIMEOUT): ReturnType<typeof askProbe> =>
    askProbe({ kind: 'grpc', name: 'grpc', address: `127.0.0.1:${port}`, service }, timeoutMs);

  test('only SERVING is good, and the service is named', async () => {
    const long = 'x'.repeat(300);
    const port = await health((service, stream) =>
      answer(stream, service === long || service === '' ? [8, 1] : service === 'b' ? [8, 2] : []),
    );
    expect(await ask(port)).toEqual({ outcome: 'good', detail: 'SERVING' });
    expect(await ask(port, long)).toEqual({ outcome: 'good', detail: 'SERVING' });
    expect(await ask(port, 'b')).toEqual({ outcome: 'bad', detail: 'NOT_SERVING' });
    expect(await ask(port, 'c')).toEqual({ outcome: 'bad', detail: 'UNKNOWN' });
  });

  test('a status is bad, silence is silent, nobody is refused', async () => {
    const unknown = await health((_service, stream) =>
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5', 'grpc-message': 'no' },
        { endStream: true },
      ),
    );
    expect(await ask(unknown)).toMatchObject({ outcome: 'bad', detail: 'gRPC status 5: no' });
    const mute = await health(() => undefined);
    expect(await ask(mute, '', BRIEF)).toMatchObject({ outcome: 'silent' });
    expect(await ask(await freePort())).toMatchObject({ outcome: 'refused' });
  });
});

describe('a command', () => {
  const run = (script: string, timeoutMs = TIMEOUT): ReturnType<typeof askProbe> =>
    askProbe({ kind: 'command', name: 'check', command: '/bin/sh', args: ['-c', script], env: { LEVEL: 'high' } }, timeoutMs);

  test('says by its exit code how it is, and its last line why', async () => {
    expect(await run('true')).toEqual({ outcome: 'good', detail: 'exit code 0' });
    expect(await run('echo first; echo "level $LEVEL" >&2; exit 3')).toEqual({
      outcome: 'bad',
      detail: 'exit code 3: level high',
    });
    expect(await run('kill -9 $$')).toMatchObject({ outcome: 'bad', detail: 'ended by SIGKILL' });
    expect(await askProbe({ kind: 'command', name: 'check', command: '/no/such', args: [], env: {} }, TIMEOUT)).toMatchObject({
      outcome: 'refused',
    });
  });

  test('that does not end is ended with all that it started', async () => {
    const scratch = scratchDirectory();
    const fifo = join(scratch.path, 'held');
    try {
      const asked = run(`mkfifo ${fifo}; (sleep 1000 <>${fifo}) & wait`, BRIEF);
      expect(await asked).toMatchObject({ outcome: 'silent' });
      const gone = `while ls -l /proc/[0-9]*/fd 2>/dev/null | grep -q ${fifo}; do sleep 0.02; done`;
      expect(await run(gone)).toMatchObject({ outcome: 'good' });
    } finally {
      scratch.remove();
    }
  });

  test('whose child holds its output is answered at its own end', async () => {
    expect(await run('sleep 1000 & echo done')).toMatchObject({ outcome: 'good', detail: 'done' });
  });
});

describe('a page of metrics', () => {
  test('is fetched whole, or there is none and the reason is told', async () => {
    const port = await serve((request, response) => {
      if (request.url === '/metrics') return response.end('up 1\n');
      return response.writeHead(404).end();
    });
    const { scrape, room } = createInstruments();
    expect(await scrape(`http://127.0.0.1:${port}/metrics`, TIMEOUT)).toEqual({ kind: 'page', text: 'up 1\n' });
    expect(await scrape(`http://127.0.0.1:${port}/`, TIMEOUT)).toMatchObject({
      kind: 'none',
      detail: expect.stringContaining('404'),
    });
    expect(await scrape(`http://127.0.0.1:${await freePort()}/`, TIMEOUT)).toMatchObject({ kind: 'none' });
    expect((await room('/'))!.totalBytes).toBeGreaterThan(0);
    expect(await room('/no/such/place')).toBeUndefined();
  });
});
