// What only a bare HTTP/2 client shows: odd framing, deadlines that the client itself does not keep, malformed requests.
import { connect } from 'node:http2';
import { afterEach, describe, expect, test } from 'vitest';
import { type Method, Status } from '../src/index.js';
import { BACK_ENDS, deferred, echo, type Harness, prefixed, rawCall, rawCallOn, serve } from './support.js';

const PATH = '/test.Service/Call';
const hanging: Method = { kind: 'unary', handle: () => undefined };

describe.each(BACK_ENDS)('on %s', (_name, create) => {
  let harness: Harness;
  const start = async (method: Method): Promise<string> => {
    harness = await serve(create, { [PATH]: method }, { receiveBytesMax: 1000 });
    return harness.address;
  };
  afterEach(() => harness.stop());

  const refusal = async (
    chunks: readonly Buffer[],
    headers: Record<string, string> = {},
  ): Promise<[number, string | undefined]> => {
    const { status, message } = await rawCall(await start(echo), { path: PATH, chunks, headers });
    return [Number(status), message === undefined ? undefined : decodeURIComponent(message)];
  };

  test('a message may come byte by byte', async () => {
    const bytes = prefixed('hello');
    const chunks = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
    const { status, body, headers } = await rawCall(await start(echo), { path: PATH, chunks });
    expect([status, body, headers[':status'], headers['content-type']]).toEqual([
      '0',
      prefixed('hello'),
      200,
      'application/grpc',
    ]);
  });

  test('several messages may come in one frame, and end within it', async () => {
    const seen: string[] = [];
    const address = await start({
      kind: 'bidirectional',
      handle: (_context, reply) => ({
        onMessage: (message) => seen.push(String(Buffer.from(message))),
        onEnd: () => reply.end(),
      }),
    });
    const joined = Buffer.concat(['one', '', 'three', 'four'].map((text) => prefixed(text)));
    const chunks = [joined.subarray(0, 15), joined.subarray(15)];
    expect((await rawCall(address, { path: PATH, chunks })).status).toBe('0');
    expect(seen).toEqual(['one', '', 'three', 'four']);
  });

  test('two messages for a unary method are refused', async () => {
    expect(await refusal([prefixed('one'), prefixed('two')])).toEqual([
      Status.unimplemented,
      'a call of this method carries exactly one request message',
    ]);
  });

  test('a unary call without a message is refused', async () => {
    expect((await refusal([]))[0]).toBe(Status.unimplemented);
  });

  test('a request that ends within a message is refused', async () => {
    expect((await refusal([prefixed('hello').subarray(0, 7)]))[0]).toBe(Status.internal);
  });

  test('a message above the limit is refused from its prefix on, in the words of grpc-go', async () => {
    const prefix = prefixed(Buffer.alloc(1001)).subarray(0, 5);
    const call = rawCall(await start(echo), { path: PATH, chunks: [prefix], open: true });
    const { status, message, resetCode } = await call;
    expect([Number(status), message]).toEqual([
      Status.resourceExhausted,
      'grpc: received message larger than max (1001 vs. 1000)',
    ]);
    expect(resetCode).toBe(0);
  });

  test('a message of exactly the limit passes', async () => {
    expect((await refusal([prefixed(Buffer.alloc(1000))]))[0]).toBe(Status.ok);
  });

  test('compression is refused as unimplemented', async () => {
    expect(await refusal([prefixed('hello', 1)], { 'grpc-encoding': 'gzip' })).toEqual([
      Status.unimplemented,
      'grpc: Decompressor is not installed for grpc-encoding "gzip"',
    ]);
  });

  test('a compressed flag without an encoding is refused', async () => {
    expect(await refusal([prefixed('hello', 1)])).toEqual([
      Status.internal,
      'grpc: compressed flag set with identity or empty encoding',
    ]);
  });

  test('a malformed deadline is refused', async () => {
    expect(await refusal([prefixed('')], { 'grpc-timeout': '5 years' })).toEqual([
      Status.internal,
      'malformed grpc-timeout: "5 years"',
    ]);
  });

  test('content types with a suffix or a parameter are gRPC', async () => {
    expect((await refusal([prefixed('')], { 'content-type': 'application/grpc+proto' }))[0]).toBe(0);
  });

  test('the server itself answers a call whose deadline has passed, and tells the service', async () => {
    const cancelled = deferred<number | undefined>();
    const address = await start({
      kind: 'unary',
      handle: (_request, context) => context.onCancel(() => cancelled.resolve(context.timeout)),
    });
    const started = performance.now();
    const { status, message } = await rawCall(address, {
      path: PATH,
      chunks: [prefixed('')],
      headers: { 'grpc-timeout': '50m' },
    });
    expect([Number(status), message]).toEqual([Status.deadlineExceeded, 'context deadline exceeded']);
    expect(performance.now() - started).toBeGreaterThanOrEqual(50);
    expect(await cancelled.promise).toBe(50);
  });

  test('a stream that is past its deadline ends with trailers after its messages', async () => {
    const address = await start({
      kind: 'server-stream',
      handle: (_request, _context, reply) => reply.send(Buffer.from('first')),
    });
    const response = await rawCall(address, { path: PATH, chunks: [prefixed('')], headers: { 'grpc-timeout': '30m' } });
    expect([response.body, response.trailers['grpc-status']]).toEqual([prefixed('first'), String(Status.deadlineExceeded)]);
  });

  test('a deadline that a reply has met no longer counts', async () => {
    const address = await start(echo);
    const request = { path: PATH, chunks: [prefixed('')], headers: { 'grpc-timeout': '30m' } };
    const session = connect(`http://${address}`);
    for (let round = 0; round < 3; round++) expect((await rawCallOn(session, request)).status).toBe('0');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect((await rawCallOn(session, request)).status).toBe('0');
    session.destroy();
  });

  test('a reset stream cancels its call only', async () => {
    const cancelled = deferred<void>();
    const began = deferred<void>();
    const address = await start({
      kind: 'unary',
      handle: (request, context, reply) => {
        if (request.length > 0) return reply.ok(request);
        context.onCancel(() => cancelled.resolve());
        began.resolve();
      },
    });
    const session = connect(`http://${address}`);
    const stream = session.request({ ':method': 'POST', ':path': PATH, 'content-type': 'application/grpc' });
    stream.on('error', () => undefined);
    stream.end(prefixed(''));
    await began.promise;
    stream.close(8);
    await cancelled.promise;
    expect((await rawCallOn(session, { path: PATH, chunks: [prefixed('x')] })).status).toBe('0');
    session.destroy();
  });

  test('requests that are not gRPC go to the HTTP handler', async () => {
    const address = await start(hanging);
    const { headers, body } = await rawCall(address, {
      path: '/health?serializable=true',
      chunks: [],
      headers: { 'content-type': 'text/plain' },
    });
    expect([headers[':status'], String(body)]).toEqual([404, 'nothing here']);
  });
});
