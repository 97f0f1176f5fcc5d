// The ring of Karger et al. (1997): every node owns many points of a circle of 2³² positions; a key belongs to the first point
// at or after its own position.
//
// Good at: lookup in constant time, any node may come or go, weights of any ratio. Poor at: balance is bought with memory.
// The share of a node varies by 1/√V of itself, so V = 2048 gives a peak of about 1.06 of the mean at a hundred nodes for
// five to six bytes a point (1.1 MB). A join moves keys to the joiner only, a leave from the leaver only: the least that the shares permit.
//
// The surprising thing: there is no binary search. Points are spread evenly because they are hashes, so a table over the top
// bits of the position leads next to the right one (points.ts).
import { refuse, requireWhole } from './errors.js';
import { hash64, hashWords, KEY_SEED, mix32, NODE_SEED } from './hash.js';
import { byId, indexOfNode, nodesReplaced, nodesWithout, requireReplicas, toNodes } from './nodes.js';
import { CIRCLE, INDEX_SPAN, Points } from './points.js';
import type { ConsistentHash, HashDescription, HashNode, NodeSpec } from './types.js';

/** By the formula above the smallest power of two with which a hundred nodes stay within 1.10 of their mean, whatever their names. */
export const VIRTUAL_NODES_DEFAULT = 2048;
const VIRTUAL_NODES_MAX = 1 << 20;
/** 2²³ points are 50 MB; whoever needs more wants rendezvous or bounded loads. */
const POINTS_MAX = 1 << 23;
const GOLDEN = 0x9e3779b9;

export interface RingOptions {
  /** Points of a node of weight 1; a node of weight w has w times as many, at least one. */
  readonly virtualNodes?: number;
  /** To start from; 1 if not given. */
  readonly version?: number;
}

const scratch = new Uint32Array(2);

export class Ring implements ConsistentHash {
  readonly kind = 'ring';
  readonly version: number;
  readonly virtualNodes: number;
  /** In the order of their ids, so that the order in which they came does not matter. */
  readonly nodes: readonly HashNode[];
  readonly #ids: readonly string[];
  readonly #points: Points;
  /** Which walk has met a node last: saves a set in each walk. */
  readonly #met: Uint32Array;
  #walk = 0;

  /** @throws 'empty-ring', 'duplicate-node', 'bad-weight', 'bad-id', 'bad-domain', 'bad-option', 'too-many-points' */
  constructor(specs: readonly NodeSpec[], { virtualNodes = VIRTUAL_NODES_DEFAULT, version = 1 }: RingOptions = {}) {
    requireWhole('virtualNodes', virtualNodes, 1, VIRTUAL_NODES_MAX);
    requireWhole('version', version, 0, Number.MAX_SAFE_INTEGER);
    this.version = version;
    this.virtualNodes = virtualNodes;
    this.nodes = toNodes(specs).toSorted(byId);
    this.#ids = this.nodes.map(({ id }) => id);
    this.#points = new Points(layOut(this.nodes, virtualNodes), this.nodes.length);
    this.#met = new Uint32Array(this.nodes.length);
  }

  /** How many points the ring has. */
  get size(): number {
    return this.#points.size;
  }

  locate(key: string): string {
    return this.#ids[this.#points.ownerAt(this.#points.find(hashWords(key, KEY_SEED, scratch)))]!;
  }

  replicas(key: string, count: number): readonly string[] {
    requireReplicas(count, this.nodes.length);
    this.#walk = (this.#walk + 1) >>> 0 || this.#restartWalks();
    const found: string[] = [];
    for (let at = this.#points.find(hashWords(key, KEY_SEED, scratch)); found.length < count; at++) {
      if (at >= this.size) at = 0;
      const owner = this.#points.ownerAt(at);
      if (this.#met[owner] === this.#walk) continue;
      this.#met[owner] = this.#walk;
      found.push(this.#ids[owner]!);
    }
    return found;
  }

  with(node: NodeSpec): Ring {
    return this.#next([...this.nodes, node]);
  }

  without(id: string): Ring {
    return this.#next(nodesWithout(this.nodes, id));
  }

  replace(id: string, node: NodeSpec): Ring {
    return this.#next(nodesReplaced(this.nodes, id, node));
  }

  /** Only keys to or from this node move: a heavier node keeps all its points and gets more. */
  reweigh(id: string, weight: number): Ring {
    const at = indexOfNode(this.nodes, id);
    return this.#next(this.nodes.with(at, { ...this.nodes[at]!, weight }));
  }

  /** The exact share of the circle that each node owns, in the order of `nodes`. They add up to 1. */
  shares(): readonly number[] {
    const shares = this.nodes.map(() => 0);
    let before = this.#points.positionAt(this.size - 1) - CIRCLE;
    for (let at = 0; at < this.size; at++) {
      const position = this.#points.positionAt(at);
      shares[this.#points.ownerAt(at)]! += (position - before) / CIRCLE;
      before = position;
    }
    return shares;
  }

  describe(): HashDescription {
    return { kind: this.kind, version: this.version, nodes: this.nodes, virtualNodes: this.virtualNodes };
  }

  #next(specs: readonly NodeSpec[]): Ring {
    return new Ring(specs, { virtualNodes: this.virtualNodes, version: this.version + 1 });
  }

  #restartWalks(): number {
    this.#met.fill(0);
    return 1;
  }
}

/** @returns the points in order, each a position and the index of its node in one exact number */
function layOut(nodes: readonly HashNode[], virtualNodes: number): Float64Array {
  const counts = nodes.map(({ weight }) => Math.max(1, Math.round(weight * virtualNodes)));
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total > POINTS_MAX || nodes.length >= INDEX_SPAN) {
    refuse('too-many-points', `${total} virtual nodes; at most ${POINTS_MAX}: lower virtualNodes or the weights`);
  }
  const packed = new Float64Array(total);
  let at = 0;
  for (const [index, count] of counts.entries()) {
    const { high, low } = hash64(nodes[index]!.seat, NODE_SEED);
    for (let point = 0; point < count; point++) {
      const position = mix32(mix32(high + Math.imul(point, GOLDEN)) ^ low) >>> 0;
      packed[at++] = position * INDEX_SPAN + index;
    }
  }
  return packed.sort();
}
