import { createWorld } from '@reknit/runtime/simulated';
import { describe, expect, it } from 'vitest';
import { deriveCluster } from '../src/cluster/identity.js';
import { DataDirectory } from '../src/data-directory.js';
import { TestCluster } from './support/test-cluster.js';

describe('the protocol of a cluster', () => {
  it('is that of its genesis: Raft, when nothing was said', () => {
    const cluster = new TestCluster(3).started();
    expect(cluster.members.map(({ member }) => member.directory.genesis?.protocol)).toEqual(['raft', 'raft', 'raft']);
  });

  it('begins only where all initial members were given the same', () => {
    const cluster = new TestCluster(3);
    const [first, second, third] = cluster.members;
    first!.start();
    second!.start();
    third!.start({ protocol: 'zab' });
    cluster.run(2000);
    expect(cluster.members.some((each) => each.up && each.member.started)).toBe(false);
    expect(third!.failures.join()).toContain('was started with --protocol raft, and this one with zab; start all members');
    expect(first!.failures.join()).toContain('member n3 was started with --protocol zab, and this one with raft');
  });

  it('may be said again at each start, or left out; another one is refused with the way to change it', () => {
    const cluster = new TestCluster(3).started();
    const odd = cluster.members[0]!;
    for (const change of [{ protocol: 'raft' }, {}] as const) {
      odd.machine.kill();
      odd.start(change);
      cluster.until(() => odd.ready, 'serves again');
    }
    odd.machine.kill();
    odd.start({ protocol: 'paxos' });
    expect(odd.up).toBe(false);
    expect(odd.failures.join()).toContain('the cluster of this member runs raft, but --protocol says paxos');
    expect(odd.failures.join()).toContain('reknit protocol switch paxos');
  });
});

describe('the data directory of a removed member', () => {
  it('is refused for ever, by the cause and with the cure', () => {
    const machine = createWorld({ seed: 1 }).machine('n1');
    const cluster = deriveCluster([{ name: 'n1', peerUrls: ['http://n1:1'] }], 't');
    const open = (): DataDirectory => DataDirectory.open(machine.boot(), '/data', cluster, cluster.members[0]!);
    open().entomb({ reason: 'removed by configuration 2', epoch: 2, index: 17 });
    for (let restart = 0; restart < 2; restart++) {
      machine.crash();
      expect(open).toThrow(
        /was removed from its cluster \(removed by configuration 2\); to take part again it joins as a new member/,
      );
    }
  });
});
