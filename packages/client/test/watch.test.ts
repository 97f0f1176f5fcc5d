import { utf8Decode, utf8Encode } from '@reknit/base';
import {
  createEvent,
  createKeyValue,
  createResponseHeader,
  createWatchResponse,
  decodeWatchRequest,
  encodeWatchResponse,
  type WatchCreateRequest,
  type WatchResponse,
} from '@reknit/etcd-api';
import { describe, expect, test } from 'vitest';
import {
  type Client,
  Code,
  CompactedError,
  createClient,
  EtcdError,
  type StreamEnd,
  type WatchBatch,
  type WatchInput,
} from '../src/index.js';
import { ScriptedTransport } from './scripted-transport.js';

const response = (partial: Partial<WatchResponse>): Uint8Array => encodeWatchResponse(createWatchResponse(partial));
const header = (revision: number) => ({ header: createResponseHeader({ revision }) });
const created = (revision: number): Uint8Array => response({ ...header(revision), created: true });
const put = (key: string, modRevision: number, value = '') =>
  createEvent({
    kv: createKeyValue({ key: utf8Encode(key), value: utf8Encode(value), modRevision, createRevision: modRevision }),
  });
const events = (...list: ReturnType<typeof put>[]): Uint8Array =>
  response({ ...header(list.at(-1)?.kv?.modRevision ?? 0), events: list });

class Scene {
  readonly transport: ScriptedTransport = new ScriptedTransport();
  readonly client: Client = createClient({ endpoints: ['a:1', 'b:1'], transport: this.transport });
  readonly seen: (WatchBatch | EtcdError | 'ready')[] = [];

  subscribe(input: WatchInput) {
    return this.client.subscribe(input, {
      onReady: () => this.seen.push('ready'),
      onBatch: (batch) => this.seen.push(batch),
      onError: (error) => this.seen.push(error),
    });
  }

  get stream() {
    return this.transport.streams.at(-1)!;
  }

  /** What the newest stream was asked for. */
  get asked(): WatchCreateRequest {
    return decodeWatchRequest(this.stream.sent[0]!).createRequest!;
  }

  get revisions(): readonly unknown[] {
    return this.seen.map((one) => (one instanceof EtcdError || one === 'ready' ? one : one.revision));
  }
}

async function watching(input: Partial<WatchInput> = {}): Promise<Scene> {
  const scene = new Scene();
  scene.subscribe({ key: 'k', ...input });
  await scene.transport.pass(0);
  return scene;
}

describe('what is asked', () => {
  test('a range, its start, filters; to end where there is no leader', async () => {
    const scene = await watching({ key: 'a/', prefix: true, startRevision: 7, prevKv: true, ignore: 'deletes' });
    const { key, rangeEnd, startRevision, prevKv, filters, fragment } = scene.asked;
    expect([utf8Decode(key), utf8Decode(rangeEnd), startRevision, prevKv, filters, fragment]).toEqual([
      'a/',
      'a0',
      7,
      true,
      [1],
      false,
    ]);
    expect(scene.stream.request.metadata).toEqual({ hasleader: 'true' });
    expect(scene.stream.request.path).toBe('/etcdserverpb.Watch/Watch');
  });
});

describe('batches', () => {
  test('hold one revision each, whole', async () => {
    const scene = await watching();
    scene.stream.say(created(4));
    scene.stream.say(events(put('a', 5), put('b', 5), put('a', 6)));
    expect(scene.revisions).toEqual(['ready', 5, 6]);
    expect((scene.seen[1] as WatchBatch).events.map(({ kv }) => utf8Decode(kv.key))).toEqual(['a', 'b']);
  });

  test('without events are handed out only to who asked for them', async () => {
    const quiet = await watching();
    const asking = await watching({ progressNotify: true });
    for (const { stream } of [quiet, asking]) {
      stream.say(created(4));
      stream.say(response(header(9)));
    }
    expect(quiet.revisions).toEqual(['ready']);
    expect(asking.revisions).toEqual(['ready', 9]);
  });
});

