// What a run is asked for, and what it reports.
import type { Millis } from '@reknit/base';
import type { ProtocolName } from '@reknit/consensus';
import type { Logger } from '@reknit/runtime';
import type { TraceListener } from '@reknit/runtime/simulated';
import type { Judgement } from '../checkers/judge.js';
import type { FaultEvent } from '../faults/nemesis.js';
import type { Coverage } from './coverage.js';
import type { FaultKind, FaultPlan, WorkloadKind } from './plan.js';
import type { RunObserver } from './run-observer.js';
import type { Violation } from './violation.js';

export interface SimulationOptions {
  readonly seed: number;
  /** Default 'raft'. */
  readonly protocol?: ProtocolName;
  /** Default 3. */
  readonly members?: number;
  /** Default 16: enough that writers contend at every member. */
  readonly clients?: number;
  /** Default 12. */
  readonly keys?: number;
  /** Virtual time under faults. Default 15 s. */
  readonly duration?: Millis;
  /** Mean pause between a client's operations. Default 150 ms: 16 clients make some 100 operations a second. */
  readonly thinkTime?: Millis;
  /** Exactly these kinds, instead of what the seed draws. */
  readonly faults?: readonly FaultKind[];
  /** Numbers of fault events that do not happen. */
  readonly without?: readonly number[];
  /** Exactly these beside the registers, instead of what the seed draws. */
  readonly workloads?: readonly WorkloadKind[];
  readonly trace?: TraceListener;
  readonly observer?: RunObserver;
  /** Log lines of all members. */
  readonly log?: (member: string) => Logger;
}

export interface SimulationReport {
  readonly seed: number;
  readonly protocol: ProtocolName;
  /** Empty when nothing was violated. */
  readonly violations: readonly Violation[];
  readonly plan: FaultPlan;
  /** How often each kind of fault struck; of those that go on all the time, how many frames or writes they spoilt. */
  readonly fired: Readonly<Record<string, number>>;
  /** One by one, in their order. */
  readonly faults: readonly FaultEvent[];
  readonly coverage: Readonly<Coverage>;
  readonly operations: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly virtualMs: Millis;
  /** Equal for two runs exactly if the same happened in both. */
  readonly digest: string;
  readonly judgement: Judgement | undefined;
}
