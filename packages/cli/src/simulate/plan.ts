// What the flags of `reknit simulate` ask for, checked.

import { FAULT_KINDS, parseFaults, parseWorkloads, type ReplayOptions, WORKLOAD_KINDS } from '@reknit/simulator';
import { CliError } from '../cli-error.js';
import { PROTOCOLS, type Protocol } from '../cluster/layout.js';
import { EXIT } from '../exit-codes.js';

export interface SimulateOptions {
  readonly protocol?: Protocol | 'all';
  readonly seed?: number;
  readonly seeds?: number;
  readonly members?: number;
  readonly clients?: number;
  readonly keys?: number;
  /** Of virtual time under faults, in ms. */
  readonly for?: number;
  /** Of real time, in ms. */
  readonly within?: number;
  readonly thinkTime?: number;
  /** Separated by commas, or 'none'. */
  readonly faults?: string;
  /** Numbers of events, separated by commas. */
  readonly without?: string;
  /** Separated by commas, or 'none'. */
  readonly workloads?: string;
  /** A file for every event of the runs, a line each. */
  readonly trace?: string;
  /** A file for a page that shows the run. */
  readonly html?: string;
  readonly shrink?: boolean;
  readonly json?: boolean;
}

const SEED_MAX = 2 ** 31;

export interface RunPlan {
  readonly protocols: readonly Protocol[];
  readonly first: number;
  readonly seeds: number;
  readonly shape: ReplayOptions;
}

export function planOf(options: SimulateOptions): RunPlan {
  const { protocol = 'raft', members, clients, keys, thinkTime } = options;
  return {
    protocols: protocol === 'all' ? PROTOCOLS : [protocol],
    first: options.seed ?? Math.floor(Math.random() * SEED_MAX),
    seeds: options.seeds ?? 1,
    shape: {
      ...(options.faults === undefined ? {} : { faults: faultKinds(options.faults) }),
      ...(options.without === undefined ? {} : { without: eventNumbers(options.without) }),
      ...(options.workloads === undefined ? {} : { workloads: workloadKinds(options.workloads) }),
      ...(options.for === undefined ? {} : { duration: options.for }),
      ...(members === undefined ? {} : { members }),
      ...(clients === undefined ? {} : { clients }),
      ...(keys === undefined ? {} : { keys }),
      ...(thinkTime === undefined ? {} : { thinkTime }),
    },
  };
}

function faultKinds(text: string) {
  const parsed = parseFaults(text);
  if ('faults' in parsed) return parsed.faults;
  throw new CliError(`--faults holds "${parsed.unknown}"`, `there are ${FAULT_KINDS.join(', ')}, or none`, EXIT.usage);
}

function workloadKinds(text: string) {
  const parsed = parseWorkloads(text);
  if ('workloads' in parsed) return parsed.workloads;
  throw new CliError(`--workloads holds "${parsed.unknown}"`, `there are ${WORKLOAD_KINDS.join(', ')}, or none`, EXIT.usage);
}

function eventNumbers(text: string): readonly number[] {
  const words = text.split(',');
  const wrong = words.find((word) => !/^\d+$/.test(word.trim()));
  if (wrong === undefined) return words.map(Number);
  throw new CliError(`--without holds "${wrong}"`, 'give numbers of fault events, separated by commas: 3,7,12', EXIT.usage);
}
