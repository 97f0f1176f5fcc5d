// What a process of the load can be told to do: each kind of job with what it takes and what it gives.
import { type LeaseJob, type LeaseResult, runLeaseLoad } from './lease-load.js';
import { type PacedJob, type PacedResult, runPacedLoad } from './paced-load.js';
import { type PingJob, type PingResult, runPings } from './pings.js';
import { type RawCallsJob, type RawCallsResult, runRawCalls } from './raw-calls.js';
import { runUnaryLoad, type UnaryJob, type UnaryResult } from './unary-load.js';
import { runWatchLoad, type WatchJob, type WatchResult } from './watch-load.js';

export interface Jobs {
  readonly unary: { readonly job: UnaryJob; readonly result: UnaryResult };
  readonly paced: { readonly job: PacedJob; readonly result: PacedResult };
  readonly pings: { readonly job: PingJob; readonly result: PingResult };
  readonly calls: { readonly job: RawCallsJob; readonly result: RawCallsResult };
  readonly watch: { readonly job: WatchJob; readonly result: WatchResult };
  readonly leases: { readonly job: LeaseJob; readonly result: LeaseResult };
}

export type JobKind = keyof Jobs;

/** What the parent says while the job runs; `stop` ends a job that has no end of its own. */
export type Listen = (onWord: (word: string) => void) => void;

export const RUNNERS: { readonly [K in JobKind]: (job: Jobs[K]['job'], listen: Listen) => Promise<Jobs[K]['result']> } = {
  unary: runUnaryLoad,
  paced: runPacedLoad,
  pings: runPings,
  calls: runRawCalls,
  watch: runWatchLoad,
  leases: runLeaseLoad,
};
