// Rendezvous hashing (highest random weight), Thaler and Ravishankar (1998): every node draws a number for the key, the
// highest wins. With weights the number is -w / ln u, whose maximum falls to each node in proportion to its weight (Schindelhauer
// and Schomaker, 2005).
//
// Good at: perfect balance and weights, minimal movement whatever comes or goes, no memory, a full order of preference for each
// key, so replicas are stable too. Poor at: lookup is O(n), some 5 ns a node, three times that with weights. Right up to a few dozen nodes, or where a
// lookup is rare.
//
// The surprising thing: the logarithm is our own. `Math.log` may differ in the last bit between engines, and then two
// processes would rarely, but for ever, disagree about a key. Additions, products and quotients are exact to the bit.
import { hash64, hashWords, KEY_SEED, mix32, NODE_SEED } from './hash.js';
import { byId, nodesReplaced, nodesWithout, requireReplicas, toNodes } from './nodes.js';
import type { ConsistentHash, HashDescription, HashNode, NodeSpec } from './types.js';

/** 2⁻ᵉ for the exponents of odd numbers below 2³³: exact, and far faster than a power. */
const INVERSE_POWERS = Float64Array.from({ length: 33 }, (_, exponent) => 2 ** -exponent);
const scratch = new Uint32Array(2);

/**
 * The natural logarithm of (2·word + 1) / 2³³, always negative, the same on every platform.
 * @param word an unsigned 32-bit integer
 */
export function portableLog(word: number): number {
  const exponent = 32 - Math.clz32(word);
  // ln m = 2·artanh((m - 1) / (m + 1)), with m scaled to [√½, √2) so that the series is short.
  let mantissa = (2 * word + 1) * INVERSE_POWERS[exponent]!;
  let power = exponent - 33;
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    power++;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const z = s * s;
  const series = 1 + z * (1 / 3 + z * (1 / 5 + z * (1 / 7 + z * (1 / 9 + z * (1 / 11 + z * (1 / 13 + z * (1 / 15 + z / 17)))))));
  return power * Math.LN2 + 2 * s * series;
}

export class Rendezvous implements ConsistentHash {
  readonly kind = 'rendezvous';
  readonly version: number;
  /** In the order of their ids, so that the order in which they came does not matter. */
  readonly nodes: readonly HashNode[];
  readonly #seats: Uint32Array;
  readonly #weights: Float64Array | undefined;

  /** @throws 'empty-ring', 'duplicate-node', 'bad-weight', 'bad-id', 'bad-domain' */
  constructor(specs: readonly NodeSpec[], { version = 1 }: { readonly version?: number } = {}) {
    this.version = version;
    this.nodes = toNodes(specs).toSorted(byId);
    this.#seats = Uint32Array.from(this.nodes.flatMap(({ seat }) => Object.values(hash64(seat, NODE_SEED))));
    const equal = this.nodes.every(({ weight }) => weight === this.nodes[0]!.weight);
    this.#weights = equal ? undefined : Float64Array.from(this.nodes, ({ weight }) => weight);
  }

  locate(key: string): string {
    const high = hashWords(key, KEY_SEED, scratch);
    const low = scratch[1]!;
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < this.nodes.length; at++) {
      const score = this.#score(at, high, low);
      if (score <= most) continue;
      most = score;
      best = at;
    }
    return this.nodes[best]!.id;
  }

  replicas(key: string, count: number): readonly string[] {
    requireReplicas(count, this.nodes.length);
    const high = hashWords(key, KEY_SEED, scratch);
    const low = scratch[1]!;
    return this.nodes
      .map(({ id }, at) => ({ id, score: this.#score(at, high, low) }))
      .sort((left, right) => right.score - left.score || byId(left, right))
      .slice(0, count)
      .map(({ id }) => id);
  }

  with(node: NodeSpec): Rendezvous {
    return this.#next([...this.nodes, node]);
  }

  without(id: string): Rendezvous {
    return this.#next(nodesWithout(this.nodes, id));
  }

  replace(id: string, node: NodeSpec): Rendezvous {
    return this.#next(nodesReplaced(this.nodes, id, node));
  }

  describe(): HashDescription {
    return { kind: this.kind, version: this.version, nodes: this.nodes };
  }

  #next(specs: readonly NodeSpec[]): Rendezvous {
    return new Rendezvous(specs, { version: this.version + 1 });
  }

  /** Where all weights are equal the draw itself ranks as its logarithm would, so a first weight moves no other key. */
  #score(at: number, high: number, low: number): number {
    const drawn = mix32(mix32(high ^ this.#seats[2 * at]!) + (low ^ this.#seats[2 * at + 1]!)) >>> 0;
    return this.#weights === undefined ? drawn : -this.#weights[at]! / portableLog(drawn);
  }
}
