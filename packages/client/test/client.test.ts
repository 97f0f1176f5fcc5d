import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { utf8Decode } from '@reknit/base';
import { createTxnResponse, decodePutRequest, decodeRangeRequest, decodeTxnRequest, encodeTxnResponse } from '@reknit/etcd-api';
import { type CallContext, Status, type UnaryHandler } from '@reknit/grpc';
import { afterEach, describe, expect, test } from 'vitest';
import { type Client, type ClientOptions, Code, createClient, EtcdError, prefixEnd } from '../src/index.js';
import {
  answersPut,
  answersRange,
  deadEndpoint,
  type FakeMember,
  hangs,
  PUT,
  RANGE,
  startMember,
  unavailable,
} from './support.js';

const members: FakeMember[] = [];
const clients: Client[] = [];
const newMember = async (...args: Parameters<typeof startMember>): Promise<FakeMember> => {
  const member = await startMember(...args);
  members.push(member);
  return member;
};
const newClient = (endpoints: readonly string[], options: Partial<ClientOptions> = {}): Client => {
  const client = createClient({ endpoints, ...options });
  clients.push(client);
  return client;
};
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(members.splice(0).map((member) => member.stop()));
});

async function failureOf(call: Promise<unknown>): Promise<EtcdError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EtcdError);
  return error as EtcdError;
}

describe('requests', () => {
  test('a put brings text as bytes, and the keyspace as metadata', async () => {
    const seen: unknown[] = [];
    const put: UnaryHandler = (request, context, reply) => {
      const { key, value, lease } = decodePutRequest(request);
      seen.push(utf8Decode(key), utf8Decode(value), lease, context.metadata('reknit-keyspace'));
      answersPut(request, context, reply);
    };
    const { endpoint } = await newMember({ [PUT]: put });
    const response = await newClient([endpoint], { keyspace: 'orders' }).kv.put({ key: 'name', value: 'reknit', lease: 9n });
    expect(seen).toEqual(['name', 'reknit', 9n, 'orders']);
    expect(response.header?.revision).toBe(7);
  });

  test('a range is linearizable unless told otherwise, and takes a prefix', async () => {
    const seen: unknown[] = [];
    const range: UnaryHandler = (request, context, reply) => {
      const { key, rangeEnd, serializable, limit } = decodeRangeRequest(request);
      seen.push([utf8Decode(key), utf8Decode(rangeEnd), serializable, limit]);
      answersRange(request, context, reply);
    };
    const { endpoint } = await newMember({ [RANGE]: range });
    const { kv } = newClient([endpoint]);
    await kv.range({ key: 'a/', prefix: true, limit: 5 });
    await kv.range({ key: 'a' }, { linearizable: false });
    expect(seen).toEqual([
      ['a/', 'a0', false, 5],
      ['a', '', true, 0],
    ]);
  });

  test('a transaction carries its comparisons and both branches', async () => {
    const path = '/etcdserverpb.KV/Txn';
    const seen: unknown[] = [];
    const txn: UnaryHandler = (request, _context, reply) => {
      const { compare, success, failure } = decodeTxnRequest(request);
      seen.push(compare[0]?.modRevision, utf8Decode(success[0]!.requestPut!.value), utf8Decode(failure[0]!.requestRange!.key));
      reply.ok(encodeTxnResponse(createTxnResponse({ succeeded: true })));
    };
    const { endpoint } = await newMember({ [path]: txn });
    const response = await newClient([endpoint]).kv.txn({
      compare: [{ key: 'k', target: 2, result: 0, modRevision: 41 }],
      success: [{ put: { key: 'k', value: 'v' } }],
      failure: [{ range: { key: 'k' } }],
    });
    expect([response.succeeded, ...seen]).toEqual([true, 41, 'v', 'k']);
  });

  test('the end of a prefix is the first key that does not have it', () => {
    expect(prefixEnd(Uint8Array.of(1, 2))).toEqual(Uint8Array.of(1, 3));
    expect(prefixEnd(Uint8Array.of(1, 255, 255))).toEqual(Uint8Array.of(2));
    expect(prefixEnd(Uint8Array.of(255))).toEqual(Uint8Array.of(0));
  });

  test('hundreds of calls share one connection', async () => {
    const peers = new Set<string>();
    const range: UnaryHandler = (request, context, reply) => {
      peers.add(context.peer);
      answersRange(request, context, reply);
    };
    const { endpoint } = await newMember({ [RANGE]: range });
    const { kv } = newClient([endpoint]);
    const responses = await Promise.all(Array.from({ length: 500 }, () => kv.range({ key: 'k' })));
    expect(responses.every((response) => response.count === 3)).toBe(true);
    expect(peers.size).toBe(1);
  });
});

