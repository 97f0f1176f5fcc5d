import { describe, expect, it } from 'vitest';
import { Cluster } from './cluster.js';

const DIRECTIONS = ['both', 'a-to-b', 'b-to-a'] as const;
/** Beyond the eight seconds after which a silent connection counts as broken. */
const LONG_CUT_MS = 11_000;
const PAUSE_MS = 2_000;

/** Every link of the cluster, once for each way in which it can fail. */
function* cuts(cluster: Cluster) {
  const { leader } = cluster;
  const [first, second] = cluster.othersThan(leader).map(({ name }) => name);
  for (const [a, b] of [
    [leader.name, first!],
    [leader.name, second!],
    [first!, second!],
  ] as const) {
    for (const direction of DIRECTIONS) yield { a, b, direction };
  }
}

describe('a live leader', () => {
  it.each([
    { seed: 1, load: 'idle' },
    { seed: 2, load: 'loaded' },
    { seed: 3, load: 'loaded' },
  ])('is not deposed by the loss of any one link, however long (seed $seed, $load)', ({ seed, load }) => {
    const cluster = new Cluster(seed);
    if (load === 'loaded') cluster.load();
    const before = cluster.offices();
    for (const { a, b, direction } of cuts(cluster)) {
      cluster.world.cut(a, b, { direction });
      for (let step = 0; step < LONG_CUT_MS; step += 100) {
        cluster.world.run(cluster.world.now + 100);
        expect(cluster.offices(), `${a} ${direction} ${b}`).toEqual(before);
      }
      cluster.world.heal();
      cluster.world.run(cluster.world.now + PAUSE_MS);
    }
    expect(cluster.offices()).toEqual(before);
  });

  it('is not deposed by a link that comes and goes', () => {
    const cluster = new Cluster(4);
    cluster.load();
    const before = cluster.offices();
    for (let round = 0; round < 15; round++) {
      for (const { a, b, direction } of cuts(cluster)) {
        cluster.world.cut(a, b, { direction });
        cluster.world.run(cluster.world.now + cluster.prng.tail(400));
        cluster.world.heal();
        cluster.world.run(cluster.world.now + cluster.prng.tail(50));
        expect(cluster.offices(), `${a} ${direction} ${b}`).toEqual(before);
      }
    }
  });
});

describe('after the death of its leader', () => {
  it.each(['idle', 'loaded'] as const)('a cluster (%s) has another within 60 ms in the median, 250 ms at most', (load) => {
    const times = Array.from({ length: 21 }, (_, seed) => {
      const cluster = new Cluster(100 + seed);
      if (load === 'loaded') cluster.load();
      cluster.world.run(cluster.world.now + 1000 + cluster.prng.next() * 200);
      const killedAt = cluster.world.now;
      cluster.leader.kill();
      cluster.world.run(killedAt + 3000);
      return cluster.reigns.find(({ at, keyspace }) => at >= killedAt && keyspace === 'default')!.at - killedAt;
    }).sort((one, other) => one - other);
    expect(times[10]).toBeLessThanOrEqual(60);
    expect(times.at(-1)).toBeLessThanOrEqual(250);
  });
});
