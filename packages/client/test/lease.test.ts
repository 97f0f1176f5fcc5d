import {
  createLeaseGrantResponse,
  createLeaseKeepAliveResponse,
  createLeaseRevokeResponse,
  decodeLeaseKeepAliveRequest,
  encodeLeaseGrantResponse,
  encodeLeaseKeepAliveResponse,
  encodeLeaseRevokeResponse,
} from '@reknit/etcd-api';
import { describe, expect, test } from 'vitest';
import { type CallOutcome, type Client, Code, createClient, type Lease, LeaseLostError } from '../src/index.js';
import { ok, type ScriptedCall, ScriptedTransport, settled } from './scripted-transport.js';

const ID = 0x5eedn;
const GRANT = '/etcdserverpb.Lease/LeaseGrant';
const KEEP_ALIVE = '/etcdserverpb.Lease/LeaseKeepAlive';
const REVOKE = '/etcdserverpb.Lease/LeaseRevoke';

const granted = (TTL: number): CallOutcome => ok(encodeLeaseGrantResponse(createLeaseGrantResponse({ ID, TTL })));
const alive = (TTL: number): CallOutcome => ok(encodeLeaseKeepAliveResponse(createLeaseKeepAliveResponse({ ID, TTL })));
const revoked = ok(encodeLeaseRevokeResponse(createLeaseRevokeResponse()));
const unavailable: CallOutcome = { kind: 'status', code: Code.unavailable, message: 'etcdserver: no leader' };
const notFound: CallOutcome = { kind: 'status', code: Code.notFound, message: 'etcdserver: requested lease not found' };

interface Scene {
  readonly transport: ScriptedTransport;
  readonly client: Client;
  readonly lease: Lease;
  /** The newest call of this path that waits for its answer. */
  pending(path: string): ScriptedCall | undefined;
  /** How long after its grant was sent the lease was told to be lost. */
  readonly lostAfter: () => number | undefined;
}

/** A lease of ten seconds, whose grant was answered a second after it was sent. */
async function holding(endpoints: readonly string[] = ['a:1']): Promise<Scene> {
  const transport = new ScriptedTransport();
  const client = createClient({ endpoints, transport });
  const asked = client.lease({ ttl: 10 });
  await settled();
  const sentAt = transport.now();
  const pending = (path: string): ScriptedCall | undefined =>
    transport.calls.findLast((call) => call.pending && call.request.path === path);
  await transport.pass(1000);
  transport.calls[0]!.answer(granted(10));
  const lease = await asked;
  let lostAfter: number | undefined;
  lease.signal.addEventListener('abort', () => {
    lostAfter = transport.now() - sentAt;
  });
  return { transport, client, lease, pending, lostAfter: () => lostAfter };
}

