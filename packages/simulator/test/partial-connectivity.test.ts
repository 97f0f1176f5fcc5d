// Members that do not all reach each other, the three cases that tell protocols apart (Ng, Kristensson, Haridi 2023, Omni-Paxos,
// section 2): over whole members, their links and disks, a write through a member that reaches a majority must be acknowledged
// within four election time-outs of virtual time. Nobody is told that a link is cut: what is sent over it vanishes.
import { describe, expect, it } from 'vitest';
import { newCoverage } from '../src/cluster/coverage.js';
import { SimulatedClient } from '../src/cluster/simulated-client.js';
import type { SimulatedMember } from '../src/cluster/simulated-member.js';
import { Cluster } from './cluster/cluster.js';

const ELECTION_TIMEOUT_MS = 1000;
const LIMIT_MS = 4 * ELECTION_TIMEOUT_MS;
const PROBE_EVERY_MS = 50;
const SEEDS = [1, 2, 3];

/** How long after now the first write that begins after now is acknowledged through that member. */
function untilWritten(cluster: Cluster, through: SimulatedMember): number {
  const { world, prng } = cluster;
  const begun = world.now;
  let writtenAt: number | undefined;
  for (let number = 0; writtenAt === undefined && world.now - begun <= LIMIT_MS; number++) {
    const shared = { world, members: [through], keyspace: 'default', coverage: newCoverage() };
    const client = new SimulatedClient({ ...shared, first: 0, prng: prng.fork(`probe ${number}`) });
    client.execute({ kind: 'put', key: 'probe', value: `${number}`, expected: 0, consistency: 'linearizable' }, ({ kind }) => {
      if (kind === 'ok') writtenAt ??= world.now;
    });
    world.run(world.now + PROBE_EVERY_MS);
  }
  return (writtenAt ?? Number.POSITIVE_INFINITY) - begun;
}

function cutAll({ members, world }: Cluster, isCut: (left: SimulatedMember, right: SimulatedMember) => boolean): void {
  for (const [at, left] of members.entries())
    for (const right of members.slice(at + 1)) if (isCut(left, right)) world.cut(left.name, right.name);
}

describe.each(['raft', 'paxos', 'zab'] as const)('with links missing, %s', (protocol) => {
  it.each(SEEDS)('goes on when only a follower still reaches a majority (quorum loss, seed %i)', (seed) => {
    const cluster = new Cluster(seed, { protocol, size: 5 });
    const [hub] = cluster.othersThan(cluster.leader) as [SimulatedMember];
    cutAll(cluster, (left, right) => left !== hub && right !== hub);
    expect(untilWritten(cluster, hub)).toBeLessThanOrEqual(LIMIT_MS);
    expect(hub.leads).toBe(true);
  });

  it.each(SEEDS)('elects the only one who can win (constrained election, seed %i)', (seed) => {
    const cluster = new Cluster(seed, { protocol, size: 5 });
    const { leader } = cluster;
    const [hub] = cluster.othersThan(leader) as [SimulatedMember];
    cutAll(cluster, (left, right) => [left, right].includes(leader) || ![left, right].includes(hub));
    expect(untilWritten(cluster, hub)).toBeLessThanOrEqual(LIMIT_MS);
    expect(hub.leads).toBe(true);
  });

  it.each(SEEDS)('goes on in a chain, and its leadership comes to rest (chained, seed %i)', (seed) => {
    const cluster = new Cluster(seed, { protocol });
    const { leader } = cluster;
    const [middle, end] = cluster.othersThan(leader) as [SimulatedMember, SimulatedMember];
    cluster.world.cut(leader.name, end.name);
    expect(untilWritten(cluster, middle)).toBeLessThanOrEqual(LIMIT_MS);
    cluster.world.run(cluster.world.now + LIMIT_MS);
    const offices = cluster.offices();
    cluster.world.run(cluster.world.now + LIMIT_MS);
    expect(cluster.offices()).toEqual(offices);
  });
});
