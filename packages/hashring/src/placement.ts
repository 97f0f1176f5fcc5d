// Replicas over failure domains, for any algorithm. A key's order of preference is walked; each replica goes to the first node
// that crowds the others least: another zone before another rack before another host.
//
// Stable under change: as long as there are more zones than replicas, or as many, one node that comes or goes changes at most
// one replica of a key, and that replica moves to or from this node. Proof in docs/concepts/consistent-hashing.md.
import { type ReplicaPolicy, type Topology, topologyOf } from './topology.js';
import type { ConsistentHash } from './types.js';

/** Where the replicas of each key are, under one version of a hash. */
export interface Placement {
  readonly version: number;
  /** Ids of all nodes, also of those without a replica. */
  readonly nodes: readonly string[];
  readonly replicas: number;
  readonly keys: ReadonlyMap<string, readonly string[]>;
}

/** So many nodes of the walk usually have replicas in as many zones; else the whole walk is taken. */
const PREFIX_PER_REPLICA = 4;

/**
 * @returns `replicas` distinct nodes, the first of the key's order of preference first
 * @throws 'bad-option', 'too-many-replicas', 'too-few-domains'
 */
export function placeReplicas(hash: ConsistentHash, key: string, policy: ReplicaPolicy): readonly string[] {
  const topology = topologyOf(hash);
  topology.requirePolicy(policy);
  const prefix = Math.min(hash.nodes.length, PREFIX_PER_REPLICA * policy.replicas);
  const apart = takeApart(topology, hash.replicas(key, prefix), policy.replicas);
  return apart.length === policy.replicas
    ? apart
    : takeLeastCrowding(topology, hash.replicas(key, hash.nodes.length), policy.replicas);
}

/** The first node of each widest domain, in order: what the full choice below takes too while there are enough. */
function takeApart(topology: Topology, walk: readonly string[], count: number): readonly string[] {
  const placed: string[] = [];
  const domains = new Set<number>();
  for (const id of walk) {
    if (placed.length === count) break;
    const domain = topology.domainOf(id);
    if (domains.has(domain)) continue;
    domains.add(domain);
    placed.push(id);
  }
  return placed;
}

function takeLeastCrowding(topology: Topology, walk: readonly string[], count: number): readonly string[] {
  const placed: string[] = [];
  while (placed.length < count) placed.push(leastCrowding(topology, walk, placed, () => true)!);
  return placed;
}

/** The first of the least crowding nodes of a walk that are not yet placed and are admitted; undefined if none is. */
export function leastCrowding(
  topology: Topology,
  walk: readonly string[],
  placed: readonly string[],
  admits: (id: string) => boolean,
): string | undefined {
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const id of walk) {
    if (placed.includes(id) || !admits(id)) continue;
    const crowding = topology.crowding(id, placed);
    if (crowding >= least) continue;
    best = id;
    least = crowding;
    if (crowding === 0) break;
  }
  return best;
}

/** The replicas of all keys. A function of hash and policy alone: every process that has them finds the same. */
export function placeAll(hash: ConsistentHash, keys: Iterable<string>, policy: ReplicaPolicy): Placement {
  return {
    version: hash.version,
    nodes: hash.nodes.map(({ id }) => id),
    replicas: policy.replicas,
    keys: new Map(Array.from(keys, (key) => [key, placeReplicas(hash, key, policy)])),
  };
}

/** How many replicas each node has, also those that have none. */
export function loadsOf({ nodes, keys }: Placement): ReadonlyMap<string, number> {
  const loads = new Map(nodes.map((id) => [id, 0]));
  for (const ids of keys.values()) for (const id of ids) loads.set(id, (loads.get(id) ?? 0) + 1);
  return loads;
}
