import { describe, expect, it } from 'vitest';
import { type StoreClient, StoreError } from '../src/index.js';
import { ServiceWatch } from '../src/verify/service-watch.js';
import { ManualClock } from './support/manual-clock.js';

/** A store that answers each call after `latency`, well from `from` on. */
function storeServing(clock: ManualClock, { from, latency }: { readonly from: number; readonly latency: number }) {
  const calls: string[] = [];
  const call = (endpoint: string | undefined) => {
    calls.push(endpoint ?? '');
    const served = clock.now() >= from;
    return new Promise<undefined>((resolve, reject) => {
      clock.after(latency, () => (served ? resolve(undefined) : reject(new StoreError('unavailable', 'no leader'))));
    });
  };
  const client = {
    get: (_keyspace: string, _key: string, { endpoint }: { endpoint?: string }) => call(endpoint),
    put: (_keyspace: string, _key: string, _value: string, { endpoint }: { endpoint?: string }) => call(endpoint),
  } as unknown as StoreClient;
  return { client, calls };
}

describe('the watch for service', () => {
  it('tells within a probe interval that clients are served again, however long failed calls hang', async () => {
    const clock = new ManualClock();
    const began = clock.now();
    const { client } = storeServing(clock, { from: began + 70, latency: 3 });
    let served = 0;
    new ServiceWatch(clock, client, ['a', 'b']).await(() => {
      served = clock.now();
    });
    await clock.advance(1000);
    expect(served - began).toBeGreaterThanOrEqual(70);
    expect(served - began).toBeLessThanOrEqual(70 + 20 + 6);
  });

  it('does not count a call that was sent before the fault', async () => {
    const clock = new ManualClock();
    const { client } = storeServing(clock, { from: 0, latency: 15 });
    const watch = new ServiceWatch(clock, client, ['a']);
    const order: string[] = [];
    const began = clock.now();
    watch.await(() => order.push(`first after ${clock.now() - began}`));
    await clock.advance(10);
    watch.await(() => order.push(`second after ${clock.now() - began}`));
    await clock.advance(1000);
    expect(order).toEqual(['first after 30', 'second after 50']);
  });

  it('is silent while nobody waits, and bounded while nobody answers', async () => {
    const clock = new ManualClock();
    const { client, calls } = storeServing(clock, { from: 0, latency: 1 });
    new ServiceWatch(clock, client, ['a']).await(() => undefined);
    await clock.advance(500);
    const after = calls.length;
    await clock.advance(60_000);
    expect(calls).toHaveLength(after);

    const hanging = storeServing(clock, { from: 0, latency: 1e9 });
    new ServiceWatch(clock, hanging.client, ['a']).await(() => undefined);
    await clock.advance(60_000);
    expect(hanging.calls).toHaveLength(20);
  });
});
