// The ring of Karger et al. (1997): every node owns many points of a circle of 2³² positions; a key belongs to the first point
// at or after its own position.
//
// Good at: lookup in constant time, any node may come or go, weights of any ratio. Poor at: balance is bought with memory.
// The share of a node varies by 1/√V of itself, so V = 2048 gives a peak of about 1.06 of the mean at a hundred nodes for
// 12 to 16 bytes a point (some 2.7 MB). A join moves keys to the joiner only, a leave from the leaver only: the least that the shares permit.
//
// The surprising thing: there is no binary search. Points are spread evenly because they are hashes, so a table over the top
// bits of the position leads next to the right one.
import { refuse, requireWhole } from './errors.js';
import { hash64, hashWords, KEY_SEED, mix32, NODE_SEED } from './hash.js';
import { byId, indexOfNode, nodesReplaced, nodesWithout, requireReplicas, toNodes } from './nodes.js';
import type { ConsistentHash, HashDescription, HashNode, NodeSpec } from './types.js';

/** By the formula above the smallest power of two with which a hundred nodes stay within 1.10 of their mean, whatever their names. */
export const VIRTUAL_NODES_DEFAULT = 2048;
const VIRTUAL_NODES_MAX = 1 << 20;
/** 2²³ points are 100 MB; whoever needs more wants rendezvous or bounded loads. */
const POINTS_MAX = 1 << 23;
/** A position of 32 bits and an index share one exact number while points are sorted. */
const INDEX_SPAN = 2 ** 21;
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
  /** Position and owner of each point by turns; the last point stands for the first one, beyond the end. */
  readonly #points: Uint32Array;
  /** For each value of the top bits: the place of the first point at or after it. */
  readonly #starts: Uint32Array;
  readonly #shift: number;
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
    this.#points = layOut(this.nodes, virtualNodes);
    const bits = 32 - Math.clz32(this.#points.length / 2 - 1);
    this.#shift = 32 - Math.max(1, bits);
    this.#starts = indexTopBits(this.#points, this.#shift);
    this.#met = new Uint32Array(this.nodes.length);
  }

  /** How many points the ring has. */
  get size(): number {
    return this.#points.length / 2 - 1;
  }

  locate(key: string): string {
    return this.#ids[this.#points[this.#find(hashWords(key, KEY_SEED, scratch)) + 1]!]!;
  }

  replicas(key: string, count: number): readonly string[] {
    requireReplicas(count, this.nodes.length);
    this.#walk = (this.#walk + 1) >>> 0 || this.#restartWalks();
    const found: string[] = [];
    const end = this.#points.length - 2;
    for (let at = this.#find(hashWords(key, KEY_SEED, scratch)); found.length < count; at += 2) {
      if (at >= end) at = 0;
      const owner = this.#points[at + 1]!;
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
    const points = this.#points;
    let before = points[points.length - 4]! - 2 ** 32;
    for (let at = 0; at < points.length - 2; at += 2) {
      shares[points[at + 1]!]! += (points[at]! - before) / 2 ** 32;
      before = points[at]!;
    }
    return shares;
  }

  describe(): HashDescription {
    return { kind: this.kind, version: this.version, nodes: this.nodes, virtualNodes: this.virtualNodes };
  }

  #next(specs: readonly NodeSpec[]): Ring {
    return new Ring(specs, { virtualNodes: this.virtualNodes, version: this.version + 1 });
  }

  #find(position: number): number {
    const points = this.#points;
    let at = this.#starts[position >>> this.#shift]!;
    while (points[at]! < position) at += 2;
    return at;
  }

  #restartWalks(): number {
    this.#met.fill(0);
    return 1;
  }
}

/** Two points a round of mixing: `i` counts from the hash of the node's seat. */
function layOut(nodes: readonly HashNode[], virtualNodes: number): Uint32Array {
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
  return unpack(packed.sort());
}

function unpack(sorted: Float64Array): Uint32Array {
  const points = new Uint32Array(2 * sorted.length + 2);
  for (const [at, packed] of sorted.entries()) {
    const position = Math.floor(packed / INDEX_SPAN);
    points[2 * at] = position;
    points[2 * at + 1] = packed - position * INDEX_SPAN;
  }
  points[points.length - 2] = 0xffff_ffff;
  points[points.length - 1] = points[1]!;
  return points;
}

function indexTopBits(points: Uint32Array, shift: number): Uint32Array {
  const starts = new Uint32Array(2 ** (32 - shift));
  let at = 0;
  for (let top = 0; top < starts.length; top++) {
    while (at < points.length - 2 && points[at]! < top * 2 ** shift) at += 2;
    starts[top] = at;
  }
  return starts;
}
