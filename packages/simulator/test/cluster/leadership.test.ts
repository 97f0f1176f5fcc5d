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

  // Between two cuts the links are back: a leader that neither of two followers hears is replaced, and should be.
  it('is not deposed by a link that comes and goes', () => {
    const cluster = new Cluster(4);
    cluster.load();
    const before = cluster.offices();
    for (let round = 0; round < 15; round++) {
      for (const { a, b, direction } of cuts(cluster)) {
        cluster.world.cut(a, b, { direction });
        cluster.world.run(cluster.world.now + cluster.prng.tail(400));
        cluster.world.heal();
        while (!cluster.allHearAll) cluster.world.run(cluster.world.now + 1);
        cluster.world.run(cluster.world.now + cluster.prng.tail(50));
        expect(cluster.offices(), `${a} ${direction} ${b}`).toEqual(before);
      }
    }
  });
});

/** From the fault to the first leader of `default` that is another. */
function succession(seed: number, load: 'idle' | 'loaded', harm: (cluster: Cluster) => void, within: number): number {
  const cluster = new Cluster(seed);
  if (load === 'loaded') cluster.load();
  cluster.world.run(cluster.world.now + 1000 + cluster.prng.next() * 200);
  const harmedAt = cluster.world.now;
  harm(cluster);
  cluster.world.run(harmedAt + within);
  const reign = cluster.reigns.find(({ at, keyspace }) => at > harmedAt && keyspace === 'default');
  return reign === undefined ? Number.POSITIVE_INFINITY : reign.at - harmedAt;
}

describe('after the death of its leader', () => {
  it.each(['idle', 'loaded'] as const)('a cluster (%s) has another within 60 ms in the median, 250 ms at most', (load) => {
    const times = Array.from({ length: 21 }, (_, seed) =>
      succession(100 + seed, load, (cluster) => cluster.leader.kill(), 3000),
    ).sort((one, other) => one - other);
    expect(times[10]).toBeLessThanOrEqual(60);
    expect(times.at(-1)).toBeLessThanOrEqual(250);
  });
});

describe('after its leader was stopped with its sockets open', () => {
  it.each(['idle', 'loaded'] as const)('a cluster (%s) has another within 350 ms in the median, 450 ms at most', (load) => {
    const times = Array.from({ length: 21 }, (_, seed) =>
      succession(200 + seed, load, (cluster) => cluster.leader.machine.pause(), 3000),
    ).sort((one, other) => one - other);
    expect(times[10]).toBeLessThanOrEqual(350);
    expect(times.at(-1)).toBeLessThanOrEqual(450);
  });
});

describe('a leader that does its work no longer, though its heartbeats flow', () => {
  it('hands over within two and a half election time-outs when its disk no longer answers', () => {
    for (let seed = 0; seed < 10; seed++) {
      const hang = ({ leader }: Cluster): void => {
        leader.machine.disk.slowFactor = 1e6;
      };
      expect(succession(300 + seed, 'loaded', hang, 5000), `seed ${seed}`).toBeLessThanOrEqual(2500);
    }
  });

  it('hands over within as much when its loop is blocked again and again', () => {
    for (let seed = 0; seed < 10; seed++) {
      const stagger = ({ leader, world }: Cluster): void => {
        for (let at = 0; at < 2500; at += 250) world.after(at, () => leader.machine.pause(200));
      };
      expect(succession(400 + seed, 'loaded', stagger, 5000), `seed ${seed}`).toBeLessThanOrEqual(2500);
    }
  });
});
