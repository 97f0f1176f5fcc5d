// Consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam, 2018), over any hash, for any number of replicas: no
// node ever holds more than ⌈(1 + ε) · its fair share⌉. A replica goes to the first node of the key's order of preference
// that has room, failure domains first.
//
// Good at: a balance that is promised and not only likely, at the least movement that keeps the promise. Poor at: it remembers
// where every key is; a second process must be told (`placement`), it cannot compute it.
//
// The surprising thing, where it departs from the paper: what is placed stays until its node leaves or is over its bound. So a
// change moves what was lost and what is in excess, and nothing else, where the paper's rule cascades.
import { refuse } from './errors.js';
import { fairShares } from './fair-share.js';
import { leastCrowding, type Placement } from './placement.js';
import { findRelocation } from './relocation.js';
import { type ReplicaPolicy, Topology } from './topology.js';
import type { ConsistentHash } from './types.js';

export interface BoundedLoadsOptions {
  /** How far above its fair share a node may go: 0.05 is 5 %. The smaller, the more keys sit away from their first choice. */
  readonly epsilon: number;
  /** 1 if not given. */
  readonly replicas?: number;
  readonly spread?: ReplicaPolicy['spread'];
}

export type MoveReason = 'left' | 'over-bound' | 'crowded' | 'made-room';
export interface BoundedMove {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly why: MoveReason;
}

/** Larger than the rounding of a product of three doubles, smaller than any part of a key. */
const ROUNDING = 1e-9;

export class BoundedLoads {
  #hash: ConsistentHash;
  #topology: Topology;
  #shares: readonly number[] = [];
  readonly #epsilon: number;
  readonly #policy: ReplicaPolicy;
  readonly #keys = new Map<string, string[]>();
  readonly #held = new Map<string, Set<string>>();

  /** @throws 'bad-option', 'too-many-replicas', 'too-few-domains' */
  constructor(hash: ConsistentHash, { epsilon, replicas = 1, spread = 'require' }: BoundedLoadsOptions) {
    if (!Number.isFinite(epsilon) || epsilon < 0)
      refuse('bad-option', `epsilon is ${String(epsilon)}; it must be a number from 0`);
    this.#epsilon = epsilon;
    this.#policy = { replicas, spread };
    this.#hash = hash;
    this.#topology = new Topology(hash.nodes);
    this.#adopt(hash);
  }

  get size(): number {
    return this.#keys.size;
  }

  locate(key: string): readonly string[] | undefined {
    return this.#keys.get(key);
  }

  load(id: string): number {
    return this.#held.get(id)?.size ?? 0;
  }

  /** The most that a node may hold now: ⌈(1 + ε) · fair share⌉, and no more than there are keys. */
  bound(id: string): number {
    return this.#boundAt(this.#topology.indexOf(id));
  }

  /**
   * Gives the key a place if it has none.
   * @returns its nodes, and the moves of other keys that made room; there are none with a single replica
   */
  assign(key: string): { readonly nodes: readonly string[]; readonly moves: readonly BoundedMove[] } {
    const known = this.#keys.get(key);
    if (known !== undefined) return { nodes: known, moves: [] };
    const nodes: string[] = [];
    const moves: BoundedMove[] = [];
    this.#keys.set(key, nodes);
    this.#fill(key, nodes, (move) => moves.push(move));
    return { nodes, moves };
  }

  /** The bounds may fall with the number of keys: @returns the moves by which they are kept */
  release(key: string): readonly BoundedMove[] {
    const placed = this.#keys.get(key);
    if (placed === undefined) return [];
    for (const id of placed) this.#held.get(id)!.delete(key);
    this.#keys.delete(key);
    return this.#rebalance(new Map());
  }

