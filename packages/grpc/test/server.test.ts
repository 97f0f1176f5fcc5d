// The server around its calls: plain HTTP on the same port, binding, closing.

import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { HttpRequest, Method, UnaryReply } from '../src/index.js';
import {
  BACK_ENDS,
  type CreateServer,
  deferred,
  echo,
  failureOf,
  type Harness,
  NOT_FOUND,
  newClient,
  serve,
  unary,
} from './support.js';

const PATH = '/test.Service/Call';

const bare = (create: CreateServer, addresses: readonly string[]) =>
  create({ addresses, services: new Map(), http: NOT_FOUND, receiveBytesMax: 1000 });

async function occupy(): Promise<{ readonly blocker: Server; readonly port: number }> {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  return { blocker, port: (blocker.address() as { port: number }).port };
}

describe.each(BACK_ENDS)('on %s', (_name, create) => {
  let harness: Harness | undefined;
  afterEach(async () => {
    await harness?.stop();
    harness = undefined;
  });

  test('HTTP/1 and gRPC share a port', async () => {
    const seen: HttpRequest[] = [];
    harness = await serve(
      create,
      { [PATH]: echo },
      {
        http: (request, respond) => {
          seen.push(request);
          respond({ status: 200, headers: { 'content-type': 'application/json' }, body: '{"health":"true"}' });
        },
      },
    );
    const response = await fetch(`http://${harness.address}/health?x=1`, {
      method: 'POST',
      body: 'a body',
      headers: { 'X-Own': '7' },
    });
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      'application/json',
      '{"health":"true"}',
    ]);
    const [request] = seen;
    expect([request?.method, request?.path, request?.headers['x-own'], String(request?.body)]).toEqual([
      'POST',
      '/health?x=1',
      '7',
      'a body',
    ]);
    expect(String(await unary(harness.client, PATH, 'hello'))).toBe('hello');
  });

  test('an HTTP body above the limit is refused', async () => {
    harness = await serve(create, {}, { receiveBytesMax: 10 });
    expect((await fetch(`http://${harness.address}/`, { method: 'POST', body: 'more than ten bytes' })).status).toBe(413);
  });

  test('a preface that comes in pieces is recognised', async () => {
    harness = await serve(create, { [PATH]: echo });
    const [host, port] = harness.address.split(':');
    const socket = connect(Number(port), host);
    socket.setNoDelay(true);
    const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    for (const byte of preface) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    const [settings] = (await once(socket, 'data')) as [Buffer];
    expect(settings[3]).toBe(4);
    socket.destroy();
  });

  test('noise instead of a protocol harms nobody else', async () => {
    harness = await serve(create, { [PATH]: echo });
    const [host, port] = harness.address.split(':');
    const noises = [
      '\0\x01\x02\x03\x04\x05',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff',
      'GET / HTTP/9.9\r\n\r\n',
    ];
    for (const noise of noises) {
      const socket = connect(Number(port), host).on('error', () => undefined);
      socket.end(Buffer.from(noise, 'latin1'));
      socket.resume();
      await once(socket, 'close');
    }
    expect(String(await unary(harness.client, PATH, 'fine'))).toBe('fine');
  });

  test('a used address is named with its cause, and nothing else stays bound', async () => {
    const { blocker, port } = await occupy();
    const server = bare(create, ['127.0.0.1:0', `127.0.0.1:${port}`]);
    await expect(server.listen()).rejects.toThrow(`address 127.0.0.1:${port} is already in use`);
    expect(server.boundAddresses).toEqual([]);
    blocker.close();
  });

  test('an address of another machine and a malformed one are named', async () => {
    await expect(bare(create, ['192.0.2.1:2379']).listen()).rejects.toThrow(
      'address 192.0.2.1:2379 does not belong to this machine',
    );
    await expect(bare(create, ['2379']).listen()).rejects.toThrow('address 2379 is not of the form host:port');
  });

  test('localhost is bound on both loopback addresses', async () => {
    harness = await serve(create, { [PATH]: echo }, { addresses: ['localhost:0'] });
    const [first, second] = harness.server.boundAddresses;
    expect(first).toMatch(/^127\.0\.0\.1:/);
    if (second === undefined) return;
    expect(second).toMatch(/^\[::1\]:/);
    const client = newClient(second);
    expect(String(await unary(client, PATH, 'six'))).toBe('six');
    client.close();
  });

  test('closing lets an open call finish within the grace, and takes no new connection', async () => {
    const began = deferred<UnaryReply>();
    const slow: Method = { kind: 'unary', handle: (_request, _context, reply) => began.resolve(reply) };
    const own = await serve(create, { [PATH]: slow });
    const call = unary(own.client, PATH, '');
    const reply = await began.promise;
    const closed = own.server.close(10_000);
    const refused = connect(Number(own.address.split(':')[1]), '127.0.0.1');
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
    reply.ok(Buffer.from('in time'));
    expect(String(await call)).toBe('in time');
    await closed;
    expect(own.server.statistics().connections).toBe(0);
    own.client.close();
  });

  test('closing ends what is still open after the grace', async () => {
    const cancelled = deferred<void>();
    const began = deferred<void>();
    const own = await serve(create, {
      [PATH]: {
        kind: 'unary',
        handle: (_request, context) => {
          context.onCancel(() => cancelled.resolve());
          began.resolve();
        },
      },
    });
    const call = failureOf(unary(own.client, PATH, ''));
    await began.promise;
    await own.server.close(20);
    await cancelled.promise;
    expect((await call).code).toBe(14);
    own.client.close();
  });

  test('an idle client does not delay closing', async () => {
    const own = await serve(create, { [PATH]: echo });
    const session = connectHttp2(`http://${own.address}`);
    await once(session, 'remoteSettings');
    const ended = once(session, 'close');
    await own.server.close(60_000);
    await ended;
    own.client.close();
  });
});
