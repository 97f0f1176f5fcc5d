export { type Judgement, judgeHistory } from './checkers/judge.js';
export { checkLinearizability, type LinearizabilityOptions } from './checkers/linearizability/check.js';
export {
  checkLostAndStale,
  type FinalRead,
  type LostAndStale,
  type LostWrite,
  type StaleRead,
} from './checkers/lost-and-stale.js';
export {
  createProtocolInvariants,
  type InvariantViolation,
  type LeaderLog,
  type LogEntryEvent,
  type ProtocolInvariant,
  type ProtocolInvariants,
} from './checkers/protocol-invariants.js';
export {
  checkRevisionOrder,
  type RevisionRule,
  type RevisionVerdict,
  type RevisionViolation,
} from './checkers/revision-order.js';
export type { InitialStates, KnownState, LinearizabilityVerdict } from './checkers/verdict.js';
export type { Coverage } from './cluster/coverage.js';
export type { SimulationOptions, SimulationReport } from './cluster/options.js';
export {
  FAULT_KINDS,
  type FaultKind,
  type FaultPlan,
  type LoadPlan,
  parseFaults,
  parseWorkloads,
  WORKLOAD_KINDS,
  type WorkloadKind,
} from './cluster/plan.js';
export type { RunObserver, SeenMessage } from './cluster/run-observer.js';
export { runSimulation } from './cluster/simulation.js';
export type { Violation, ViolationRule } from './cluster/violation.js';
export { type HealingFault, type HealingOptions, type HealingReport, runHealing } from './healing/healing-run.js';
export { countOutcomes, History, type HistoryCounts } from './history/history.js';
export { historyFromLines, historyToLines, MalformedHistoryError } from './history/json-lines.js';
export {
  ABSENT,
  type Consistency,
  describeOperation,
  type Operation,
  type OperationKind,
  type OperationRequest,
  type Outcome,
  type Seen,
  UNOBSERVED,
} from './history/operation.js';
export { Recording } from './page/recording.js';
export { type RunPageOptions, runPage } from './page/run-page.js';
export { faultTolerance, majorityAvailability, quorumSize } from './quorum-availability.js';
export { type Availability, availabilityOf, type RecoveryTimes } from './recovery-availability.js';
export { describeReport, describeSummary, type ReplayOptions, replayCommand, reportToJson } from './run/describe.js';
export { type SeedsSummary, SeedsTotals } from './run/seeds-totals.js';
export { SHRINK_ATTEMPTS_DEFAULT, type ShrinkLimits, type ShrinkStep, type Shrunk, shrink } from './run/shrink.js';
export {
  type FinalState,
  type RegisterWorkload,
  type RegisterWorkloadOptions,
  registerWorkload,
  type WorkloadMix,
} from './workloads/register-workload.js';
export type { WorkloadClient } from './workloads/workload-client.js';
