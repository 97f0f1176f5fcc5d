// Reports as lines for people and as plain data for programs.
import { formatDuration } from '@reknit/base';
import type { SimulationOptions, SimulationReport } from '../cluster/options.js';
import type { SeedsSummary } from './seeds-totals.js';

/** What was asked for beside the seed: part of the replay command, since it shapes the run. */
export type ReplayOptions = Omit<SimulationOptions, 'seed' | 'trace' | 'observer' | 'log'>;

export function replayCommand(seed: number, options: ReplayOptions = {}): string {
  const { protocol, duration, faults, without = [], members, clients, keys, thinkTime, workloads } = options;
  const flags: readonly (readonly [string, string | number | undefined])[] = [
    ['protocol', protocol],
    ['for', duration === undefined ? undefined : formatDuration(duration)],
    ['faults', faults === undefined ? undefined : faults.join() || 'none'],
    ['without', without.length === 0 ? undefined : without.join()],
    ['members', members],
    ['clients', clients],
    ['keys', keys],
    ['think-time', thinkTime],
    ['workloads', workloads === undefined ? undefined : workloads.join() || 'none'],
  ];
  const given = flags.flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${value}`]));
  return ['reknit simulate --seed', seed, ...given].join(' ');
}

/** One line for a clean run; for another one its violations and how to see them again. */
export function describeReport(report: SimulationReport, options: ReplayOptions = {}): readonly string[] {
  const { seed, protocol, violations, operations, acknowledged, unknown, virtualMs, fired, coverage, digest } = report;
  const verdict = violations.length === 0 ? 'clean' : 'VIOLATED';
  const load = `${operations} operations (${acknowledged} writes acknowledged, ${unknown} unknown)`;
  const head = `${protocol} seed ${seed}: ${verdict} after ${(virtualMs / 1000).toFixed(1)} virtual s, ${load}, digest ${digest}`;
  const faults = Object.keys(fired).length === 0 ? 'none' : listOf(fired);
  const line = `${head}; faults: ${faults}; ${listOf(coverage)}`;
  if (violations.length === 0) return [line];
  return [
    line,
    ...violations.map(({ rule, detail }) => `  ${rule}: ${detail}`),
    `  replay: ${replayCommand(seed, { protocol, ...options })}`,
  ];
}

export function describeSummary(summary: SeedsSummary): readonly string[] {
  const { seeds, runs, failed, operations, virtualMs, realMs, fired, coverage } = summary;
  const rate = (virtualMs / Math.max(1, realMs)).toFixed(0);
  const time = `${(virtualMs / 1000).toFixed(0)} virtual s in ${(realMs / 1000).toFixed(1)} s (${rate} times real time)`;
  return [
    `${seeds} seeds, ${runs} runs, ${failed.length} with violations, ${operations} operations, ${time}`,
    `faults: ${listOf(fired)}`,
    `happened: ${listOf(coverage)}`,
    ...(failed.length === 0 ? [] : [`failed: ${failed.map(({ protocol, seed }) => `${protocol} ${seed}`).join(', ')}`]),
  ];
}

/** The history itself is left out: it is as long as the run. */
export function reportToJson(report: SimulationReport): Readonly<Record<string, unknown>> {
  const { judgement, faults: _, ...rest } = report;
  return { ...rest, judgement: verdictOf(judgement) };
}

/** 'unknown': nothing was found, and not everything could be searched. */
function verdictOf(judgement: SimulationReport['judgement']): 'none' | 'clean' | 'unknown' | 'violated' {
  if (judgement === undefined) return 'none';
  if (judgement.clean) return 'clean';
  const { linearizability, revisions, writes } = judgement;
  const found = linearizability.kind === 'violation' || revisions.kind !== 'ordered' || writes.verdict !== 'clean';
  return found ? 'violated' : 'unknown';
}

const listOf = (counts: object): string =>
  Object.entries(counts)
    .map(([name, count]) => `${words(name)} ${count}`)
    .join(', ');

const words = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
