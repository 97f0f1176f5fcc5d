// What the tests of the client against real members share.
import { expect } from 'vitest';
import type { LocalCluster } from '../../src/index.js';

export const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

/** Repeats what may meet a cluster between two leaders; only for what may be done twice. */
export async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

/** Kills the leader, waits for another, and takes it back. */
export async function changeLeader(cluster: LocalCluster): Promise<void> {
  const old = await eventually(async () => cluster.leader ?? Promise.reject(new Error('nobody leads')));
  await old.kill();
  await eventually(() => cluster.client().kv.range({ key: 'any' }));
  expect(cluster.leader).not.toBe(old);
  await old.start();
}
