import { describe, expect, it } from 'vitest';
import { bytes, callsOf } from './support/etcd-calls.js';
import { TestCluster } from './support/test-cluster.js';

describe('links to peers', () => {
  it('to a member that lost power are made anew as soon as it is back, not when the dead connection times out', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const cluster = new TestCluster(3, {}, { seed }).started();
      const member = cluster.follower();
      const begun = cluster.world.now;
      member.machine.crash('silent');
      cluster.run(50);
      member.start();
      cluster.until(() => member.ready, 'ready again');
      expect(callsOf(cluster, member).put({ key: bytes('a') }).failure).toBeUndefined();
      expect(cluster.world.now - begun).toBeLessThan(3000);
    }
  });
});
