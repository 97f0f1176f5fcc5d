// From two placements to a plan. A key changes one voter at a time, the new one first: any two consecutive voter sets then
// differ by one, so their majorities meet, and no more votes are missing at any moment than were at the start.
import { refuse, requireWhole } from '../errors.js';
import { hash64Hex } from '../hash.js';
import { loadsOf, type Placement } from '../placement.js';
import { requireQuorums } from './check.js';
import type { MovementPlan, MoveReason, PlanAction, PlanStep, ReplicaMove } from './types.js';

export interface PlanOptions {
  /** Nodes that will not come back: nothing can be copied from them, and their votes are missing already. */
  readonly dead?: readonly string[];
  /** How many copies a node sends or receives within one step; 4 if not given. Lower is gentler and longer. */
  readonly copiesPerNode?: number;
}

const COPIES_PER_NODE_DEFAULT = 4;

/** What restores lost replicas goes first, then what empties leaving nodes, then what is only for balance. */
const URGENCY: Readonly<Record<MoveReason, number>> = {
  'source-died': 0,
  'source-left': 1,
  'more-replicas': 2,
  'target-joined': 3,
  rebalanced: 4,
  'fewer-replicas': 5,
};

/**
 * @param to of the same keys
 * @throws 'other-plan' if the keys differ; 'quorum-lost' if too many replicas of a key are dead; 'bad-option'
 */
export function planMovement(from: Placement, to: Placement, options: PlanOptions = {}): MovementPlan {
  const { dead = [], copiesPerNode = COPIES_PER_NODE_DEFAULT } = options;
  requireWhole('copiesPerNode', copiesPerNode, 1, Number.MAX_SAFE_INTEGER);
  requireSameKeys(from, to);
  const moves = [...from.keys.keys()].flatMap((key) => movesOf(key, from, to, dead));
  moves.sort((left, right) => URGENCY[left.why] - URGENCY[right.why]);
  const steps = toWaves(moves, copiesPerNode, from, dead).flatMap(toSteps);
  const content = {
    fromVersion: from.version,
    toVersion: to.version,
    dead,
    moves,
    steps,
    moved: moves.filter((move) => move.to !== undefined).length,
    leastMoves: leastMoves(from, to),
  };
  requireQuorums(content, from);
  return { id: hash64Hex(JSON.stringify(content)), ...content };
}

/** Σ max(0, after - before) over all nodes: a node that ends with more replicas must receive as many. */
export function leastMoves(from: Placement, to: Placement): number {
  const before = loadsOf(from);
  return [...loadsOf(to)].reduce((sum, [id, after]) => sum + Math.max(0, after - (before.get(id) ?? 0)), 0);
}

function requireSameKeys(from: Placement, to: Placement): void {
  const missing =
    [...from.keys.keys()].find((key) => !to.keys.has(key)) ?? [...to.keys.keys()].find((key) => !from.keys.has(key));
  if (missing !== undefined) refuse('other-plan', `only one of the placements has the key ${JSON.stringify(missing)}`);
}

function movesOf(key: string, from: Placement, to: Placement, dead: readonly string[]): readonly ReplicaMove[] {
  const before = from.keys.get(key)!;
  const after = to.keys.get(key)!;
  // The dead first: what replaces them is most urgent.
  const going = before.filter((id) => !after.includes(id)).sort((a, b) => Number(dead.includes(b)) - Number(dead.includes(a)));
  const coming = after.filter((id) => !before.includes(id));
  const paired = Math.max(going.length, coming.length);
  return Array.from({ length: paired }, (_, at) => describeMove(key, going[at], coming[at], { from, to, dead }));
}

interface Sides {
  readonly from: Placement;
  readonly to: Placement;
  readonly dead: readonly string[];
}

function describeMove(key: string, source: string | undefined, target: string | undefined, sides: Sides): ReplicaMove {
  if (source === undefined) return { key, to: target!, why: 'more-replicas' };
  const why = reasonOf(source, target, sides);
  return target === undefined ? { key, from: source, why } : { key, from: source, to: target, why };
}

function reasonOf(source: string, target: string | undefined, { from, to, dead }: Sides): MoveReason {
  if (dead.includes(source)) return 'source-died';
  if (!to.nodes.includes(source)) return 'source-left';
  if (target === undefined) return 'fewer-replicas';
  return from.nodes.includes(target) ? 'rebalanced' : 'target-joined';
}

/** In each wave a key occurs once, and no node copies more than its limit. */
function toWaves(
  moves: readonly ReplicaMove[],
  limit: number,
  from: Placement,
  dead: readonly string[],
): readonly (readonly ReplicaMove[])[] {
  const waves: ReplicaMove[][] = [];
  let left = moves;
  while (left.length > 0) {
    const wave = new Wave(limit);
    const later = left.filter((move) => !wave.take(move, sourceOf(move, from, dead)));
    waves.push(wave.moves);
    left = later;
  }
  return waves;
}

/** Whom the copy burdens: the replica that goes, or a living one in its place. */
const sourceOf = ({ key, from: gone }: ReplicaMove, from: Placement, dead: readonly string[]): string | undefined =>
  gone !== undefined && !dead.includes(gone) ? gone : from.keys.get(key)!.find((id) => !dead.includes(id));

class Wave {
  readonly moves: ReplicaMove[] = [];
  readonly #limit: number;
  readonly #keys = new Set<string>();
  readonly #sends = new Map<string, number>();
  readonly #receives = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  take(move: ReplicaMove, source: string | undefined): boolean {
    if (this.#keys.has(move.key)) return false;
    if (move.to !== undefined && source !== undefined) {
      const sends = this.#sends.get(source) ?? 0;
      const receives = this.#receives.get(move.to) ?? 0;
      if (sends >= this.#limit || receives >= this.#limit) return false;
      this.#sends.set(source, sends + 1);
      this.#receives.set(move.to, receives + 1);
    }
    this.#keys.add(move.key);
    this.moves.push(move);
    return true;
  }
}

function toSteps(wave: readonly ReplicaMove[]): readonly PlanStep[] {
  const coming = wave.flatMap(({ key, to }) => (to === undefined ? [] : [{ key, node: to }]));
  const going = wave.flatMap(({ key, from }) => (from === undefined ? [] : [{ key, node: from }]));
  const step = (kind: PlanAction['kind'], actions: readonly Omit<PlanAction, 'kind'>[]): PlanStep => ({
    actions: actions.map((action) => ({ kind, ...action })),
  });
  return [step('copy', coming), step('add', coming), step('remove', going)].filter(({ actions }) => actions.length > 0);
}
