// npm's `etcd3` for one test file: a store for all of its tests, and for each test keys of its own.
import { Etcd3 } from 'etcd3';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type StoreUnderTest, startStore } from './store-under-test.js';

export interface Etcd3Bench {
  /** Valid within tests. */
  readonly client: () => Etcd3;
  /** Another client of the same store; the caller closes it. */
  readonly connect: () => Etcd3;
  /** A key of this test alone, so that none sees what another left. */
  readonly at: (name: string) => string;
}

export function etcd3Bench(): Etcd3Bench {
  let store: StoreUnderTest;
  let client: Etcd3;
  let tests = 0;
  const connect = (): Etcd3 => new Etcd3({ hosts: store.endpoints.map((endpoint) => `http://${endpoint}`) });
  beforeAll(async () => {
    store = await startStore();
    client = connect();
  });
  beforeEach(() => {
    tests++;
  });
  afterAll(async () => {
    client.close();
    await store.stop();
  });
  return { client: () => client, connect, at: (name) => `test-${tests}/${name}` };
}