describe('failures', () => {
  test('a definite refusal keeps its code and text, and is not repeated', async () => {
    const refuses: UnaryHandler = (_request, _context, reply) =>
      reply.fail({ code: Status.invalidArgument, message: 'etcdserver: key is not provided' });
    const member = await newMember({ [PUT]: refuses, [RANGE]: refuses });
    const { kv } = newClient([member.endpoint]);
    for (const call of [kv.put({ key: '' }), kv.range({ key: '' })]) {
      const { code, message, outcome } = await failureOf(call);
      expect([code, message, outcome]).toEqual([Code.invalidArgument, 'etcdserver: key is not provided', 'refused']);
    }
    expect([member.seen(PUT), member.seen(RANGE)]).toEqual([1, 1]);
  });

  test('a write answered Unavailable is unknown and sent once', async () => {
    const first = await newMember({ [PUT]: unavailable });
    const second = await newMember({ [PUT]: unavailable });
    const error = await failureOf(newClient([first.endpoint, second.endpoint]).kv.put({ key: 'k' }));
    expect([error.code, error.outcome]).toEqual([Code.unavailable, 'unknown']);
    expect(first.seen(PUT) + second.seen(PUT)).toBe(1);
  });

  test('a read answered Unavailable is tried elsewhere', async () => {
    const bad = await newMember({ [RANGE]: unavailable });
    const good = await newMember();
    const { kv } = newClient([bad.endpoint, good.endpoint]);
    for (let call = 0; call < 10; call++) expect((await kv.range({ key: 'k' })).count).toBe(3);
    expect(good.seen(RANGE)).toBe(10);
  });

  test('a read that everybody answers Unavailable fails at its deadline, not before', async () => {
    const bad = await newMember({ [RANGE]: unavailable });
    const started = performance.now();
    const error = await failureOf(newClient([bad.endpoint]).kv.range({ key: 'k' }, { timeoutMs: 100 }));
    expect([error.code, error.outcome]).toEqual([Code.unavailable, 'refused']);
    expect(performance.now() - started).toBeGreaterThan(30);
    expect(bad.seen(RANGE)).toBeGreaterThan(1);
  });

  test('without retries a call makes one attempt', async () => {
    const bad = await newMember({ [RANGE]: unavailable });
    const good = await newMember();
    const { kv } = newClient([bad.endpoint, good.endpoint], { retry: 'none' });
    await failureOf(kv.range({ key: 'k' }));
    expect([bad.seen(RANGE), good.seen(RANGE)]).toEqual([1, 0]);
  });

  test('reads and writes pass over an endpoint where nobody listens, at once', async () => {
    const good = await newMember();
    const { kv } = newClient([await deadEndpoint(), good.endpoint]);
    const started = performance.now();
    for (let call = 0; call < 20; call++) await kv.put({ key: 'k' });
    expect((await kv.range({ key: 'k' })).count).toBe(3);
    expect(performance.now() - started).toBeLessThan(1000);
    expect(good.seen(PUT)).toBe(20);
  });

  test('a write that reached nobody is refused, with the cause', async () => {
    const endpoint = await deadEndpoint();
    const error = await failureOf(newClient([endpoint]).kv.put({ key: 'k' }, { timeoutMs: 60 }));
    expect([error.code, error.outcome, error.message]).toEqual([Code.unavailable, 'refused', `${endpoint}: connection refused`]);
  });

  test('a write that nobody answers in time is unknown; the server was told the time', async () => {
    const contexts: CallContext[] = [];
    const member = await newMember({ [PUT]: (_request, context) => contexts.push(context) });
    const error = await failureOf(newClient([member.endpoint]).kv.put({ key: 'k' }, { timeoutMs: 80 }));
    expect([error.code, error.outcome]).toEqual([Code.deadlineExceeded, 'unknown']);
    expect(contexts[0]?.timeout).toBeLessThanOrEqual(80);
  });

  test('a read leaves a member that hangs for one that answers', async () => {
    const hung = await newMember({ [RANGE]: hangs });
    const good = await newMember();
    const { kv } = newClient([hung.endpoint, good.endpoint]);
    expect((await kv.range({ key: 'k' }, { timeoutMs: 500 })).count).toBe(3);
    expect(hung.seen(RANGE)).toBe(1);
  });

  test('a connection lost under a write makes it unknown; a read goes elsewhere', async () => {
    const arrived: (() => void)[] = [];
    const both = new Promise<void>((resolve) => arrived.push(resolve));
    const count: UnaryHandler = () => {
      if (doomed.seen(PUT) + doomed.seen(RANGE) === 2) arrived[0]?.();
    };
    const doomed = await startMember({ [PUT]: count, [RANGE]: count });
    const good = await newMember();
    const { kv } = newClient([doomed.endpoint, good.endpoint], { balance: 'sticky' });
    const written = failureOf(kv.put({ key: 'k' }));
    const readBack = kv.range({ key: 'k' });
    await both;
    await doomed.stop();
    const error = await written;
    expect([error.code, error.outcome]).toEqual([Code.unavailable, 'unknown']);
    expect((await readBack).count).toBe(3);
    expect([good.seen(PUT), good.seen(RANGE)]).toEqual([0, 1]);
  });

  test('a member that comes back on the same address is used again', async () => {
    const first = await startMember();
    const { kv } = newClient([first.endpoint]);
    await kv.put({ key: 'k' });
    await first.stop();
    const again = kv.range({ key: 'k' });
    const second = await newMember(undefined, first.endpoint);
    await again;
    await kv.put({ key: 'k' });
    expect([second.seen(RANGE), second.seen(PUT)]).toEqual([1, 1]);
  });

  test('a call for one endpoint goes there or nowhere', async () => {
    const good = await newMember();
    const dead = await deadEndpoint();
    const client = newClient([good.endpoint, dead]);
    expect((await failureOf(client.kv.range({ key: 'k' }, { endpoint: dead }))).code).toBe(Code.unavailable);
    expect((await failureOf(client.maintenance.status(good.endpoint))).code).toBe(Code.unimplemented);
    expect(good.seen(RANGE)).toBe(0);
  });

  test('an aborted call ends at once: unknown when it had been sent, refused before', async () => {
    const member = await newMember({ [PUT]: hangs });
    const { kv } = newClient([member.endpoint]);
    const controller = new AbortController();
    const sent = failureOf(kv.put({ key: 'k' }, { signal: controller.signal }));
    while (member.seen(PUT) === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    expect([(await sent).code, (await sent).outcome]).toEqual([Code.canceled, 'unknown']);
    expect((await failureOf(kv.put({ key: 'k' }, { signal: controller.signal }))).outcome).toBe('refused');
    expect(member.seen(PUT)).toBe(1);
  });

  test('closing at any moment while the connection is made ends the call, and nothing else', async () => {
    const { endpoint } = await newMember({ [RANGE]: answersRange });
    for (let turns = 0; turns < 12; turns++) {
      const client = newClient([endpoint], { retry: 'none' });
      const call = client.kv.range({ key: 'k' }).then(
        () => 'answered',
        () => 'ended',
      );
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      client.close();
      expect(['answered', 'ended']).toContain(await call);
    }
  });

  test('closing ends open calls and refuses later ones', async () => {
    const member = await newMember({ [PUT]: hangs });
    const client = newClient([member.endpoint]);
    const open = failureOf(client.kv.put({ key: 'k' }));
    while (member.seen(PUT) === 0) await new Promise((resolve) => setImmediate(resolve));
    client.close();
    expect((await open).outcome).toBe('unknown');
    expect((await failureOf(client.kv.put({ key: 'k' }))).outcome).toBe('refused');
  });
});

describe('bad input', () => {
  test.each(['', 'localhost', 'https://localhost:2379', 'http://a:1/path', 'a b:1', 'a:port', ':2379'])(
    'the endpoint %j is refused at once',
    (endpoint) => {
      expect(() => createClient({ endpoints: ['127.0.0.1:2379', endpoint] })).toThrow(TypeError);
    },
  );

  test.each(['127.0.0.1:2379', 'http://localhost:2379', 'http://localhost:2379/', '[::1]:2379'])(
    'the endpoint %j is taken',
    (endpoint) => {
      expect(newClient([endpoint]).close).toBeTypeOf('function');
    },
  );

  test('no endpoint, half a second of lease and a negative revision are refused', async () => {
    expect(() => createClient({ endpoints: [] })).toThrow('name at least one');
    const client = newClient(['127.0.0.1:1']);
    for (const ttl of [0.5, 0, -1, Number.NaN]) await expect(client.lease({ ttl })).rejects.toThrow(RangeError);
    for (const startRevision of [-1, 0.5]) expect(() => client.watch({ key: 'k', startRevision })).toThrow(RangeError);
  });
});

describe('a peer that is no etcd', () => {
  let server: Server | undefined;
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server?.close();
  });

  test('one that accepts and says nothing does not hold a call beyond its time', async () => {
    server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const error = await failureOf(newClient([`127.0.0.1:${port}`]).kv.put({ key: 'k' }, { timeoutMs: 60 }));
    expect([error.code, error.outcome]).toEqual([Code.deadlineExceeded, 'unknown']);
  });
});
