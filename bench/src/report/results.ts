// What a run leaves behind: plain data, written as JSON, from which the tables and the page are made.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SystemName } from '../cluster/systems.js';
import type { Percentiles } from '../load/histogram.js';
import type { PingPhase } from '../load/pings.js';
import type { Machine } from './machine.js';

/** Published, one of each kind. */
const RESULTS: string = fileURLToPath(new URL('../../results', import.meta.url));
/** Of this checkout alone. */
const RUNS: string = join(RESULTS, 'runs');

export interface Versions {
  readonly name: SystemName;
  readonly version: string;
}

export interface Run {
  readonly startedAt: string;
  readonly machine: Machine;
  readonly systems: readonly Versions[];
}

export type Operation = 'put' | 'range' | 'put (one key)' | 'put (h2load, one key)';

/** One system, one round, one kind of load. */
export interface Sample {
  readonly system: SystemName;
  readonly round: number;
  readonly operation: Operation;
  /** Of a closed loop. */
  readonly inFlight?: number;
  /** Of an open loop: requests that were due in a second. */
  readonly asked?: number;
  readonly requests: number;
  readonly perSecond: number;
  /** Microseconds; h2load does not tell. */
  readonly latency: Percentiles | undefined;
  /** Of all members together, microseconds. */
  readonly cpuPerRequest: number;
  readonly generatorCpuPerRequest: number | undefined;
  readonly residentMegabytes: number;
  /** Why this sample does not count. */
  readonly fault: string | undefined;
}

/** What rows of several systems have in common. */
export const caseOf = ({ operation, inFlight, asked }: Pick<Sample, 'operation' | 'inFlight' | 'asked'>): string =>
  `${operation}, ${inFlight === undefined ? `${asked} due a second` : `${inFlight} in flight`}`;

export type ThroughputKind = 'put' | 'open' | 'range';

export interface ThroughputResult<K extends ThroughputKind = ThroughputKind> extends Run {
  readonly kind: K;
  readonly samples: readonly Sample[];
}

export type KillLoad = 'idle' | 'half';
/** What happens to the leader's process. */
export type OutageKind = 'kill' | 'hang';

export interface KillRound {
  readonly system: SystemName;
  readonly load: KillLoad;
  /** From the signal to the reply to the first write that was sent after it. Undefined: none was accepted in time. */
  readonly outageMs: number | undefined;
  /** Terms that passed in the election, beyond the one that is needed. */
  readonly extraTerms: number;
  /** Terms that passed without a kill, while the cluster stood whole before this round. */
  readonly falseElections: number;
}

export interface BackgroundLoad {
  readonly system: SystemName;
  readonly perSecond: number;
  readonly accepted: number;
  readonly refused: number;
  readonly skipped: number;
}

export interface KillResult<K extends OutageKind = OutageKind> extends Run {
  readonly kind: K;
  readonly rounds: readonly KillRound[];
  readonly background: readonly BackgroundLoad[];
}

/** What the members' event loops were given to do, and how long pings waited meanwhile. */
export interface LoopPhase extends PingPhase {
  readonly system: SystemName;
  readonly seconds: number;
  /** Share of the phase in which the main thread of the member that fared worst was ready but had no processor. */
  readonly waitedShare: number;
  /** Which of the members led. */
  readonly leader: number;
  readonly termsPassed: number;
  readonly fault: string | undefined;
}

export interface LoopResult extends Run {
  readonly kind: 'loop';
  readonly keys: number;
  readonly phases: readonly LoopPhase[];
}

/** One system, one round: from the start of the processes until each of them has accepted a write. */
export interface StartSample {
  readonly system: SystemName;
  readonly round: number;
  readonly members: number;
  readonly readyMs: number;
}

export interface StartResult extends Run {
  readonly kind: 'start';
  readonly samples: readonly StartSample[];
}

/** One system, one round, one number of watchers. */
export interface WatchSample {
  readonly system: SystemName;
  readonly round: number;
  readonly watchers: number;
  /** Undefined: as many as were accepted. */
  readonly putsPerSecond: number | undefined;
  readonly puts: number;
  /** Events, at all watchers together. */
  readonly perSecond: number;
  /** Microseconds from when the put was due to one of its events. */
  readonly latency: Percentiles;
  /** Of all members together, microseconds. */
  readonly cpuPerEvent: number;
  readonly generatorCpuPerEvent: number;
  readonly fault: string | undefined;
}

export interface WatchResult extends Run {
  readonly kind: 'watch';
  readonly samples: readonly WatchSample[];
}

/** One system, one round: leases kept alive for a while. */
export interface LeaseSample {
  readonly system: SystemName;
  readonly round: number;
  readonly leases: number;
  readonly renewalsPerSecond: number;
  /** Of all members together, seconds of processor time a second: with the leases there but no renewals, and with them kept alive. */
  readonly cpuIdle: number;
  readonly cpu: number;
  /** Microseconds, of a renewal. */
  readonly latency: Percentiles;
  readonly fault: string | undefined;
}

export interface LeaseResult extends Run {
  readonly kind: 'lease';
  readonly samples: readonly LeaseSample[];
}

/** By kind; the page has its sections in this order. */
export interface Results {
  readonly put: ThroughputResult<'put'>;
  readonly open: ThroughputResult<'open'>;
  readonly range: ThroughputResult<'range'>;
  readonly kill: KillResult<'kill'>;
  readonly hang: KillResult<'hang'>;
  readonly start: StartResult;
  readonly watch: WatchResult;
  readonly lease: LeaseResult;
  readonly loop: LoopResult;
}

export type Kind = keyof Results;
export const KINDS: readonly Kind[] = ['put', 'open', 'range', 'kill', 'hang', 'start', 'watch', 'lease', 'loop'];
export type Result = Results[Kind];
/** What a suite measures, beside when, where and what with. */
export type Body<K extends Kind> = Omit<Results[K], keyof Run | 'kind'>;

/** @returns the file */
export function saveResult(result: Result): string {
  mkdirSync(RUNS, { recursive: true });
  const file = join(RUNS, `${result.kind}-${result.startedAt.replaceAll(/[:.]/g, '-')}.json`);
  writeFileSync(file, textOf(result));
  return file;
}

export const loadResult = (file: string): Result => JSON.parse(readFileSync(file, 'utf8')) as Result;

/** Of this checkout's runs, the newest of each kind. */
export function newestRuns(): readonly string[] {
  const names = existsSync(RUNS) ? readdirSync(RUNS).filter((name) => name.endsWith('.json')) : [];
  return KINDS.flatMap((kind) => {
    const newest = names
      .filter((name) => name.startsWith(`${kind}-`))
      .sort()
      .at(-1);
    return newest === undefined ? [] : [join(RUNS, newest)];
  });
}

/** Takes the place of what was published of its kind. */
export const publishResult = (result: Result): void => writeFileSync(publishedFile(result.kind), textOf(result));

/** What the page is made from, in its order. */
export const publishedResults = (): readonly Result[] =>
  KINDS.map(publishedFile)
    .filter((file) => existsSync(file))
    .map(loadResult);

const publishedFile = (kind: Kind): string => join(RESULTS, `${kind}.json`);
const textOf = (result: Result): string => `${JSON.stringify(result, null, 1)}\n`;
