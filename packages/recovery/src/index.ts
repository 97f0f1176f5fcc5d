export {
  Candidacy,
  type CandidacyCallbacks,
  type CandidacyOptions,
  type ControllerRecord,
  type KnownController,
} from './controller/candidacy.js';
export { agentKey, CONTROLLER_KEY } from './controller/keys.js';
export { againstMedian, CLOCK_OFF_MS, type ClockReading, WallStep } from './detect/clock-offset.js';
export type { OutputLog } from './detect/detector.js';
export { Detectors, type DetectorsOptions, type Watch } from './detect/detectors.js';
export { DiskSpaceJudge, type DiskSpaceLimits, type Room } from './detect/disk-space.js';
export type {
  Claim,
  ConnectOutcome,
  ContendedLock,
  Effort,
  ExitMark,
  ExitStatus,
  Facts,
  Fleet,
  HealthOutcome,
  Lag,
  Neighbour,
  PastExit,
  PastIncident,
  PeerVitals,
  PeerVote,
  PlannedStop,
  QuorumView,
  Reach,
  Silence,
  Surroundings,
  Vitals,
} from './detect/facts.js';
export { bareFacts, describeExit, endedInOrder, NO_SURROUNDINGS } from './detect/facts.js';
export { Hysteresis, type HysteresisOptions } from './detect/hysteresis.js';
export type { Instruments, LogTail, Page, ProbeAnswer, TailChunk, TailPosition } from './detect/instruments.js';
export { LogPattern, type LogPatternOptions } from './detect/log-pattern.js';
export { extreme, parseSample, type Sample, type Samples, samplesNamed } from './detect/prometheus-text.js';
export type {
  ClockSignal,
  DiskLatencySignal,
  DiskSpaceSignal,
  LogSignal,
  LoopSignal,
  MetricSignal,
  ProbeOutcome,
  ProbeSignal,
  Signal,
  StoreAlarm,
  StoreSignal,
  VoteSignal,
} from './detect/signal.js';
export { describeSignal, isBadSignal, signalKey } from './detect/signal.js';
export type { Cadence, Comparison, DetectSpec, ProbeSpec, VerifySpec } from './detect/spec.js';
export { steadyStamp } from './detect/stamp.js';
export { describeThreshold, MetricJudge, type ParsedThreshold, parseThreshold, type Threshold } from './detect/threshold.js';
export type { Cause } from './diagnose/cause.js';
export type { Diagnosis, Finding, Hypothesis } from './diagnose/diagnose.js';
export { diagnose } from './diagnose/diagnose.js';
export { explain } from './diagnose/explain.js';
export type { Missing } from './diagnose/missing.js';
export type { Driver, FenceOutcome, Probe, ProcessEnd, Seen, StopOutcome } from './driver.js';
export type { Answering } from './engine/asking.js';
export { Engine, type MendRequest, type ModeRequest, type PauseRequest } from './engine/engine.js';
export type { EngineEvent, EventAbout } from './engine/events.js';
export { ENGINE_DEFAULTS, type EngineOptions, type EngineSettings } from './engine/options.js';
export type { Pause } from './engine/permits.js';
export { RequestRefused } from './engine/request-refused.js';
export type { EngineStatus, SubjectStatus } from './engine/status.js';
export type { Why } from './engine/why.js';
export { CATALOGUE, classOf } from './faults/catalogue.js';
export type { EvidenceRule, Experiment, FaultClass, FaultName, Relation, Scope, Source, Verdict } from './faults/fault-class.js';
export { FAULT_NAMES } from './faults/fault-class.js';
export * from './incidents/incident.js';
export { INCIDENT_PREFIX, incidentId, incidentKey } from './incidents/incident-id.js';
export { compareProgress, decodeIncident, encodeIncident, further, isIncident } from './incidents/merge.js';
export { type Chapter, chapterOf, type Facet, type Mark, type Span } from './incidents/timeline.js';
export type { Decision, Halt, JournalEntry, Memory, PauseMark, PlannedStopMark, SubjectMemory } from './journal/entries.js';
export { Journal } from './journal/journal.js';
export { NO_STORE } from './no-store.js';
export * from './recover/actions.js';
export { BACK_OFF_DEFAULTS, type BackOffOptions, FULL_BUDGET, type RestartBudget, restartDelay } from './recover/back-off.js';
export {
  BRAKE_DEFAULTS,
  type BrakeQuestion,
  type BrakeSettings,
  brakesOn,
  DEFAULT_POLICY,
  type Kin,
  type PastRepair,
} from './recover/brakes.js';
export { fingerprintOf } from './recover/fingerprint.js';
export type { KillSwitchReader, SwitchState } from './recover/kill-switch.js';
export { afterFutile, afterSuccess, type Futility, firstMove, type Move } from './recover/ladder.js';
export { type EffectiveMode, effectiveMode, type ModeMark, type ModeQuestion } from './recover/modes.js';
export type { Page as HumanPage, PageChannel } from './recover/page.js';
export { type PlanRequest, planFor, spokenPlan } from './recover/plan.js';
export {
  type CallOptions,
  type Committed,
  type Condition,
  type GrantedLease,
  type KeyMark,
  type Keyspace,
  type KeyValue,
  type LeaseId,
  type MemberStatus,
  type PutIf,
  type StateHash,
  type StoreClient,
  StoreError,
  type StoreErrorKind,
  type Transaction,
  type Write,
} from './store-client.js';
export type { Check } from './verify/check.js';
export type { Answer } from './verify/checks.js';
export { type ComparisonRequest, compareReplicas, type ReplicaComparison, type ReplicaHash } from './verify/compare.js';
export { VERIFICATION_DEFAULTS, type VerificationOptions } from './verify/verification.js';
