// Do all replicas hold the same? What is different is said, and what could not be asked is never taken for equal.
import { describe, expect, it } from 'vitest';
import { compareReplicas, type StateHash, type StoreClient, StoreError } from '../src/index.js';
import { ManualClock } from './support/manual-clock.js';

interface Replica {
  readonly revision?: number;
  readonly hash?: (revision: number) => number;
  readonly compactRevision?: () => number;
  readonly silent?: boolean;
}

async function compare(replicas: Readonly<Record<string, Replica>>) {
  const clock = new ManualClock();
  const of = (endpoint: string): Replica => {
    const replica = replicas[endpoint]!;
    if (replica.silent === true) throw new StoreError('unavailable', 'connection refused');
    return replica;
  };
  const store: Pick<StoreClient, 'status' | 'hashKV'> = {
    status: async (_keyspace, endpoint) => ({
      memberId: endpoint,
      leaderId: '1',
      raftAppliedIndex: 9,
      revision: of(endpoint).revision ?? 9,
    }),
    hashKV: async (_keyspace, endpoint, revision): Promise<StateHash> => {
      const { hash = (at) => at * 7, compactRevision = () => 0 } = of(endpoint);
      return { hash: hash(revision), compactRevision: compactRevision() };
    },
  };
  const compared = compareReplicas({ store, clock, endpoints: Object.keys(replicas), timeoutMs: 100 });
  await clock.advance(10_000);
  return compared;
}

describe('a comparison of replicas', () => {
  it('asks all of them at the revision that the last one has reached', async () => {
    const [system, user] = await compare({ a: { revision: 12 }, b: { revision: 10 }, c: { revision: 11 } });
    expect([system?.keyspace, user?.keyspace]).toEqual(['_system', 'default']);
    expect(user).toMatchObject({ revision: 10, verdict: 'equal' });
    expect(user?.replicas.map(({ hash }) => hash)).toEqual([70, 70, 70]);
  });

  it('finds the one that differs', async () => {
    const [, user] = await compare({ a: {}, b: { hash: () => 13 }, c: {} });
    expect(user).toMatchObject({ verdict: 'different' });
  });

  it('does not take a silent member for an equal one, and names it', async () => {
    const [, user] = await compare({ a: {}, b: { silent: true }, c: {} });
    expect(user?.verdict).toBe('incomplete');
    expect(user?.replicas[1]).toEqual({ endpoint: 'b', hash: undefined, reason: 'it does not answer' });
  });

  it('finds a difference among those that answer, though others do not', async () => {
    const [, user] = await compare({ a: {}, b: { silent: true }, c: { hash: () => 13 } });
    expect(user?.verdict).toBe('different');
  });

  it('waits until a compaction has reached everybody, and never calls it a difference', async () => {
    let asked = 0;
    const late: Replica = { compactRevision: () => (asked++ < 3 ? 0 : 5), hash: () => (asked < 3 ? 1 : 63) };
    const [system, user] = await compare({ a: { compactRevision: () => 5, hash: () => 63 }, b: late });
    expect([system?.verdict, user?.verdict]).toEqual(['equal', 'equal']);
  });

  it('knows nothing when nobody answers', async () => {
    const [, user] = await compare({ a: { silent: true } });
    expect(user).toMatchObject({ revision: undefined, verdict: 'incomplete' });
  });
});
