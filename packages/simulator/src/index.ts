export { checkLinearizability, type LinearizabilityOptions } from './checkers/linearizability/check.js';
export type { InitialStates, KnownState, LinearizabilityVerdict } from './checkers/verdict.js';
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
export { faultTolerance, majorityAvailability, quorumSize } from './quorum-availability.js';