describe('a stream that breaks', () => {
  test('is followed by one to another endpoint, from the revision after the last', async () => {
    const scene = await watching();
    const first = scene.stream.request.endpoint;
    scene.stream.say(created(4));
    scene.stream.say(events(put('k', 5), put('k', 8)));
    scene.stream.end();
    await scene.transport.pass(0);
    expect(scene.stream.request.endpoint).not.toBe(first);
    expect(scene.asked.startRevision).toBe(9);
    scene.stream.say(created(12));
    scene.stream.say(events(put('k', 9)));
    expect(scene.revisions).toEqual(['ready', 5, 8, 9]);
  });

  test('before any event is followed from where the server had begun', async () => {
    const scene = await watching();
    expect(scene.asked.startRevision).toBe(0);
    scene.stream.say(created(4));
    scene.stream.end();
    expect(scene.asked.startRevision).toBe(5);
  });

  test('before the server had the watch is followed by the same question', async () => {
    const scene = await watching();
    scene.stream.end();
    expect(scene.asked.startRevision).toBe(0);
    scene.stream.say(created(6));
    expect(scene.revisions).toEqual(['ready']);
  });

  test('loses no place that the server had confirmed, but trusts no answer to a request for progress', async () => {
    const scene = await watching();
    scene.stream.say(created(4));
    scene.stream.say(response({ ...header(20), watchId: -1n }));
    scene.stream.end();
    expect(scene.asked.startRevision).toBe(5);
    scene.stream.say(created(20));
    scene.stream.say(response(header(21)));
    scene.stream.end();
    await scene.transport.pass(1000);
    expect(scene.asked.startRevision).toBe(22);
  });

  test('never brings twice what a server sends again', async () => {
    const scene = await watching({ startRevision: 3 });
    scene.stream.say(created(9));
    scene.stream.say(events(put('k', 3), put('k', 4)));
    scene.stream.say(events(put('k', 4), put('k', 5)));
    expect(scene.revisions).toEqual(['ready', 3, 4, 5]);
  });

  test.each<[string, StreamEnd]>([
    ['nobody listens', { kind: 'unsent', cause: 'connection refused' }],
    ['the member has no leader', { kind: 'status', code: Code.unavailable, message: 'etcdserver: no leader' }],
    ['the member ends', { kind: 'status', code: 0, message: '' }],
  ])('is resumed when %s, and not in a storm when that is so everywhere', async (_title, end) => {
    const scene = await watching();
    for (let round = 0; round < 50; round++) {
      scene.stream.end(end);
      await scene.transport.pass(10);
    }
    const count = scene.transport.streams.length;
    expect(count).toBeGreaterThan(3);
    expect(count).toBeLessThan(30);
    expect(scene.seen).toEqual([]);
  });

  test('is not resumed when the server refuses', async () => {
    const scene = await watching();
    scene.stream.end({ kind: 'status', code: Code.permissionDenied, message: 'etcdserver: permission denied' });
    expect(scene.revisions).toEqual([
      expect.objectContaining({ code: Code.permissionDenied, message: 'etcdserver: permission denied', reason: 'status' }),
    ]);
    expect([scene.transport.streams.length, scene.transport.timers]).toEqual([1, 0]);
  });
});

describe('the end', () => {
  test('by compaction says what the oldest revision is', async () => {
    const scene = await watching({ startRevision: 2 });
    scene.stream.say(created(20));
    scene.stream.say(response({ canceled: true, compactRevision: 15 }));
    const error = scene.seen[1] as CompactedError;
    expect(error).toBeInstanceOf(CompactedError);
    expect([error.compactRevision, error.reason, error.code]).toEqual([15, 'compacted', Code.outOfRange]);
    expect(scene.stream.cancelled).toBe(true);
  });

  test('by the server carries its words', async () => {
    const scene = await watching();
    scene.stream.say(response({ created: true, canceled: true, watchId: -1n, cancelReason: 'mvcc: watcher range is empty' }));
    expect(scene.revisions).toEqual([expect.objectContaining({ message: 'mvcc: watcher range is empty' })]);
  });

  test.each([
    ['what cannot be read', Uint8Array.of(0x0a, 0xff)],
    ['revisions that fall', events(put('k', 9), put('k', 7))],
  ])('comes with an error at %s', async (_title, message) => {
    const scene = await watching({ startRevision: 5 });
    scene.stream.say(created(4));
    scene.stream.say(message);
    expect(scene.seen.at(-1)).toMatchObject({ code: Code.internal });
    expect(scene.stream.cancelled).toBe(true);
  });

  test('by its owner calls nothing back and leaves nothing open', async () => {
    const scene = new Scene();
    const early = scene.subscribe({ key: 'k' });
    early.close();
    const late = scene.subscribe({ key: 'k' });
    await scene.transport.pass(0);
    late.close();
    expect(scene.seen).toEqual([]);
    expect(scene.transport.streams.map(({ cancelled }) => cancelled)).toEqual([true]);
    expect(scene.transport.timers).toBe(0);
  });
});

