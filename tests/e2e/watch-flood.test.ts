// Clients that ask for too much of a real member, or do not read what they asked for: they are told so, nothing is kept for
// them, and others do not notice.

import { Client, type ClientDuplexStream, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import {
  createPutRequest,
  createRangeRequest,
  createWatchCreateRequest,
  createWatchRequest,
  decodeRangeResponse,
  decodeWatchResponse,
  encodePutRequest,
  encodeRangeRequest,
  encodeWatchRequest,
  type WatchCreateRequest,
  type WatchResponse,
} from '@reknit/etcd-api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RealCluster } from '../support/real-cluster.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const asBuffer = (message: Uint8Array): Buffer => Buffer.from(message);
const create = (request: Partial<WatchCreateRequest>): Uint8Array =>
  encodeWatchRequest(createWatchRequest({ createRequest: createWatchCreateRequest(request) }));

/** A stream, and everything that came over it. */
class Watch {
  readonly stream: ClientDuplexStream<Uint8Array, WatchResponse>;
  readonly answers: WatchResponse[] = [];
  error: ServiceError | undefined;
  #changed: () => void = () => undefined;

  constructor(client: Client) {
    this.stream = client.makeBidiStreamRequest('/etcdserverpb.Watch/Watch', asBuffer, decodeWatchResponse, new Metadata());
    this.stream.on('data', (answer: WatchResponse) => {
      this.answers.push(answer);
      this.#changed();
    });
    this.stream.on('error', (error: ServiceError) => {
      this.error = error;
      this.#changed();
    });
  }

  async until(condition: () => boolean): Promise<this> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    return this;
  }

  get eventCount(): number {
    return this.answers.reduce((sum, { events }) => sum + events.length, 0);
  }
}

describe('a member under a flood of watches', () => {
  let cluster: RealCluster;
  const clients: Client[] = [];

  beforeAll(async () => {
    cluster = await RealCluster.start(1);
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  afterAll(async () => {
    await cluster.stop();
  });

  /** A connection of its own. */
  const connect = (): Client => {
    const client = new Client(cluster.endpoints, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
    clients.push(client);
    return client;
  };
  const unary = <T>(client: Client, method: string, request: Uint8Array, decode: (answer: Uint8Array) => T): Promise<T> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(`/etcdserverpb.KV/${method}`, asBuffer, decode, request, (error, answer) =>
        error === null ? resolve(answer!) : reject(error),
      );
    });
  const put = (client: Client, key: string, value: string): Promise<unknown> =>
    unary(client, 'Put', encodePutRequest(createPutRequest({ key: bytes(key), value: bytes(value) })), (answer) => answer);
  const slowWatchers = async (): Promise<number> => {
    const answer = await fetch(`http://${cluster.endpoints}/metrics`);
    return Number(/^etcd_debugging_mvcc_slow_watcher_total (\d+)/m.exec(await answer.text())![1]);
  };
  const bystander = async (): Promise<Watch> => {
    const watch = new Watch(connect());
    watch.stream.write(create({ key: bytes('bystander') }));
    return watch.until(() => watch.answers.length === 1);
  };

  it('refuses most of 10,000 streams of one connection with the reason, and serves the others', async () => {
    const other = await bystander();
    const greedy = connect();
    const streams = Array.from({ length: 10_000 }, () => new Watch(greedy));
    for (const watch of streams) watch.stream.write(create({ key: bytes('a') }));
    await Promise.all(streams.map((watch) => watch.until(() => watch.error !== undefined || watch.answers.length > 0)));
    const refused = streams.filter(({ error }) => error !== undefined);
    expect(refused).toHaveLength(9000);
    expect(new Set(refused.map(({ error }) => `${error!.code} ${error!.details}`))).toEqual(
      new Set(['8 reknit: this connection has 1000 watch streams, the most that one may have; use one stream for many watchers']),
    );
    await put(connect(), 'bystander', 'served');
    await other.until(() => other.eventCount === 1);
  });

  it('refuses watchers beyond the limit of a stream, each with the reason, and serves those within', async () => {
    const other = await bystander();
    const greedy = new Watch(connect());
    for (let at = 0; at < 50_010; at++) greedy.stream.write(create({ key: bytes(`k${at}`) }));
    await greedy.until(() => greedy.answers.length === 50_010);
    const refused = greedy.answers.filter(({ canceled }) => canceled);
    expect(refused).toHaveLength(10);
    expect(refused[0]!.cancelReason).toMatch(/^reknit: this stream has 50000 watchers, the most that one may have/);
    const client = connect();
    await put(client, 'k49999', 'last');
    await greedy.until(() => greedy.eventCount === 1);
    await put(client, 'bystander', 'served');
    await other.until(() => other.eventCount === 1);
  });

  it('keeps nothing for one that does not read, who finds everything in the history later', async () => {
    const other = await bystander();
    const lazy = new Watch(connect());
    lazy.stream.write(create({ key: bytes('large') }));
    await lazy.until(() => lazy.answers.length === 1);
    lazy.stream.pause();
    const client = connect();
    const value = 'x'.repeat(20_000);
    for (let at = 0; at < 500; at++) await put(client, 'large', value);
    await put(client, 'bystander', 'served');
    await other.until(() => other.eventCount === 1);
    expect(await slowWatchers()).toBe(1);
    lazy.stream.resume();
    await lazy.until(() => lazy.eventCount === 500);
    const revisions = lazy.answers.flatMap(({ events }) => events.map(({ kv }) => kv!.modRevision));
    expect(revisions).toEqual(revisions.map((_, at) => revisions[0]! + at));
    const range = encodeRangeRequest(createRangeRequest({ key: bytes('large') }));
    expect((await unary(client, 'Range', range, decodeRangeResponse)).kvs[0]!.modRevision).toBe(revisions.at(-1));
    expect(await slowWatchers()).toBe(0);
  });
});
