// What part of every key's replicas a node should hold: by weight, but never more than one replica of a key, and no
// more in a zone than an even spread puts there. A heavy node in a small zone cannot have its whole weight's worth.
import type { ReplicaPolicy, Topology } from './topology.js';
import type { HashNode } from './types.js';

/** @returns for each node, in the order of the topology, its part; together they make `replicas` */
export function fairShares(topology: Topology, { replicas }: ReplicaPolicy): readonly number[] {
  const members = zonesOf(topology);
  const perZone = zoneShares(members, replicas);
  const shares = new Map<string, number>();
  for (const [at, zone] of members.entries()) {
    const parts = pour(
      perZone[at]!,
      zone.map(({ weight }) => weight),
      zone.map(() => 1),
    );
    for (const [place, { id }] of zone.entries()) shares.set(id, parts[place]!);
  }
  return topology.nodes.map(({ id }) => shares.get(id)!);
}

function zonesOf(topology: Topology): readonly (readonly HashNode[])[] {
  const zones = new Map<number, HashNode[]>();
  for (const node of topology.nodes) {
    const domain = topology.domainOf(node.id);
    zones.set(domain, [...(zones.get(domain) ?? []), node]);
  }
  return [...zones.values()];
}

/** Replicas of a key go to zones in rounds, one to each zone that still has a free node. The last round is shared by weight. */
function zoneShares(zones: readonly (readonly HashNode[])[], replicas: number): readonly number[] {
  const shares = zones.map(() => 0);
  for (let left = replicas, round = 0; left > 0; round++) {
    const open = zones.map(({ length }) => Number(length > round));
    const free = open.reduce((sum, one) => sum + one, 0);
    const poured = pour(
      Math.min(left, free),
      zones.map((zone) => zone.reduce((sum, { weight }) => sum + weight, 0)),
      open,
    );
    for (const [at, part] of poured.entries()) shares[at]! += part;
    left -= Math.min(left, free);
  }
  return shares;
}

/** `total` over vessels by weight; what exceeds a vessel's limit goes to the others. The limits hold `total` together. */
function pour(total: number, weights: readonly number[], limits: readonly number[]): readonly number[] {
  const parts = weights.map(() => 0);
  let open = weights.map((_, at) => at);
  let left = total;
  while (open.length > 0) {
    const sum = open.reduce((all, at) => all + weights[at]!, 0);
    const full = open.filter((at) => (left * weights[at]!) / sum >= limits[at]!);
    for (const at of full.length > 0 ? full : open) parts[at] = full.length > 0 ? limits[at]! : (left * weights[at]!) / sum;
    if (full.length === 0) break;
    left = Math.max(0, left - full.reduce((all, at) => all + limits[at]!, 0));
    open = open.filter((at) => !full.includes(at));
  }
  return parts;
}
