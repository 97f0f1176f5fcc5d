import type { NodeId } from '@reknit/consensus';
import { createWorld } from '@reknit/runtime/simulated';
import { describe, expect, it } from 'vitest';
import { GenesisRound } from '../src/cluster/genesis.js';
import { encodeGenesisNotice } from '../src/cluster/genesis-notice.js';
import { deriveCluster } from '../src/cluster/identity.js';
import { DataDirectory } from '../src/data-directory.js';
import { encodeHandshake } from '../src/peers/handshake.js';
import { ALL, callsOf } from './support/etcd-calls.js';
import { TestCluster } from './support/test-cluster.js';

describe('a cluster begins once', () => {
  it.each([1, 2, 3, 4, 5, 6])('though one frame in five is lost, overtaken or doubled (seed %i)', (seed) => {
    const cluster = new TestCluster(3, {}, { seed, network: { loss: 0.2, duplication: 0.2, reorder: 0.2 } });
    for (const member of cluster.members) member.start();
    cluster.until(() => cluster.members.every(({ up, member }) => up && member.started), 'all take part', 60_000);
    expect(new Set(cluster.members.map(({ member }) => member.directory.genesis?.branch)).size).toBe(1);
  });

  it('whatever order its members come in, and whenever one of them is killed', () => {
    for (let at = 0; at < 12; at++) {
      const cluster = new TestCluster(3, {}, { seed: at });
      const [first, second, third] = cluster.members;
      first!.start();
      second!.start();
      cluster.run(at % 4);
      third!.start();
      cluster.run(at / 2);
      cluster.members[at % 3]!.machine.crash();
      cluster.members[at % 3]!.start();
      cluster.until(() => cluster.members.every(({ ready }) => ready), `ready, crashed after ${at / 2} ms`);
      expect(cluster.members.flatMap(({ failures }) => failures)).toEqual([]);
    }
  });

  it('and is told only once to begin, though a peer may say so before the member listens everywhere', () => {
    const { round, started, notice } = roundOfTwo();
    round.onNotice(...notice(false));
    round.onNotice(...notice(true));
    round.begin();
    round.onNotice(...notice(true));
    expect(started).toHaveLength(1);
  });

  it('and an emptied directory under a known name is refused, while the others go on', () => {
    const cluster = new TestCluster(3).started();
    const [first, second, third] = cluster.members;
    third!.machine.kill();
    third!.wipe();
    third!.start();
    cluster.run(3000);
    expect(third!.failures.join()).toMatch(/already initialised/);
    expect([first!.failures, second!.failures]).toEqual([[], []]);
    expect(callsOf(cluster, cluster.leader()).range({ key: ALL, rangeEnd: ALL }).value?.count).toBe(0);
  });

  it('and a member with another secret, token or cluster never takes part', () => {
    for (const change of [{ secret: new Uint8Array(8) }, { token: 'another' }]) {
      const cluster = new TestCluster(3).started();
      const odd = cluster.members[2]!;
      odd.machine.kill();
      odd.wipe();
      odd.start(change);
      cluster.run(3000);
      expect(odd.up && odd.member.started).toBe(false);
      expect(cluster.leader().failures).toEqual([]);
    }
  });

  it('and whoever answers on a peer port without the secret cannot end a new member', () => {
    const cluster = new TestCluster(2);
    const { network } = cluster.members[1]!.machine.boot();
    const refusal = encodeHandshake({ kind: 'refused', reason: 'incarnation', detail: 'go away' });
    network.listen(
      'n2:2380',
      (session) => ({ onFrame: () => session.send([refusal]), onClose: () => undefined }),
      () => undefined,
    );
    cluster.members[0]!.start();
    cluster.run(3000);
    expect(cluster.members[0]!).toMatchObject({ up: true, failures: [] });
  });
});

function roundOfTwo() {
  const runtime = createWorld({ seed: 1 }).machine('n1').boot();
  const cluster = deriveCluster(
    ['n1', 'n2'].map((name) => ({ name, peerUrls: [`http://${name}:1`] })),
    't',
  );
  const self = cluster.members.find(({ name }) => name === 'n1')!;
  const peer = cluster.members.find(({ name }) => name === 'n2')!;
  const directory = DataDirectory.open(runtime, '/data', cluster, self);
  const started: string[] = [];
  const round: GenesisRound = new GenesisRound(directory, cluster.members, self, undefined, {
    announce: () => undefined,
    tell: () => undefined,
    started: (branch) => void started.push(branch),
    failed: (error) => {
      throw error;
    },
  });
  const notice = (withGenesis: boolean): [NodeId, Uint8Array] => {
    const { genesis } = directory;
    const theirs = withGenesis && genesis !== undefined ? { ...genesis, started: true } : undefined;
    return [peer.nodeId, encodeGenesisNotice({ incarnation: 'theirs', protocol: 'raft', genesis: theirs })];
  };
  return { round, started, notice };
}
