// One interface over all algorithms. Everything is immutable: a change gives a new value with the next version, so that the
// old and the new can be compared, planned between, and used side by side while data moves.
//
// n nodes, V virtual nodes each. Balance is that of shares of an infinite key space; real keys add their own noise.
//
// |              | memory   | lookup            | peak/mean at n = 100 | a node joins       | any node leaves       | weights |
// |--------------|----------|-------------------|----------------------|--------------------|-----------------------|---------|
// | Ring         | O(n·V)   | O(1)              | 1 + √(2 ln n / V)    | minimal            | minimal               | yes     |
// | JumpHash     | O(n)     | O(log n)          | 1                    | minimal            | minimal for the last, | no      |
// |              |          |                   |                      |                    | up to twice otherwise |         |
// | Rendezvous   | O(n)     | O(n)              | 1                    | minimal            | minimal               | yes     |
// | Maglev       | O(table) | O(1), the fastest | 1 + n / table        | 1.6 times minimal  | 1.6 times minimal     | yes     |
// | BoundedLoads | O(keys)  | a Map             | 1 + ε, guaranteed    | minimal for bound  | minimal for its bound | yes     |

/** What a caller says of a node. */
export interface NodeSpec {
  readonly id: string;
  /** Relative to the other nodes'; 1 if not given. Positive and finite. */
  readonly weight?: number;
  /** Failure domains from the widest to the narrowest: `['zone-a', 'rack-7']`. All nodes have as many, at most four. */
  readonly domain?: readonly string[];
  /** Where it sits, if not under its own id: a replacement takes the seat of what it replaces, and so exactly its keys. */
  readonly seat?: string;
}

export interface HashNode {
  readonly id: string;
  readonly weight: number;
  readonly domain: readonly string[];
  readonly seat: string;
}

export type HashKind = 'ring' | 'jump' | 'rendezvous' | 'maglev';

/** All that a hash is made of: plain data, from which any process builds the same one. */
export interface HashDescription {
  readonly kind: HashKind;
  readonly version: number;
  readonly nodes: readonly HashNode[];
  /** Of a ring. */
  readonly virtualNodes?: number;
  /** Of Maglev. */
  readonly tableSize?: number;
}

/** A function from keys to nodes that changes little when the nodes do. */
export interface ConsistentHash {
  readonly kind: HashKind;
  /** Rises by one with every change. */
  readonly version: number;
  readonly nodes: readonly HashNode[];

  /** @returns the id of the node that owns `key` */
  locate(key: string): string;

  /**
   * The first `count` distinct nodes in this key's own order of preference: the owner first. Knows nothing of failure
   * domains; see `placeReplicas`.
   * @throws 'too-many-replicas' if there are fewer nodes
   */
  replicas(key: string, count: number): readonly string[];

  /** @throws 'duplicate-node', 'bad-weight', 'bad-id', 'bad-domain' */
  with(node: NodeSpec): ConsistentHash;

  /** @throws 'unknown-node'; 'empty-ring' if it is the last */
  without(id: string): ConsistentHash;

  /**
   * Another node in the place of one: only the keys of `id` move, all of them to `node`. A `with` and a `without` would move
   * up to twice as many.
   */
  replace(id: string, node: NodeSpec): ConsistentHash;

  describe(): HashDescription;
}
