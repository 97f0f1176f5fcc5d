import { utf8Decode, utf8Encode } from '@reknit/base';
import {
  createKeyValue,
  createLeaseGrantResponse,
  createRangeResponse,
  createResponseHeader,
  createResponseOp,
  createTxnResponse,
  createWatchResponse,
  decodeTxnRequest,
  decodeWatchRequest,
  encodeLeaseGrantResponse,
  encodeRangeResponse,
  encodeTxnResponse,
  encodeWatchResponse,
  type KeyValue,
} from '@reknit/etcd-api';
import { describe, expect, test } from 'vitest';
import { type Client, compare, createClient, LeaseLostError } from '../src/index.js';
import { ok, ScriptedTransport, settled } from './scripted-transport.js';

const TXN = '/etcdserverpb.KV/Txn';
const RANGE = '/etcdserverpb.KV/Range';
const GRANT = '/etcdserverpb.Lease/LeaseGrant';
const OWN = 'name/5eed';

const header = createResponseHeader({ revision: 40 });
const kv = (key: string, createRevision: number): KeyValue => createKeyValue({ key: utf8Encode(key), createRevision });
const found = (...kvs: KeyValue[]) => ok(encodeRangeResponse(createRangeResponse({ header, kvs })));
const enqueued = ok(encodeTxnResponse(createTxnResponse({ header, succeeded: true })));
const enqueuedBefore = ok(
  encodeTxnResponse(
    createTxnResponse({
      header,
      succeeded: false,
      responses: [createResponseOp({ responseRange: createRangeResponse({ kvs: [kv(OWN, 31)] }) })],
    }),
  ),
);

class Scene {
  readonly transport: ScriptedTransport = new ScriptedTransport();
  readonly client: Client = createClient({ endpoints: ['a:1', 'b:1'], transport: this.transport });

  /** Answers the call that waits, which must be to this path. */
  async answer(path: string, outcome: Parameters<ScriptedTransport['calls'][number]['answer']>[0]): Promise<void> {
    await settled();
    const call = this.transport.calls.find((one) => one.pending);
    expect(call?.request.path).toBe(path);
    call?.answer(outcome);
    await settled();
  }

  grant = (): Promise<void> =>
    this.answer(GRANT, ok(encodeLeaseGrantResponse(createLeaseGrantResponse({ ID: 0x5eedn, TTL: 10 }))));
}

describe('a lock', () => {
  test('is taken under the key name/lease, by a transaction that creates it', async () => {
    const scene = new Scene();
    const locked = scene.client.lock('name');
    await scene.grant();
    const { compare: conditions, success } = decodeTxnRequest(scene.transport.calls.at(-1)!.request.message);
    const { key, lease } = success[0]!.requestPut!;
    expect([utf8Decode(key), lease, conditions[0]?.createRevision]).toEqual([OWN, 0x5eedn, 0]);
    await scene.answer(TXN, enqueued);
    await scene.answer(RANGE, found());
    await scene.answer(RANGE, found(kv(OWN, 40)));
    const lock = await locked;
    expect([lock.token, utf8Decode(lock.key)]).toEqual([40, OWN]);
    expect(lock.fence).toEqual(compare.createRevision(lock.key, '=', 40));
  });

  test('whose request was lost finds its own place when it asks again', async () => {
    const scene = new Scene();
    const locked = scene.client.lock('name');
    await scene.grant();
    await scene.answer(TXN, { kind: 'lost', cause: 'connection reset' });
    await scene.answer(TXN, enqueuedBefore);
    await scene.answer(RANGE, found());
    await scene.answer(RANGE, found(kv(OWN, 31)));
    expect((await locked).token).toBe(31);
  });

  test('waits for the one before it to go, then looks again', async () => {
    const scene = new Scene();
    const locked = scene.client.lock('name');
    await scene.grant();
    await scene.answer(TXN, enqueued);
    await scene.answer(RANGE, found(kv('name/1', 39)));
    await scene.transport.pass(0);
    const stream = scene.transport.streams[0]!;
    const { key, startRevision, filters } = decodeWatchRequest(stream.sent[0]!).createRequest!;
    expect([utf8Decode(key), startRevision, filters]).toEqual(['name/1', 41, [0]]);
    stream.say(encodeWatchResponse(createWatchResponse({ canceled: true, compactRevision: 50 })));
    await scene.answer(RANGE, found());
    await scene.answer(RANGE, found(kv(OWN, 40)));
    await locked;
    expect(stream.cancelled).toBe(true);
  });

  test('is not held by whose key is gone when its turn comes', async () => {
    const scene = new Scene();
    const failed = expect(scene.client.lock('name')).rejects.toBeInstanceOf(LeaseLostError);
    await scene.grant();
    await scene.answer(TXN, enqueued);
    await scene.answer(RANGE, found());
    await scene.answer(RANGE, found());
    await failed;
  });

  test('is given up when its lease is lost while no member answers', async () => {
    const scene = new Scene();
    const failed = expect(scene.client.lock('name')).rejects.toMatchObject({ reason: 'lease-lost' });
    await scene.grant();
    await scene.answer(TXN, enqueued);
    await scene.transport.pass(20_000);
    await failed;
    expect(scene.transport.timers).toBe(0);
  });
});

test('comparisons say what they compare', () => {
  expect(compare.value('k', '=', 'v')).toEqual({ key: 'k', value: 'v', target: 3, result: 0 });
  expect(compare.version('k', '>', 1)).toEqual({ key: 'k', version: 1, target: 0, result: 1 });
  expect(compare.modRevision('k', '<', 7)).toEqual({ key: 'k', modRevision: 7, target: 2, result: 2 });
  expect(compare.lease('k', '!=', 0n)).toEqual({ key: 'k', lease: 0n, target: 4, result: 3 });
  expect(compare.exists('k')).toEqual({ key: 'k', createRevision: 0, target: 1, result: 1 });
});
