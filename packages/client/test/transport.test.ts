import { utf8Decode, utf8Encode } from '@reknit/base';
import { type BidirectionalHandler, type Method, Status, type StreamReply } from '@reknit/grpc';
import { type BoundGrpcServer, createHttp2Server } from '@reknit/grpc/node-http2';
import { afterEach, describe, expect, test } from 'vitest';
import { createNodeTransport, type OpenStream, type StreamEnd, type Transport } from '../src/index.js';
import { FramingError, frame, MessageFrames } from '../src/node/message-frames.js';
import { deadEndpoint } from './support.js';

const PATH = '/test.Echo/Talk';
const servers: BoundGrpcServer[] = [];
const transports: Transport[] = [];
afterEach(async () => {
  for (const transport of transports.splice(0)) transport.close();
  await Promise.all(servers.splice(0).map((server) => server.close(0)));
});

async function serving(handle: BidirectionalHandler): Promise<{ endpoint: string; server: BoundGrpcServer }> {
  const services = new Map<string, Method>([[PATH, { kind: 'bidirectional', handle }]]);
  const server = createHttp2Server({
    addresses: ['127.0.0.1:0'],
    services,
    http: (_request, respond) => respond({ status: 404, headers: {}, body: '' }),
    receiveBytesMax: 1024 * 1024,
  });
  await server.listen();
  servers.push(server);
  return { endpoint: server.boundAddresses[0]!, server };
}

const echo: BidirectionalHandler = (_context, reply) => ({
  onMessage: (message) => reply.send(message),
  onEnd: () => reply.end(),
});

interface Talk {
  readonly stream: OpenStream;
  readonly heard: string[];
  readonly end: Promise<StreamEnd>;
  until(count: number): Promise<void>;
}

function talk(endpoint: string, metadata: Readonly<Record<string, string>> = {}): Talk {
  const transport = createNodeTransport();
  transports.push(transport);
  const heard: string[] = [];
  let check = (): void => undefined;
  let stream!: OpenStream;
  const end = new Promise<StreamEnd>((onEnd) => {
    const onMessage = (message: Uint8Array): void => {
      heard.push(utf8Decode(message));
      check();
    };
    stream = transport.stream({ endpoint, path: PATH, metadata }, { onMessage, onEnd });
  });
  const until = (count: number): Promise<void> =>
    new Promise((resolve) => {
      check = () => heard.length >= count && resolve();
      check();
    });
  return { stream, heard, end, until };
}

describe('a stream', () => {
  test('carries messages both ways, in order, also those sent before the connection stood', async () => {
    const { endpoint } = await serving(echo);
    const { stream, heard, until } = talk(endpoint);
    stream.send(utf8Encode('one'));
    stream.send(utf8Encode(''));
    await until(2);
    stream.send(utf8Encode('three'));
    await until(3);
    expect(heard).toEqual(['one', '', 'three']);
    stream.cancel();
  });

  test('brings its metadata, and the server’s words at its end', async () => {
    const { endpoint } = await serving((context, reply) => {
      reply.fail({ code: Status.permissionDenied, message: `no: ${context.metadata('who') ?? ''}` });
      return { onMessage: () => undefined, onEnd: () => undefined };
    });
    expect(await talk(endpoint, { who: 'mé' }).end).toMatchObject({ kind: 'status', code: Status.permissionDenied });
  });

  test('to nobody is unsent', async () => {
    const { stream, end } = talk(await deadEndpoint());
    stream.send(utf8Encode('x'));
    expect(await end).toEqual({ kind: 'unsent', cause: 'connection refused' });
  });

  test('whose connection breaks is lost', async () => {
    const { endpoint, server } = await serving(echo);
    const { stream, until, end } = talk(endpoint);
    stream.send(utf8Encode('x'));
    await until(1);
    await server.close(0);
    expect((await end).kind).toBe('lost');
    stream.send(utf8Encode('into the void'));
  });

  test('that is cancelled is cancelled at the server, and calls nothing back', async () => {
    let cancelled: () => void = () => undefined;
    const seen = new Promise<void>((resolve) => {
      cancelled = resolve;
    });
    const { endpoint } = await serving((context, reply) => {
      context.onCancel(cancelled);
      return { onMessage: (message) => reply.send(message), onEnd: () => undefined };
    });
    const { stream, until, end } = talk(endpoint);
    stream.send(utf8Encode('x'));
    await until(1);
    stream.cancel();
    await seen;
    expect(await Promise.race([end, Promise.resolve('nothing')])).toBe('nothing');
  });

  test('that is cancelled before its connection stands is never opened', async () => {
    let opened = 0;
    const { endpoint } = await serving((context, reply) => {
      opened++;
      return echo(context, reply);
    });
    const first = talk(endpoint);
    first.stream.send(utf8Encode('x'));
    first.stream.cancel();
    const second = talk(endpoint);
    second.stream.send(utf8Encode('y'));
    await second.until(1);
    expect(opened).toBe(1);
  });

  test('that is paused makes the server wait, and misses nothing', async () => {
    const size = 256 * 1024;
    const total = 100;
    let sent = 0;
    const pump = (reply: StreamReply): void => {
      for (let room = true; room && sent < total; sent++) room = reply.send(new Uint8Array(size).fill(97 + (sent % 26)));
    };
    const { endpoint } = await serving((_context, reply) => {
      reply.onDrain(() => pump(reply));
      return { onMessage: () => pump(reply), onEnd: () => reply.end() };
    });
    const { stream, heard, until } = talk(endpoint);
    stream.pause();
    stream.send(utf8Encode('go'));
    // Until nothing moves any more: the windows and buffers are full.
    for (let before = -1; before !== sent || sent === 0; ) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(heard.length).toBe(0);
    expect(sent).toBeLessThan(total);
    stream.resume();
    await until(total);
    expect(heard.every((text, at) => text.length === size && text[0] === String.fromCharCode(97 + (at % 26)))).toBe(true);
  });
});

describe('frames', () => {
  const joined = (...messages: string[]): Uint8Array => Buffer.concat(messages.map((text) => frame(utf8Encode(text))));

  test('are found however the bytes are cut', () => {
    const bytes = joined('a', '', 'a longer one', 'z');
    for (let size = 1; size <= bytes.length; size++) {
      const frames = new MessageFrames();
      const found: string[] = [];
      for (let at = 0; at < bytes.length; at += size) found.push(...frames.push(bytes.subarray(at, at + size)).map(utf8Decode));
      expect(found).toEqual(['a', '', 'a longer one', 'z']);
      expect(frames.isBetweenMessages).toBe(true);
    }
  });

  test.each([
    ['compressed', Uint8Array.of(1, 0, 0, 0, 0)],
    ['larger than any message', Uint8Array.of(0, 0xff, 0, 0, 0)],
  ])('that are %s are refused', (_title, bytes) => {
    expect(() => new MessageFrames().push(bytes)).toThrow(FramingError);
  });
});
