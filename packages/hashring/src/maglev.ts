// Maglev hashing, Eisenbud et al. (2016): every node fills a table of prime size in its own order, one place a turn; a
// key looks its place up.
//
// Good at: the fastest lookup there is, one hash and one read; balance within n / table. Poor at: movement. When nodes change,
// some places change hands between nodes that stayed (0.6 % of all at the default size and a hundred nodes), and the table is
// computed anew, some milliseconds. Made for load balancers, where a rare move costs a connection and not a copy of data.
//
// The surprising thing: weights work by turns. A node of half the greatest weight fills a place in every other turn.
import { refuse, requireWhole } from './errors.js';
import { hash64, hashWords, KEY_SEED, mix32, NODE_SEED } from './hash.js';
import { byId, nodesReplaced, nodesWithout, requireReplicas, toNodes } from './nodes.js';
import type { ConsistentHash, HashDescription, HashNode, NodeSpec } from './types.js';

/** The paper's small table: 256 kB, and shares within 0.2 % at a hundred nodes. */
const TABLE_SIZE_DEFAULT = 65_537;
const TABLE_SIZE_MAX = 1 << 24;
const EMPTY = 0xffff_ffff;

export interface MaglevOptions {
  /** A prime, at least as large as the number of nodes; a hundred times as large for a balance within 1 %. */
  readonly tableSize?: number;
  readonly version?: number;
}

const scratch = new Uint32Array(2);

export class Maglev implements ConsistentHash {
  readonly kind = 'maglev';
  readonly version: number;
  readonly tableSize: number;
  /** In the order of their ids, so that the order in which they came does not matter. */
  readonly nodes: readonly HashNode[];
  readonly #ids: readonly string[];
  readonly #table: Uint32Array;

  /** @throws 'empty-ring', 'duplicate-node', 'bad-weight', 'bad-id', 'bad-domain', 'bad-option' */
  constructor(specs: readonly NodeSpec[], { tableSize = TABLE_SIZE_DEFAULT, version = 1 }: MaglevOptions = {}) {
    this.nodes = toNodes(specs).toSorted(byId);
    requireWhole('tableSize', tableSize, Math.max(3, this.nodes.length), TABLE_SIZE_MAX);
    if (!isPrime(tableSize))
      refuse('bad-option', `tableSize is ${tableSize}; it must be a prime, for example ${TABLE_SIZE_DEFAULT}`);
    this.version = version;
    this.tableSize = tableSize;
    this.#ids = this.nodes.map(({ id }) => id);
    this.#table = fillTable(this.nodes, tableSize);
  }

  locate(key: string): string {
    return this.#ids[this.#table[hashWords(key, KEY_SEED, scratch) % this.tableSize]!]!;
  }

  replicas(key: string, count: number): readonly string[] {
    requireReplicas(count, this.nodes.length);
    const high = hashWords(key, KEY_SEED, scratch);
    // Each key goes on with its own stride, so that the keys of a lost node spread over all others.
    const stride = 1 + ((mix32(scratch[1]!) >>> 0) % (this.tableSize - 1));
    const found = new Set<number>();
    let at = high % this.tableSize;
    for (let step = 0; found.size < count && step < this.tableSize; step++) {
      found.add(this.#table[at]!);
      at = (at + stride) % this.tableSize;
    }
    for (let index = 0; found.size < count; index++) found.add(index);
    return Array.from(found, (index) => this.#ids[index]!);
  }

  with(node: NodeSpec): Maglev {
    return this.#next([...this.nodes, node]);
  }

  without(id: string): Maglev {
    return this.#next(nodesWithout(this.nodes, id));
  }

  replace(id: string, node: NodeSpec): Maglev {
    return this.#next(nodesReplaced(this.nodes, id, node));
  }

  describe(): HashDescription {
    return { kind: this.kind, version: this.version, nodes: this.nodes, tableSize: this.tableSize };
  }

  #next(specs: readonly NodeSpec[]): Maglev {
    return new Maglev(specs, { tableSize: this.tableSize, version: this.version + 1 });
  }
}

function fillTable(nodes: readonly HashNode[], size: number): Uint32Array {
  const table = new Uint32Array(size).fill(EMPTY);
  const heaviest = Math.max(...nodes.map(({ weight }) => weight));
  // By seats, so that a replacement takes the turn of what it replaces.
  const turns = nodes
    .map(({ seat, weight }, index) => {
      const { high, low } = hash64(seat, NODE_SEED);
      return { id: seat, index, place: high % size, skip: 1 + (low % (size - 1)), pace: weight / heaviest, due: 0 };
    })
    .sort(byId);
  for (let filled = 0; ; ) {
    for (const turn of turns) {
      turn.due += turn.pace;
      if (turn.due < 1) continue;
      turn.due -= 1;
      while (table[turn.place] !== EMPTY) turn.place = (turn.place + turn.skip) % size;
      table[turn.place] = turn.index;
      if (++filled === size) return table;
    }
  }
}

function isPrime(value: number): boolean {
  for (let factor = 2; factor * factor <= value; factor++) if (value % factor === 0) return false;
  return value > 1;
}