describe('iteration', () => {
  const iterating = async (input: Partial<WatchInput> = {}, signal?: AbortSignal) => {
    const scene = new Scene();
    const watch = scene.client.watch({ key: 'k', ...input }, { signal });
    await scene.transport.pass(0);
    return { scene, watch };
  };

  test('says when the watch stands, and hands out batches in order', async () => {
    const { scene, watch } = await iterating();
    scene.stream.say(created(4));
    expect(await watch.ready).toBe(5);
    scene.stream.say(events(put('k', 5), put('k', 6)));
    const pending = [watch.next(), watch.next(), watch.next()];
    scene.stream.say(events(put('k', 7)));
    expect((await Promise.all(pending)).map(({ value }) => value?.revision)).toEqual([5, 6, 7]);
  });

  test('of one that nobody reads stops the server, and lets it go on later, also on a new stream', async () => {
    const { scene, watch } = await iterating();
    scene.stream.say(created(0));
    const value = 'x'.repeat(400_000);
    for (const revision of [1, 2]) scene.stream.say(events(put('k', revision, value)));
    expect(scene.stream.paused).toBe(false);
    scene.stream.say(events(put('k', 3, value)));
    expect(scene.stream.paused).toBe(true);
    scene.stream.end();
    expect([scene.stream.paused, scene.asked.startRevision]).toEqual([true, 4]);
    await watch.next();
    expect(scene.stream.paused).toBe(true);
    await watch.next();
    expect(scene.stream.paused).toBe(false);
  });

  test('that is left closes the watch', async () => {
    const { scene, watch } = await iterating();
    scene.stream.say(events(put('k', 5), put('k', 6)));
    for await (const { revision } of watch) {
      expect(revision).toBe(5);
      break;
    }
    expect(scene.stream.cancelled).toBe(true);
    expect(await watch.next()).toEqual({ done: true, value: undefined });
  });

  test('gets what had arrived before it gets the error, and that once', async () => {
    const { scene, watch } = await iterating();
    scene.stream.say(events(put('k', 5)));
    scene.stream.say(response({ canceled: true, compactRevision: 9 }));
    expect((await watch.next()).value?.revision).toBe(5);
    await expect(watch.next()).rejects.toBeInstanceOf(CompactedError);
    expect((await watch.next()).done).toBe(true);
    await expect(watch.ready).rejects.toBeInstanceOf(CompactedError);
  });

  test('ends with the signal, before and after it began', async () => {
    const controller = new AbortController();
    const { scene, watch } = await iterating({}, controller.signal);
    const next = watch.next();
    controller.abort();
    await expect(next).rejects.toMatchObject({ reason: 'aborted' });
    expect(scene.stream.cancelled).toBe(true);
    const late = scene.client.watch({ key: 'k' }, { signal: controller.signal });
    await expect(late.next()).rejects.toMatchObject({ reason: 'aborted' });
  });

  test('ends when the client is closed', async () => {
    const { scene, watch } = await iterating();
    const next = expect(watch.next()).rejects.toMatchObject({ reason: 'closed' });
    scene.client.close();
    await next;
    expect(scene.transport.timers).toBe(0);
  });

  test('asks for progress on the stream that is open', async () => {
    const { scene, watch } = await iterating({ progressNotify: true });
    scene.stream.say(created(4));
    watch.requestProgress();
    expect(decodeWatchRequest(scene.stream.sent[1]!).progressRequest).toBeDefined();
    scene.stream.say(response({ ...header(11), watchId: -1n }));
    expect((await watch.next()).value).toEqual({ revision: 11, events: [] });
  });
});