describe('a lease', () => {
  test('counts from when its grant was sent, and keeps a margin', async () => {
    const { lease } = await holding();
    expect([lease.id, lease.ttl, lease.remainingMs]).toEqual([ID, 10, 8000]);
  });

  test('is renewed at a third of its time, counted again from the sending', async () => {
    const { transport, lease, pending } = await holding();
    await transport.pass(2333);
    expect(pending(KEEP_ALIVE)).toBeUndefined();
    await transport.pass(1);
    const renewal = pending(KEEP_ALIVE)!;
    expect(decodeLeaseKeepAliveRequest(renewal.request.message).ID).toBe(ID);
    await transport.pass(500);
    renewal.answer(alive(10));
    await settled();
    expect(lease.remainingMs).toBeCloseTo(renewal.sentAt + 9000 - transport.now(), 6);
  });

  test('is told to be lost before the server can expire it, when nobody answers', async () => {
    const { transport, lease, lostAfter } = await holding(['a:1', 'b:1']);
    await transport.pass(20_000);
    expect(lostAfter()).toBe(9000);
    expect(lease.remainingMs).toBe(0);
    expect(await lease.lost).toBeInstanceOf(LeaseLostError);
    expect(lease.signal.reason).toBe(await lease.lost);
    expect(await lease.lost).toMatchObject({ reason: 'lease-lost', lease: ID });
    expect(transport.timers).toBe(0);
  });

  test('outlives members that cannot help for a while', async () => {
    const { transport, lease, pending } = await holding();
    await transport.pass(2334);
    for (let round = 0; round < 4; round++) {
      pending(KEEP_ALIVE)!.answer(unavailable);
      await transport.pass(700);
    }
    pending(KEEP_ALIVE)!.answer(alive(10));
    await settled();
    expect(lease.signal.aborted).toBe(false);
    expect(lease.remainingMs).toBeGreaterThan(7000);
  });

  test.each([
    ['an answer without time', alive(0)],
    ['a refusal', notFound],
  ])('is lost at once by %s', async (_title, answer) => {
    const { transport, lease, pending } = await holding();
    await transport.pass(2334);
    pending(KEEP_ALIVE)!.answer(answer);
    await settled();
    expect(lease.signal.aborted).toBe(true);
    expect((await lease.lost).message).toContain('the server knows it no longer');
  });

  test('of a process that slept is lost, whatever an answer says that comes later', async () => {
    const { transport, lease, pending } = await holding();
    await transport.pass(2334);
    const renewal = pending(KEEP_ALIVE)!;
    expect(lease.remainingMs).toBeGreaterThan(0);
    await transport.freeze(10_000);
    expect([lease.remainingMs, lease.signal.aborted]).toEqual([0, true]);
    renewal.answer(alive(10));
    await settled();
    expect([lease.remainingMs, lease.signal.aborted]).toEqual([0, true]);
  });

  test('that was renewed before its owner slept, and answered after, is measured by its sending', async () => {
    const { transport, lease, pending } = await holding();
    await transport.pass(2334);
    const renewal = pending(KEEP_ALIVE)!;
    const left = lease.remainingMs;
    await transport.pass(600);
    renewal.answer(alive(1));
    await settled();
    expect(lease.remainingMs).toBeCloseTo(renewal.sentAt + 900 - transport.now(), 6);
    expect(lease.remainingMs).toBeLessThan(left);
  });

  test('with less time than granted is believed', async () => {
    const { transport, pending, lostAfter } = await holding();
    await transport.pass(2334);
    const renewal = pending(KEEP_ALIVE)!;
    renewal.answer(alive(3));
    await transport.pass(10_000);
    expect(lostAfter()).toBeCloseTo(renewal.sentAt - 1000 + 2700, 6);
  });

  test('that is revoked stops its owner, is not lost, and asks for nothing more', async () => {
    const { transport, lease, pending } = await holding();
    let lost = false;
    void lease.lost.then(() => {
      lost = true;
    });
    const done = lease.revoke();
    expect(lease.signal.aborted).toBe(true);
    await settled();
    pending(REVOKE)!.answer(revoked);
    await done;
    await transport.pass(20_000);
    expect([lost, pending(KEEP_ALIVE), transport.timers]).toEqual([false, undefined, 0]);
  });

  test('that is gone already is revoked', async () => {
    const { lease, pending } = await holding();
    const done = lease.revoke();
    await settled();
    pending(REVOKE)!.answer(notFound);
    await expect(done).resolves.toBeUndefined();
  });

  test('is revoked at another member when one cannot help', async () => {
    const { transport, lease, pending } = await holding(['a:1', 'b:1']);
    const done = lease.revoke();
    await settled();
    const first = pending(REVOKE)!;
    first.answer(unavailable);
    await transport.pass(20);
    const second = pending(REVOKE)!;
    expect(second.request.endpoint).not.toBe(first.request.endpoint);
    second.answer(notFound);
    await expect(done).resolves.toBeUndefined();
  });

  test('that cannot be revoked is left to expire by who disposes of it, and reported by who revokes it', async () => {
    const first = await holding();
    const disposed = first.lease[Symbol.asyncDispose]();
    await first.transport.pass(10_000);
    await expect(disposed).resolves.toBeUndefined();
    const second = await holding();
    const revocation = expect(second.lease.revoke()).rejects.toMatchObject({ outcome: 'unknown', reason: 'timeout' });
    await second.transport.pass(10_000);
    await revocation;
  });

  test('ends with its client', async () => {
    const { transport, client, lease } = await holding();
    client.close();
    expect((await lease.lost).message).toContain('the client was closed');
    await settled();
    expect(transport.timers).toBe(0);
  });
});

describe('a grant', () => {
  const repeated = async (id?: bigint) => {
    const transport = new ScriptedTransport();
    const client = createClient({ endpoints: ['a:1', 'b:1'], transport });
    const outcome = client.leases.grant({ ttl: 10, ...(id === undefined ? {} : { id }) }).then(
      () => 'granted',
      (error: { outcome: string }) => error.outcome,
    );
    await settled();
    transport.calls[0]!.answer({ kind: 'lost', cause: 'connection reset' });
    await settled();
    transport.calls[1]?.answer(granted(10));
    return { outcome: await outcome, paths: transport.calls.map(({ request }) => request.path) };
  };

  test('of any lease is repeated: one too many expires by itself', async () => {
    expect(await repeated()).toEqual({ outcome: 'granted', paths: [GRANT, GRANT] });
  });

  test('of a named lease is not: the second would be refused by the first', async () => {
    expect(await repeated(7n)).toEqual({ outcome: 'unknown', paths: [GRANT] });
  });

  test('that failed everywhere stays unknown although its last attempt reached nobody', async () => {
    const transport = new ScriptedTransport();
    const client = createClient({ endpoints: ['a:1', 'b:1'], transport, timeoutMs: 500 });
    const failure = expect(client.leases.grant({ ttl: 10 })).rejects.toMatchObject({ outcome: 'unknown', reason: 'unreachable' });
    for (let round = 0; round < 60; round++) {
      await settled();
      transport.calls.at(-1)!.answer(round === 0 ? { kind: 'lost', cause: 'reset' } : { kind: 'unsent', cause: 'refused' });
      await transport.pass(20);
    }
    await failure;
  });
});
