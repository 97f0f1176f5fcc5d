// The rounds of a drill added up: what was injected against what was diagnosed, the times, and what must be zero.
import type { Diagnosed, Finding, RoundTimes } from './finding.js';
import type { FaultKind } from './subjects.js';

export interface RoundResult extends Finding {
  readonly kind: 'round';
  /** From 1. */
  readonly round: number;
  readonly fault: FaultKind;
  readonly victim: { readonly name: string; readonly pid: number; readonly role: 'leader' | 'follower' | 'component' };
  /** Wall clock, when the fault struck. */
  readonly at: number;
  readonly passed: boolean;
}

export interface Spread {
  readonly count: number;
  readonly median: number;
  readonly max: number;
}

export type TimeName = keyof RoundTimes | 'firstAcceptedWrite';

export interface Report {
  readonly kind: 'report';
  readonly format: 1;
  readonly passed: boolean;
  readonly seed: number;
  readonly rounds: number;
  readonly rightlyNamed: number;
  /** By what was injected, then by what it was diagnosed as. */
  readonly confusion: Readonly<Partial<Record<FaultKind, Readonly<Partial<Record<Diagnosed, number>>>>>>;
  /** In milliseconds, from the fault; first accepted writes: of faults of the leader. Absent: no round had it. */
  readonly times: Readonly<Partial<Record<TimeName, Spread>>>;
  readonly acknowledged: number;
  readonly lost: number;
  readonly stale: number;
  readonly falseActions: number;
  readonly objections: readonly string[];
}

export interface Asked {
  readonly seed: number;
  readonly wanted: number;
  /** Why fewer rounds were done than were asked for. */
  readonly cutShort: string | undefined;
}

export function tally(rounds: readonly RoundResult[], { seed, wanted, cutShort }: Asked): Report {
  const sum = (count: (round: RoundResult) => number): number => rounds.reduce((total, round) => total + count(round), 0);
  const objections = rounds.flatMap(({ round, objections: each }) => each.map((objection) => `round ${round}: ${objection}`));
  if (cutShort !== undefined) objections.push(`only ${rounds.length} of ${wanted} rounds were done: ${cutShort}`);
  return {
    kind: 'report',
    format: 1,
    passed: objections.length === 0,
    seed,
    rounds: rounds.length,
    rightlyNamed: sum(({ rightlyNamed }) => Number(rightlyNamed)),
    confusion: confusionOf(rounds),
    times: timesOf(rounds),
    acknowledged: sum(({ acknowledged }) => acknowledged),
    lost: sum(({ lost }) => lost),
    stale: sum(({ stale }) => stale),
    falseActions: sum(({ falseActions }) => falseActions),
    objections,
  };
}

function confusionOf(rounds: readonly RoundResult[]): Report['confusion'] {
  const matrix: Partial<Record<FaultKind, Partial<Record<Diagnosed, number>>>> = {};
  for (const { fault, diagnosedAs } of rounds) {
    matrix[fault] ??= {};
    matrix[fault][diagnosedAs] = (matrix[fault][diagnosedAs] ?? 0) + 1;
  }
  return matrix;
}

function timesOf(rounds: readonly RoundResult[]): Report['times'] {
  const measured: Readonly<Record<TimeName, readonly (number | null | undefined)[]>> = {
    mttd: rounds.map(({ times }) => times.mttd),
    mtta: rounds.map(({ times }) => times.mtta),
    mttm: rounds.map(({ times }) => times.mttm),
    mttr: rounds.map(({ times }) => times.mttr),
    firstAcceptedWrite: rounds.map(({ firstAcceptedWriteMs }) => firstAcceptedWriteMs),
  };
  const spreads = Object.entries(measured).map(([name, values]) => [name, spreadOf(values)] as const);
  return Object.fromEntries(spreads.filter(([, spread]) => spread !== undefined));
}

function spreadOf(values: readonly (number | null | undefined)[]): Spread | undefined {
  const sorted = values.filter((value) => value !== null && value !== undefined).sort((left, right) => left - right);
  if (sorted.length === 0) return undefined;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]!;
  const upper = sorted[Math.floor(sorted.length / 2)]!;
  return { count: sorted.length, median: Math.round(((lower + upper) / 2) * 10) / 10, max: sorted.at(-1)! };
}
