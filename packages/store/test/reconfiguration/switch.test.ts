import type { ProtocolName } from '@reknit/consensus';
import { describe, expect, it } from 'vitest';
import { change } from '../support/changes.js';
import { bytes, callsOf } from '../support/etcd-calls.js';
import { TestCluster } from '../support/test-cluster.js';

describe('a switch of the protocol', () => {
  it.each<[ProtocolName, ProtocolName]>([
    ['raft', 'paxos'],
    ['paxos', 'zab'],
    ['zab', 'raft'],
  ])('from %s to %s keeps every write, on every member, in both keyspaces', (from, to) => {
    const cluster = new TestCluster(3, { protocol: from }).started();
    const client = callsOf(cluster, cluster.follower());
    for (let at = 0; at < 20; at++) expect(client.put({ key: bytes(`k${at}`), value: bytes('before') }).failure).toBeUndefined();
    const done = change(cluster, cluster.follower(), { kind: 'switch', protocol: to });
    expect(done).toMatchObject({ protocol: to, epoch: 2 });
    for (const { member } of cluster.members) {
      cluster.until(() => [...member.groups].every(({ status }) => status.protocol === to), `${member.self.name} runs ${to}`);
    }
    for (let at = 0; at < 20; at++) expect(client.put({ key: bytes(`k${at}`), value: bytes('after') }).failure).toBeUndefined();
    expect(client.range({ key: bytes('k'), rangeEnd: bytes('l') }).value?.kvs).toHaveLength(20);
    for (const { failures } of cluster.members) expect(failures).toEqual([]);
  });
});
