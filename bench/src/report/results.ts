// What a run leaves behind: plain data, written as JSON, from which the tables and the page are made.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SystemName } from '../cluster/systems.js';
import type { Percentiles } from '../load/histogram.js';
import type { Machine } from './machine.js';

export const RESULTS: string = fileURLToPath(new URL('../../results', import.meta.url));

export interface Versions {
  readonly name: SystemName;
  readonly version: string;
}

interface Run {
  readonly startedAt: string;
  readonly machine: Machine;
  readonly systems: readonly Versions[];
}

export type Operation = 'put' | 'range' | 'put (h2load, one key)';

/** One system, one round, one kind of load. */
export interface Sample {
  readonly system: SystemName;
  readonly round: number;
  readonly operation: Operation;
  readonly inFlight: number;
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

export interface ThroughputResult extends Run {
  readonly kind: 'put' | 'range';
  readonly samples: readonly Sample[];
}

export type KillLoad = 'idle' | 'half';

export interface KillRound {
  readonly system: SystemName;
  readonly load: KillLoad;
  /** From the kill to the reply to the first write that was sent after it. Undefined: none was accepted in time. */
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

export interface KillResult extends Run {
  readonly kind: 'kill';
  readonly rounds: readonly KillRound[];
  readonly background: readonly BackgroundLoad[];
}

export type Result = ThroughputResult | KillResult;

/** @returns the file */
export function saveResult(result: Result): string {
  mkdirSync(RESULTS, { recursive: true });
  const file = join(RESULTS, `${result.kind}-${result.startedAt.replaceAll(/[:.]/g, '-')}.json`);
  writeFileSync(file, `${JSON.stringify(result, null, 1)}\n`);
  return file;
}

export const loadResult = (file: string): Result => JSON.parse(readFileSync(file, 'utf8')) as Result;

/** The newest of each kind. */
export function newestResults(): readonly string[] {
  const names = readdirSync(RESULTS).filter((name) => name.endsWith('.json'));
  return ['put', 'range', 'kill'].flatMap((kind) => {
    const newest = names
      .filter((name) => name.startsWith(`${kind}-`))
      .sort()
      .at(-1);
    return newest === undefined ? [] : [join(RESULTS, newest)];
  });
}
