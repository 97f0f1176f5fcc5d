import { expect, it } from 'vitest';
import { describeOverProtocols } from './support/over-protocols.js';
import { TestCluster } from './support/test-cluster.js';

const MEMBERS = 3;
const SECONDS = 10;
/** Pulses leave twice per heartbeat of 100 ms. */
const PULSES_PER_SECOND = 20;

describeOverProtocols('a cluster at rest', () => {
  it('wakes up as often as its members send their pulses, and no more', () => {
    const cluster = new TestCluster(MEMBERS).started();
    cluster.world.run(cluster.world.now + 2000);
    const before = cluster.world.traceCounts();
    cluster.world.run(cluster.world.now + SECONDS * 1000);
    const { timer, frame } = cluster.world.traceCounts();
    expect((timer - before.timer) / SECONDS).toBeLessThanOrEqual(MEMBERS * PULSES_PER_SECOND + 3);
    // A pulse on each link, and an answer of each follower to its leader's heartbeats, of both groups at once where one leads both.
    const links = MEMBERS * (MEMBERS - 1);
    expect((frame - before.frame) / SECONDS).toBeLessThanOrEqual(links * PULSES_PER_SECOND + 2 * 2 * 10 + 10);
  });

  it('notices a leader that falls silent as soon as ever', () => {
    const cluster = new TestCluster(MEMBERS).started();
    cluster.world.run(cluster.world.now + 2000);
    const leader = cluster.leader();
    leader.machine.pause();
    const begun = cluster.world.now;
    const others = cluster.members.filter((member) => member !== leader);
    while (!others.some(({ member }) => member.group('default')?.status.role === 'leader'))
      cluster.world.run(cluster.world.now + 1);
    expect(cluster.world.now - begun).toBeLessThan(500);
  });
});
