// When every node that may take a replica is full: the shortest chain of moves that makes room in one of them. Each move
// takes a replica of some other key one node further, without crowding that key's domains more than before.
import type { Topology } from './topology.js';

export interface Relocation {
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

interface State {
  /** Full nodes that may take the replica, most preferred first. */
  readonly walk: readonly string[];
  readonly topology: Topology;
  keysOf(id: string): ReadonlySet<string>;
  placedOf(key: string): readonly string[];
  hasRoom(id: string): boolean;
}

/** @returns the node in which room is made, and the moves in the order in which they must happen; undefined if there is no way */
export function findRelocation(
  wanted: string,
  state: State,
): { readonly start: string; readonly moves: readonly Relocation[] } | undefined {
  const cameBy = new Map<string, Relocation | undefined>(state.walk.map((id) => [id, undefined]));
  for (const from of cameBy.keys()) {
    if (state.hasRoom(from)) return unwind(from, cameBy);
    for (const step of stepsFrom(from, wanted, state)) if (!cameBy.has(step.to)) cameBy.set(step.to, step);
  }
  return undefined;
}

/** Breadth first without a queue: a Map is walked in the order in which it grows. */
function unwind(
  end: string,
  cameBy: ReadonlyMap<string, Relocation | undefined>,
): { readonly start: string; readonly moves: readonly Relocation[] } {
  const moves: Relocation[] = [];
  let at = end;
  for (let step = cameBy.get(at); step !== undefined; step = cameBy.get(at)) {
    moves.push(step);
    at = step.from;
  }
  return { start: at, moves };
}

function* stepsFrom(from: string, wanted: string, { topology, keysOf, placedOf }: State): Iterable<Relocation> {
  for (const key of keysOf(from)) {
    if (key === wanted) continue;
    const others = placedOf(key).filter((id) => id !== from);
    const crowding = topology.crowding(from, others);
    for (const { id: to } of topology.nodes) {
      if (to !== from && !others.includes(to) && topology.crowding(to, others) <= crowding) yield { key, from, to };
    }
  }
}
