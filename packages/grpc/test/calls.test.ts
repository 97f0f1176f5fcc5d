// What a gRPC client relies on, shown with @grpc/grpc-js against every back end.
import { once } from 'node:events';
import { connect } from 'node:http2';
import * as grpc from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import { type CallContext, type Method, Status, type StreamReply } from '../src/index.js';
import {
  BACK_ENDS,
  bidirectional,
  clientStream,
  deferred,
  echo,
  failureOf,
  type Harness,
  prefixed,
  rawCallOn,
  serve,
  serverStream,
  unary,
} from './support.js';

const PATH = '/test.Service/Call';

describe.each(BACK_ENDS)('on %s', (_name, create) => {
  let harness: Harness;
  const start = async (method: Method): Promise<grpc.Client> => {
    harness = await serve(create, { [PATH]: method });
    return harness.client;
  };
  afterEach(() => harness.stop());

  test('a unary call brings its request and takes its response', async () => {
    const client = await start(echo);
    expect(String(await unary(client, PATH, 'hello'))).toBe('hello');
  });

  test('an empty message is a message', async () => {
    const client = await start(echo);
    expect((await unary(client, PATH, '')).length).toBe(0);
  });

  test('a message of several megabytes arrives whole, both ways', async () => {
    const client = await start(echo);
    const large = Buffer.from(Uint8Array.from({ length: 5_000_000 }, (_, index) => index % 251));
    expect((await unary(client, PATH, large)).equals(large)).toBe(true);
  });

  test('a thousand calls at once are answered, each with its own', async () => {
    const client = await start({ kind: 'unary', handle: (request, _context, reply) => setImmediate(() => reply.ok(request)) });
    const requests = Array.from({ length: 1000 }, (_, index) => `request ${index}`);
    const responses = await Promise.all(requests.map((request) => unary(client, PATH, request)));
    expect(responses.map(String)).toEqual(requests);
    expect(harness.server.statistics().openCalls).toBe(0);
  });

  test('a failure arrives with its code and its text, whatever the text holds', async () => {
    const message = 'etcdserver: 100% of 节点 is\ngone';
    const client = await start({
      kind: 'unary',
      handle: (_request, _context, reply) => reply.fail({ code: Status.failedPrecondition, message }),
    });
    expect(await failureOf(unary(client, PATH, ''))).toEqual({ code: Status.failedPrecondition, details: message });
  });

  test('an unknown service and an unknown method are told apart', async () => {
    const client = await start(echo);
    expect(await failureOf(unary(client, '/other.Service/Call', ''))).toEqual({
      code: Status.unimplemented,
      details: 'unknown service other.Service',
    });
    expect(await failureOf(unary(client, '/test.Service/Other', ''))).toEqual({
      code: Status.unimplemented,
      details: 'unknown method Other for service test.Service',
    });
  });

  test('metadata is read by lower-case name; binary values stay encoded; the first of several counts', async () => {
    const seen: (string | undefined)[] = [];
    const client = await start({
      kind: 'unary',
      handle: (request, context, reply) => {
        seen.push(
          context.metadata('token'),
          context.metadata('trace-bin'),
          context.metadata('twice'),
          context.metadata('absent'),
        );
        seen.push(context.authority, String(context.timeout));
        reply.ok(request);
      },
    });
    const metadata = new grpc.Metadata();
    metadata.set('Token', 'secret');
    metadata.set('trace-bin', Buffer.from([255, 0, 1]));
    metadata.add('twice', 'first');
    metadata.add('twice', 'second');
    await unary(client, PATH, '', { metadata });
    expect(seen).toEqual(['secret', '/wAB', 'first', undefined, harness.address, 'undefined']);
  });

  test('a server stream arrives in order and ends', async () => {
    const client = await start({
      kind: 'server-stream',
      handle: (request, _context, reply) => {
        for (let count = 0; count < Number(String(Buffer.from(request))); count++) reply.send(Buffer.from(String(count)));
        reply.end();
      },
    });
    const received: string[] = [];
    for await (const message of serverStream(client, PATH, '500')) received.push(String(message));
    expect(received).toEqual(Array.from({ length: 500 }, (_, index) => String(index)));
  });

  test('a server stream may end with a failure after messages', async () => {
    const client = await start({
      kind: 'server-stream',
      handle: (_request, _context, reply) => {
        reply.send(Buffer.from('one'));
        reply.fail({ code: Status.outOfRange, message: 'compacted' });
      },
    });
    const call = serverStream(client, PATH, '');
    const received: string[] = [];
    call.on('data', (message: Buffer) => received.push(String(message)));
    const [error] = (await once(call, 'error')) as [grpc.ServiceError];
    expect([received, error.code, error.details]).toEqual([['one'], Status.outOfRange, 'compacted']);
  });

  test('what a slow client does not read is held by the service, not dropped', async () => {
    const MESSAGES = 640;
    let refusals = 0;
    const client = await start({
      kind: 'server-stream',
      handle: (_request, _context, reply) => {
        let sent = 0;
        const more = (): void => {
          while (sent < MESSAGES) {
            if (!reply.send(Buffer.alloc(16_384, sent++ % 256))) {
              refusals++;
              return;
            }
          }
          reply.end();
        };
        reply.onDrain(more);
        more();
      },
    });
    const sums: number[] = [];
    for await (const message of serverStream(client, PATH, '')) {
      sums.push((message as Buffer)[16_383]!);
      if (sums.length % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(sums).toEqual(Array.from({ length: MESSAGES }, (_, index) => index % 256));
    expect(refusals).toBeGreaterThan(0);
  });

  test('both sides of a bidirectional call talk by turns', async () => {
    const client = await start({
      kind: 'bidirectional',
      handle: (_context, reply) => ({
        onMessage: (request) => reply.send(Buffer.from(`re: ${Buffer.from(request)}`)),
        onEnd: () => reply.end(),
      }),
    });
    const call = bidirectional(client, PATH);
    const received: string[] = [];
    for (const request of ['a', 'b', 'c']) {
      call.write(Buffer.from(request));
      const [response] = (await once(call, 'data')) as [Buffer];
      received.push(String(response));
    }
    call.end();
    await once(call, 'end');
    expect(received).toEqual(['re: a', 're: b', 're: c']);
  });

  test('the response stream goes on after the client has half-closed', async () => {
    const client = await start({
      kind: 'bidirectional',
      handle: (_context, reply) => ({
        onMessage: () => undefined,
        onEnd: () => {
          reply.send(Buffer.from('still'));
          setImmediate(() => {
            reply.send(Buffer.from('here'));
            reply.end();
          });
        },
      }),
    });
    const call = bidirectional(client, PATH);
    call.end();
    const received: string[] = [];
    for await (const message of call) received.push(String(message));
    expect(received).toEqual(['still', 'here']);
  });

  test('a service may end a bidirectional call while the client still sends', async () => {
    const client = await start({
      kind: 'bidirectional',
      handle: (_context, reply) => ({
        onMessage: () => reply.fail({ code: Status.unavailable, message: 'etcdserver: no leader' }),
        onEnd: () => undefined,
      }),
    });
    const call = bidirectional(client, PATH);
    call.on('data', () => undefined);
    call.write(Buffer.from('x'));
    const [error] = (await once(call, 'error')) as [grpc.ServiceError];
    expect([error.code, error.details]).toEqual([Status.unavailable, 'etcdserver: no leader']);
  });

  test('a client stream is a bidirectional call with one response', async () => {
    const client = await start({
      kind: 'bidirectional',
      handle: (_context, reply) => {
        let joined = '';
        return {
          onMessage: (request) => {
            joined += Buffer.from(request);
          },
          onEnd: () => {
            reply.send(Buffer.from(joined));
            reply.end();
          },
        };
      },
    });
    expect(String(await clientStream(client, PATH, ['a', 'b', 'c']))).toBe('abc');
  });

  test('a cancelled call tells the service once, and its reply is dropped', async () => {
    const cancelled = deferred<{ context: CallContext; reply: StreamReply }>();
    const began = deferred<void>();
    let times = 0;
    const client = await start({
      kind: 'server-stream',
      handle: (_request, context, reply) => {
        context.onCancel(() => {
          times++;
          cancelled.resolve({ context, reply });
        });
        began.resolve();
      },
    });
    const call = serverStream(client, PATH, '');
    call.on('error', () => undefined);
    await began.promise;
    call.cancel();
    const { context, reply } = await cancelled.promise;
    expect(context.open).toBe(false);
    expect(reply.send(Buffer.from('late'))).toBe(false);
    reply.end();
    expect(harness.server.statistics().openCalls).toBe(0);
    expect(times).toBe(1);
    let called = false;
    context.onCancel(() => {
      called = true;
    });
    expect(called).toBe(true);
  });

  test('a lost connection cancels all of its calls and no others', async () => {
    const cancelled: string[] = [];
    const replies: (() => void)[] = [];
    const allBegan = deferred<void>();
    const tenGone = deferred<void>();
    const client = await start({
      kind: 'unary',
      handle: (request, context, reply) => {
        context.onCancel(() => {
          if (cancelled.push(String(Buffer.from(request))) === 10) tenGone.resolve();
        });
        if (replies.push(() => reply.ok(request)) === 11) allBegan.resolve();
      },
    });
    const doomed = connect(`http://${harness.address}`);
    const calls = Array.from({ length: 10 }, () => rawCallOn(doomed, { path: PATH, chunks: [prefixed('doomed')] }));
    const kept = unary(client, PATH, 'kept');
    await allBegan.promise;
    doomed.destroy();
    await Promise.allSettled(calls);
    await tenGone.promise;
    for (const reply of replies) reply();
    expect(String(await kept)).toBe('kept');
    expect(cancelled).toEqual(Array.from({ length: 10 }, () => 'doomed'));
  });

  test('after any mix of answers, cancellations and lost connections nothing stays open', async () => {
    await start({
      kind: 'bidirectional',
      handle: (_context, reply) => ({
        onMessage: (request) => {
          for (let count = 0; count < request.length; count++) reply.send(Buffer.alloc(2000, count));
        },
        onEnd: () => reply.end(),
      }),
    });
    const run = async (seed: number): Promise<void> => {
      const session = connect(`http://${harness.address}`, { settings: { initialWindowSize: 5000 } }).on(
        'error',
        () => undefined,
      );
      const calls = Array.from({ length: 20 }, (_, index) => {
        const stream = session.request({ ':method': 'POST', ':path': PATH, 'content-type': 'application/grpc' });
        stream.on('error', () => undefined).write(prefixed(Buffer.alloc(index)));
        if ((index + seed) % 3 === 0) stream.once('data', () => stream.close(8));
        if ((index + seed) % 3 === 1) stream.end();
        stream.resume();
        return once(stream, 'close');
      });
      session.ping(() => (seed % 2 === 0 ? session.destroy() : session.ping(() => session.destroy())));
      await Promise.allSettled(calls);
    };
    await Promise.all(Array.from({ length: 12 }, (_, seed) => run(seed)));
    const { server } = harness;
    while (server.statistics().connections > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(server.statistics().openCalls).toBe(0);
  });

  test('traffic and connections are counted', async () => {
    const client = await start(echo);
    await unary(client, PATH, Buffer.alloc(100_000));
    const { connections, openCalls, receivedBytes, sentBytes } = harness.server.statistics();
    expect([connections, openCalls]).toEqual([1, 0]);
    expect(receivedBytes).toBeGreaterThan(100_000);
    expect(sentBytes).toBeGreaterThan(100_000);
  });
});
