export { BoundedLoads, type BoundedLoadsOptions, type BoundedMove, type MoveReason } from './bounded-loads.js';
export * from './errors.js';
export { type Hash64, hash64, hash64Hex, hashWords } from './hash.js';
export { JumpHash, jump } from './jump.js';
export { Maglev, type MaglevOptions } from './maglev.js';
export { type Balance, balanceOf, idealMovement, type Movement, measureBalance, measureMovement } from './measure.js';
export { loadsOf, type Placement, placeAll, placeReplicas } from './placement.js';
export { requireQuorums } from './plan/check.js';
export { leastMoves, type PlanOptions, planMovement } from './plan/plan.js';
export {
  completeStep,
  currentStep,
  deserializePlan,
  deserializeProgress,
  placementAfter,
  recognise,
  serializePlan,
  serializeProgress,
  startPlan,
} from './plan/progress.js';
export type {
  MovementPlan,
  MoveReason as ReplicaMoveReason,
  PlanAction,
  PlanProgress,
  PlanStep,
  ReplicaMove,
} from './plan/types.js';
export { portableLog, Rendezvous } from './rendezvous.js';
export { Ring, type RingOptions, VIRTUAL_NODES_DEFAULT } from './ring.js';
export { createHash, deserialize, HASH_KINDS, serialize } from './serialize.js';
export type { ReplicaPolicy, Spread } from './topology.js';
export * from './types.js';
