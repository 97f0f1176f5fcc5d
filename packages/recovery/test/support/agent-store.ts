// The store as one agent reaches it: through a member that serves, while there is a majority.
import { type CallOptions, type Keyspace, type LeaseId, type StoreClient, StoreError } from '../../src/index.js';
import { answer } from './answer.js';
import type { Agent, World } from './world.js';

export function agentStore(world: World, agent: Agent): StoreClient {
  const full = (keyspace: Keyspace, key: string): string => `${keyspace}/${key}`;
  const set = (name: string, value: string, lease?: LeaseId): void => {
    const { createRevision = world.revision } = world.store.get(name) ?? {};
    world.store.set(name, { value, modRevision: world.revision, createRevision });
    world.writes.push({ key: name.slice(name.indexOf('/') + 1), value, revision: world.revision });
    if (lease !== undefined) world.leases.get(lease)?.keys.add(name);
  };
  const write = (keyspace: Keyspace, key: string, value: string): number => {
    world.effect(agent);
    world.revision++;
    set(full(keyspace, key), value);
    return world.revision;
  };
  const through = <Result>(options: Partial<CallOptions>, call: () => Result) =>
    answer(world, agent, () => {
      world.expireLeases();
      if (world.cutOff.has(agent.name)) throw new StoreError('unavailable', 'connection refused');
      if (options.endpoint !== undefined || world.options.recordsElsewhere !== true) world.member(options.endpoint);
      return call();
    });
  return {
    get: (keyspace, key, options) => through(options, () => world.store.get(full(keyspace, key))),
    put: (keyspace, key, value, options) => through(options, () => void write(keyspace, key, value)),
    putIf: (keyspace, key, value, modRevision, options) =>
      through(options, () => {
        const current = world.store.get(full(keyspace, key));
        if ((current?.modRevision ?? 0) !== modRevision) return { written: false, current } as const;
        return { written: true, modRevision: write(keyspace, key, value) } as const;
      }),
    listKeys: (keyspace, prefix, options) =>
      through(options, () =>
        [...world.store]
          .filter(([name]) => name.startsWith(full(keyspace, prefix)))
          .map(([name, { modRevision }]) => ({ key: name.slice(keyspace.length + 1), modRevision }))
          .sort((a, b) => (a.key < b.key ? -1 : 1)),
      ),
    transact: (keyspace, { when, writes }, options) =>
      through(options, () => {
        const holds = when.every(({ key, createRevision, modRevision }) => {
          const current = world.store.get(full(keyspace, key));
          const isCreated = createRevision === undefined || createRevision === (current?.createRevision ?? 0);
          return isCreated && (modRevision === undefined || modRevision === (current?.modRevision ?? 0));
        });
        world.transactions.push({ agent: agent.name, transaction: { when, writes }, committed: holds });
        if (!holds) return { committed: false } as const;
        world.effect(agent);
        world.revision++;
        for (const each of writes) {
          if (each.kind === 'delete') world.store.delete(full(keyspace, each.key));
          else set(full(keyspace, each.key), each.value, each.lease);
        }
        return { committed: true, revision: world.revision } as const;
      }),
    grantLease: (_keyspace, ttlMs, options) =>
      through(options, () => {
        world.effect(agent);
        return world.grant(ttlMs);
      }),
    keepLease: (_keyspace, id, options) =>
      through(options, () => {
        const lease = world.leases.get(id);
        if (lease === undefined) return undefined;
        lease.expiresAt = world.clock.now() + lease.ttlMs;
        return lease.ttlMs;
      }),
    revokeLease: (_keyspace, id, options) => through(options, () => world.revoke(id)),
    status: (_keyspace, endpoint, options) =>
      through({ ...options, endpoint }, () => ({
        memberId: endpoint,
        leaderId: `http://${world.leader}`,
        raftAppliedIndex: world.appliedAt(endpoint),
        revision: world.revision,
      })),
    hashKV: (_keyspace, endpoint, revision, options) =>
      through({ ...options, endpoint }, () => ({
        hash: world.diverged.has(endpoint.slice('http://'.length)) ? 13 : revision * 31,
        compactRevision: 0,
      })),
  };
}
