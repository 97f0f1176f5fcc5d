// What an algorithm is judged by: balance of one hash, movement between two. Over keys that the caller gives, so that the
// figures are those of real use and not of the formula.
import type { ConsistentHash } from './types.js';

export interface Balance {
  readonly keys: number;
  /** Of each node, in the order of the hash. */
  readonly loads: readonly { readonly id: string; readonly load: number; readonly fair: number }[];
  /** The greatest load over its node's fair share: 1 is perfect. */
  readonly peak: number;
  readonly least: number;
  /** Standard deviation of load over fair share. */
  readonly deviation: number;
}

export function measureBalance(hash: ConsistentHash, keys: readonly string[]): Balance {
  const loads = new Map(hash.nodes.map(({ id }) => [id, 0]));
  for (const key of keys) {
    const id = hash.locate(key);
    loads.set(id, loads.get(id)! + 1);
  }
  return balanceOf(hash, loads);
}

export function balanceOf({ nodes }: ConsistentHash, loads: ReadonlyMap<string, number>): Balance {
  const keys = [...loads.values()].reduce((sum, load) => sum + load, 0);
  const weights = nodes.reduce((sum, { weight }) => sum + weight, 0);
  const rows = nodes.map(({ id, weight }) => ({ id, load: loads.get(id) ?? 0, fair: (keys * weight) / weights }));
  const ratios = rows.map(({ load, fair }) => load / fair);
  return {
    keys,
    loads: rows,
    peak: Math.max(...ratios),
    least: Math.min(...ratios),
    deviation: Math.sqrt(ratios.reduce((sum, ratio) => sum + (ratio - 1) ** 2, 0) / ratios.length),
  };
}

export interface Movement {
  readonly keys: number;
  /** How many keys have another owner. */
  readonly moved: number;
  /** Σ max(0, after - before): no way from these loads to those moves fewer. */
  readonly least: number;
  /** What a perfectly balanced hash would have to move. */
  readonly ideal: number;
}

export function measureMovement(from: ConsistentHash, to: ConsistentHash, keys: readonly string[]): Movement {
  const gains = new Map<string, number>();
  let moved = 0;
  for (const key of keys) {
    const before = from.locate(key);
    const after = to.locate(key);
    if (before === after) continue;
    moved++;
    gains.set(before, (gains.get(before) ?? 0) - 1);
    gains.set(after, (gains.get(after) ?? 0) + 1);
  }
  const least = [...gains.values()].reduce((sum, gain) => sum + Math.max(0, gain), 0);
  return { keys: keys.length, moved, least, ideal: keys.length * idealMovement(from, to) };
}

/** The share of all keys that must move between two perfectly balanced hashes: Σ max(0, after - before) of fair shares. */
export function idealMovement(from: ConsistentHash, to: ConsistentHash): number {
  const before = fairShares(from);
  return [...fairShares(to)].reduce((sum, [id, share]) => sum + Math.max(0, share - (before.get(id) ?? 0)), 0);
}

function fairShares({ nodes }: ConsistentHash): ReadonlyMap<string, number> {
  const total = nodes.reduce((sum, { weight }) => sum + weight, 0);
  return new Map(nodes.map(({ id, weight }) => [id, weight / total]));
}
