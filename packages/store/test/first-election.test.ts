import { expect, it } from 'vitest';
import { describeOverProtocols } from './support/over-protocols.js';
import { TestCluster } from './support/test-cluster.js';

/** Half an election time-out: far above what greeting, genesis and one election take, and below what waiting one out takes. */
const WITHIN_MS = 500;

describeOverProtocols('a new cluster', () => {
  it('has its first leader as soon as its members have met, without waiting out an election time-out', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = new TestCluster(3, {}, { seed }).started();
      expect(cluster.world.now, `seed ${seed}`).toBeLessThan(WITHIN_MS);
    }
  });
});
