// The store that tests of other people's clients run against: three real members of ours. With REKNIT_JUDGE=etcd it is etcd
// itself, which must be installed: a test that etcd fails is wrong.
import { startEtcd } from './etcd-server.js';
import { RealCluster } from './real-cluster.js';

export interface StoreUnderTest {
  /** `host:port` each. */
  readonly endpoints: readonly string[];
  stop(): Promise<void>;
}

export async function startStore(): Promise<StoreUnderTest> {
  if (process.env.REKNIT_JUDGE === 'etcd') return await startEtcd();
  const cluster = await RealCluster.start(3);
  return { endpoints: cluster.endpoints.split(','), stop: () => cluster.stop() };
}
