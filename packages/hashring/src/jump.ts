// Jump consistent hash, Lamping and Veach (2014): from a 64-bit key to one of n seats, in O(log n) steps and no memory.
//
// Good at: perfect balance, minimal movement when a node joins, memory of the list of nodes alone. Poor at: removal. Seats are
// numbered, and only the last can go at the price of its own keys; when another goes, the last node takes its seat, which
// moves up to twice the minimum. No weights. Made for shards that are replaced, not removed: `replace` is exact.
//
// The surprising thing: the 64-bit generator runs in two 32-bit halves, because a BigInt would cost twenty times as much.
import { refuse } from './errors.js';
import { hashWords, KEY_SEED, mix32 } from './hash.js';
import { indexOfNode, nodesReplaced, requireReplicas, toNodes } from './nodes.js';
import type { ConsistentHash, HashDescription, HashNode, NodeSpec } from './types.js';

/** 2862933555777941757, the paper's multiplier, in halves. */
const FACTOR_HIGH = 0x27bb2ee6;
const FACTOR_LOW = 0x87b0b0fd | 0;
const FACTOR_LOW_UPPER = 0x87b0;
const FACTOR_LOW_LOWER = 0xb0fd;
const GOLDEN = 0x9e3779b9;

/**
 * The paper's function.
 * @param high and `low` the halves of the 64-bit key
 * @param seats from 1 to 2³¹
 * @returns from 0 to `seats` - 1
 */
export function jump(high: number, low: number, seats: number): number {
  let upper = high | 0;
  let lower = low | 0;
  let seat = 0;
  let next = 0;
  while (next < seats) {
    seat = next;
    // (upper, lower) = (upper, lower) * factor + 1, modulo 2^64, by schoolbook multiplication of 16-bit halves.
    const lowerLow = lower & 0xffff;
    const lowerHigh = lower >>> 16;
    const middle = lowerHigh * FACTOR_LOW_LOWER + ((lowerLow * FACTOR_LOW_LOWER) >>> 16);
    const cross = (middle & 0xffff) + lowerLow * FACTOR_LOW_UPPER;
    const carry = lowerHigh * FACTOR_LOW_UPPER + (middle >>> 16) + (cross >>> 16);
    upper = (carry + Math.imul(upper, FACTOR_LOW) + Math.imul(lower, FACTOR_HIGH)) | 0;
    lower = (Math.imul(lower, FACTOR_LOW) + 1) | 0;
    if (lower === 0) upper = (upper + 1) | 0;
    next = Math.floor((seat + 1) * (2 ** 31 / ((upper >>> 1) + 1)));
  }
  return seat;
}

const scratch = new Uint32Array(2);

/** Tries before the rest of the replicas are taken in order of seats: enough for all but nearly all nodes. */
const TRIES_PER_NODE = 8;

export class JumpHash implements ConsistentHash {
  readonly kind = 'jump';
  readonly version: number;
  /** In the order of their seats: the order is part of the answer. */
  readonly nodes: readonly HashNode[];
  readonly #ids: readonly string[];

  /** @throws 'empty-ring', 'duplicate-node', 'bad-weight', 'bad-id', 'bad-domain', 'weights-unsupported' */
  constructor(specs: readonly NodeSpec[], { version = 1 }: { readonly version?: number } = {}) {
    this.version = version;
    this.nodes = toNodes(specs);
    const heavier = this.nodes.find(({ weight }) => weight !== this.nodes[0]!.weight);
    if (heavier !== undefined)
      refuse('weights-unsupported', `jump hash knows no weights; ${JSON.stringify(heavier.id)} has another than the first node`);
    this.#ids = this.nodes.map(({ id }) => id);
  }

  locate(key: string): string {
    const high = hashWords(key, KEY_SEED, scratch);
    return this.#ids[jump(high, scratch[1]!, this.#ids.length)]!;
  }

  replicas(key: string, count: number): readonly string[] {
    requireReplicas(count, this.nodes.length);
    const high = hashWords(key, KEY_SEED, scratch);
    const low = scratch[1]!;
    const seats = new Set([jump(high, low, this.#ids.length)]);
    for (let attempt = 1; seats.size < count && attempt <= TRIES_PER_NODE * this.#ids.length; attempt++)
      seats.add(jump(mix32(high + Math.imul(attempt, GOLDEN)), mix32(low ^ attempt), this.#ids.length));
    for (let seat = 0; seats.size < count; seat++) seats.add(seat);
    return Array.from(seats, (seat) => this.#ids[seat]!);
  }

  /** The node takes a new seat at the end. */
  with(node: NodeSpec): JumpHash {
    return new JumpHash([...this.nodes, node], { version: this.version + 1 });
  }

  /** The last node takes the seat. */
  without(id: string): JumpHash {
    const at = indexOfNode(this.nodes, id);
    const last = this.nodes.length - 1;
    const rest = this.nodes.slice(0, last);
    return new JumpHash(at === last ? rest : rest.with(at, this.nodes[last]!), { version: this.version + 1 });
  }

  replace(id: string, node: NodeSpec): JumpHash {
    return new JumpHash(nodesReplaced(this.nodes, id, node), { version: this.version + 1 });
  }

  describe(): HashDescription {
    return { kind: this.kind, version: this.version, nodes: this.nodes };
  }
}