  /** Other nodes. @returns the moves that they make necessary */
  update(hash: ConsistentHash): readonly BoundedMove[] {
    const topology = new Topology(hash.nodes);
    topology.requirePolicy(this.#policy);
    const orphans: Orphans = new Map();
    const gone = [...this.#held.keys()].filter((id) => !topology.has(id));
    this.#adopt(hash);
    for (const id of gone) {
      for (const key of this.#held.get(id)!) this.#take(key, id, 'left', orphans);
      this.#held.delete(id);
    }
    this.#uncrowd(orphans);
    return this.#rebalance(orphans);
  }

  placement(): Placement {
    return {
      version: this.#hash.version,
      nodes: this.#hash.nodes.map(({ id }) => id),
      replicas: this.#policy.replicas,
      keys: new Map(Array.from(this.#keys, ([key, placed]) => [key, [...placed]])),
    };
  }

  /** Goes on from a placement of the same nodes: keys beyond today's bound move. @returns these moves */
  restore({ keys, replicas }: Placement): readonly BoundedMove[] {
    if (replicas !== this.#policy.replicas || this.#keys.size > 0)
      refuse('other-plan', 'a placement can be restored only into empty loads with as many replicas');
    for (const [key, placed] of keys) {
      for (const id of placed) (this.#held.get(id) ?? refuse('unknown-node', `there is no node ${JSON.stringify(id)}`)).add(key);
      this.#keys.set(key, [...placed]);
    }
    return this.#rebalance(new Map());
  }

  #adopt(hash: ConsistentHash): void {
    const topology = new Topology(hash.nodes);
    topology.requirePolicy(this.#policy);
    this.#hash = hash;
    this.#topology = topology;
    this.#shares = fairShares(topology, this.#policy);
    for (const { id } of hash.nodes) if (!this.#held.has(id)) this.#held.set(id, new Set());
  }

  #boundAt(index: number): number {
    const size = this.#keys.size;
    return Math.min(size, Math.ceil((1 + this.#epsilon) * size * this.#shares[index]! * (1 - ROUNDING)));
  }

  readonly #hasRoom = (id: string): boolean => this.load(id) < this.bound(id);

  #take(key: string, from: string, why: MoveReason, orphans: Orphans): void {
    const placed = this.#keys.get(key)!;
    placed.splice(placed.indexOf(from), 1);
    this.#held.get(from)!.delete(key);
    const taken = orphans.get(key);
    if (taken === undefined) orphans.set(key, [{ from, why }]);
    else taken.push({ from, why });
  }

  /** New zones, or fewer: a zone that holds more replicas of a key than an even spread does gives one up. */
  #uncrowd(orphans: Orphans): void {
    const most = Math.ceil(this.#policy.replicas / this.#topology.widest);
    if (this.#policy.spread === 'prefer' && most > 1) return;
    for (const [key, placed] of this.#keys) {
      const counts = new Map<number, number>();
      for (const id of [...placed]) {
        const domain = this.#topology.domainOf(id);
        const count = (counts.get(domain) ?? 0) + 1;
        counts.set(domain, count);
        if (count > most) this.#take(key, id, 'crowded', orphans);
      }
    }
  }

  #rebalance(orphans: Orphans): readonly BoundedMove[] {
    for (const { id } of this.#topology.nodes) this.#shed(id, orphans);
    const moves: BoundedMove[] = [];
    for (const [key, taken] of orphans) {
      const fresh = this.#fill(key, this.#keys.get(key)!, (move) => moves.push(move));
      for (const [at, { from, why }] of taken.entries()) if (fresh[at] !== from) moves.push({ key, from, to: fresh[at]!, why });
    }
    return moves;
  }

  /** First the keys that the hash itself would have elsewhere. */
  #shed(id: string, orphans: Orphans): void {
    const held = this.#held.get(id)!;
    let excess = held.size - this.bound(id);
    if (excess <= 0) return;
    const strays = [...held].filter((key) => !this.#hash.replicas(key, this.#policy.replicas).includes(id));
    for (const key of new Set([...strays, ...held])) {
      if (excess-- <= 0) return;
      this.#take(key, id, 'over-bound', orphans);
    }
  }

  /** @returns the nodes that were added to `placed` */
  #fill(key: string, placed: string[], moved: (move: BoundedMove) => void): readonly string[] {
    const fresh: string[] = [];
    while (placed.length < this.#policy.replicas) {
      const id = this.#choose(key, placed, moved);
      this.#put(key, id);
      fresh.push(id);
    }
    return fresh;
  }

  #put(key: string, id: string): void {
    this.#keys.get(key)!.push(id);
    this.#held.get(id)!.add(key);
  }

  #choose(key: string, placed: readonly string[], moved: (move: BoundedMove) => void): string {
    const first = this.#chooseNear(key, placed);
    if (first !== undefined) return first;
    const walk = this.#hash.replicas(key, this.#hash.nodes.length);
    const wanted = leastCrowding(this.#topology, walk, placed, () => true)!;
    const least = this.#topology.crowding(wanted, placed);
    const roomy = leastCrowding(this.#topology, walk, placed, this.#hasRoom);
    if (roomy !== undefined && this.#topology.crowding(roomy, placed) <= least) return roomy;
    const chain = findRelocation(key, {
      walk: walk.filter((id) => !placed.includes(id) && this.#topology.crowding(id, placed) <= least),
      topology: this.#topology,
      keysOf: (id) => this.#held.get(id)!,
      placedOf: (other) => this.#keys.get(other)!,
      hasRoom: this.#hasRoom,
    });
    for (const { key: other, from, to } of chain?.moves ?? []) {
      this.#relocate(other, from, to);
      moved({ key: other, from, to, why: 'made-room' });
    }
    // Without a chain a shared domain is worse than a full node.
    return chain?.start ?? wanted;
  }

  /** The usual case, without the whole walk: room in an unshared domain among the first of the walk. */
  #chooseNear(key: string, placed: readonly string[]): string | undefined {
    const owner = this.#hash.locate(key);
    if (placed.length === 0 && this.#hasRoom(owner)) return owner;
    const near = Math.min(this.#hash.nodes.length, NEAR_PER_REPLICA * this.#policy.replicas);
    return this.#hash
      .replicas(key, near)
      .find((id) => !placed.includes(id) && this.#hasRoom(id) && this.#topology.crowding(id, placed) === 0);
  }

  #relocate(key: string, from: string, to: string): void {
    const placed = this.#keys.get(key)!;
    placed[placed.indexOf(from)] = to;
    this.#held.get(from)!.delete(key);
    this.#held.get(to)!.add(key);
  }
}

const NEAR_PER_REPLICA = 4;

/** What each key has lost, and why. */
type Orphans = Map<string, { readonly from: string; readonly why: MoveReason }[]>;
