import { describe, expect, it } from 'vitest';
import { deriveCluster } from '../src/cluster/identity.js';

const single = [{ name: 'default', peerUrls: ['http://localhost:2380'] }];

describe('cluster identity', () => {
  it('gives the ids that etcd gives for the same flags', () => {
    const cluster = deriveCluster(single, 'etcd-cluster');
    expect(cluster.members[0]!.id.toString(16)).toBe('8e9e05c52164694d');
    expect(cluster.id.toString(16)).toBe('cdf818194e3a8c32');
  });

  it('tells clusters with other tokens or URLs apart', () => {
    const ids = new Set(
      [
        deriveCluster(single, 'a'),
        deriveCluster(single, 'b'),
        deriveCluster([{ name: 'default', peerUrls: ['http://localhost:1'] }], 'a'),
      ].map((cluster) => cluster.id),
    );
    expect(ids.size).toBe(3);
  });

  it('does not depend on the order in which members or URLs are listed', () => {
    const n1 = { name: 'n1', peerUrls: ['http://b:1', 'http://a:1'] };
    const n2 = { name: 'n2', peerUrls: ['http://c:1'] };
    const reversed = { name: 'n1', peerUrls: ['http://a:1', 'http://b:1'] };
    expect(deriveCluster([n1, n2], 't').id).toBe(deriveCluster([n2, reversed], 't').id);
  });
});
