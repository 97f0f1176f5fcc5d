// Failure domains of a set of nodes, and how badly a node would crowd the replicas that are already placed.
import { refuse } from './errors.js';
import { requireReplicas } from './nodes.js';
import type { ConsistentHash, HashNode } from './types.js';

/**
 * `require`: no two replicas in one of the widest domains; too few of them is an error. `prefer`: as evenly as there are
 * domains. Narrower domains are always shared as little as the wider ones permit.
 */
export type Spread = 'require' | 'prefer';

export interface ReplicaPolicy {
  readonly replicas: number;
  /** 'require' if not given. */
  readonly spread?: Spread;
}

export class Topology {
  readonly nodes: readonly HashNode[];
  readonly #at: ReadonlyMap<string, number>;
  /** For each node, widest first, the number of its domain: a node without domains is one of its own. */
  readonly #paths: readonly (readonly number[])[];
  /** How many of the widest domains there are. */
  readonly widest: number;

  constructor(nodes: readonly HashNode[]) {
    this.nodes = nodes;
    this.#at = new Map(nodes.map(({ id }, at) => [id, at]));
    const numbers = new Map<string, number>();
    const numberOf = (path: readonly string[]): number => {
      const name = JSON.stringify(path);
      const known = numbers.get(name) ?? numbers.size;
      numbers.set(name, known);
      return known;
    };
    this.#paths = nodes.map(({ id, domain }) =>
      domain.length === 0 ? [numberOf([id])] : domain.map((_, level) => numberOf(domain.slice(0, level + 1))),
    );
    this.widest = new Set(this.#paths.map((path) => path[0])).size;
  }

  has(id: string): boolean {
    return this.#at.has(id);
  }

  indexOf(id: string): number {
    return this.#at.get(id) ?? refuse('unknown-node', `there is no node ${JSON.stringify(id)}`);
  }

  /** The number of the widest domain of a node. */
  domainOf(id: string): number {
    return this.#paths[this.indexOf(id)]![0]!;
  }

  /**
   * How many of `placed` share each domain of the node, the widest counting most: 0 if it shares none. Exact up to 9,000
   * replicas at four levels.
   */
  crowding(id: string, placed: readonly string[]): number {
    if (placed.length === 0) return 0;
    const path = this.#paths[this.indexOf(id)]!;
    let rank = 0;
    for (const [level, domain] of path.entries()) {
      rank *= placed.length + 1;
      for (const other of placed) if (this.#paths[this.indexOf(other)]![level] === domain) rank++;
    }
    return rank;
  }

  /** @throws 'bad-option', 'too-many-replicas', 'too-few-domains' */
  requirePolicy({ replicas, spread = 'require' }: ReplicaPolicy): void {
    requireReplicas(replicas, this.nodes.length);
    if (spread === 'require' && replicas > this.widest)
      refuse(
        'too-few-domains',
        `${replicas} replicas need as many failure domains; there are ${this.widest}: add some, or let them share with spread: 'prefer'`,
      );
  }
}

const known = new WeakMap<ConsistentHash, Topology>();

export function topologyOf(hash: ConsistentHash): Topology {
  let topology = known.get(hash);
  if (topology === undefined) {
    topology = new Topology(hash.nodes);
    known.set(hash, topology);
  }
  return topology;
}
