// A movement plan: how to get from one placement to the next, which replica moves where and why, in steps of which none costs
// a quorum. Plain data.
//
// The least any plan could move is `leastMoves` (information-theoretic: proof in docs/concepts/consistent-hashing.md). A node
// that holds k more replicas afterwards than before must receive at least k, so no way to these loads moves fewer than
// Σ max(0, after - before).

export type MoveReason = 'source-died' | 'source-left' | 'target-joined' | 'rebalanced' | 'more-replicas' | 'fewer-replicas';

/** One replica of one key. Without `from`: an additional replica. Without `to`: one too many. */
export interface ReplicaMove {
  readonly key: string;
  readonly from?: string;
  readonly to?: string;
  readonly why: MoveReason;
}

/**
 * `copy`: the node becomes a learner and catches up; it has no vote. `add`: it becomes a voter. `remove`: the node's vote ends,
 * then its data may go. Each is idempotent: an executor that died may do it again.
 */
export interface PlanAction {
  readonly kind: 'copy' | 'add' | 'remove';
  readonly key: string;
  readonly node: string;
}

/** Its actions concern different keys and may run side by side, in any order; the next step waits for all of them. */
export interface PlanStep {
  readonly actions: readonly PlanAction[];
}

export interface MovementPlan {
  /** A hash of all the rest: progress names it. */
  readonly id: string;
  readonly fromVersion: number;
  readonly toVersion: number;
  readonly dead: readonly string[];
  readonly moves: readonly ReplicaMove[];
  readonly steps: readonly PlanStep[];
  /** Replicas that are copied. */
  readonly moved: number;
  /** No plan between these loads copies fewer. */
  readonly leastMoves: number;
}

/** How many steps are done. */
export interface PlanProgress {
  readonly plan: string;
  readonly completed: number;
}
