// Reports as lines for people and as plain data for programs.
import type { SimulationOptions, SimulationReport } from '../cluster/options.js';
import type { SeedsSummary } from './seeds-totals.js';

/** What was asked for beside the seed: part of the replay command, since it shapes the run. */
export type ReplayOptions = Pick<SimulationOptions, 'duration' | 'faults' | 'members' | 'workloads'>;

export function replayCommand(seed: number, { duration, faults, members, workloads }: ReplayOptions = {}): string {
  const options = [
    ...(duration === undefined ? [] : [`--seconds ${duration / 1000}`]),
    ...(faults === undefined ? [] : [`--faults ${faults.join()}`]),
    ...(members === undefined ? [] : [`--members ${members}`]),
    ...(workloads === undefined ? [] : [`--workloads ${workloads.join() || 'none'}`]),
  ];
  return ['reknit simulate --seed', seed, ...options].join(' ');
}

/** One line for a clean run; for another one its violations and how to see them again. */
export function describeReport(report: SimulationReport, options: ReplayOptions = {}): readonly string[] {
  const { seed, violations, operations, acknowledged, unknown, virtualMs, fired, coverage, digest } = report;
  const verdict = violations.length === 0 ? 'clean' : 'VIOLATED';
  const load = `${operations} operations (${acknowledged} writes acknowledged, ${unknown} unknown)`;
  const head = `seed ${seed}: ${verdict} after ${(virtualMs / 1000).toFixed(1)} virtual s, ${load}, digest ${digest}`;
  const faults = Object.keys(fired).length === 0 ? 'none' : listOf(fired);
  const line = `${head}; faults: ${faults}; ${listOf(coverage)}`;
  if (violations.length === 0) return [line];
  return [line, ...violations.map(({ rule, detail }) => `  ${rule}: ${detail}`), `  replay: ${replayCommand(seed, options)}`];
}

export function describeSummary(summary: SeedsSummary): readonly string[] {
  const { seeds, failed, operations, virtualMs, realMs, fired, coverage } = summary;
  const rate = (virtualMs / Math.max(1, realMs)).toFixed(0);
  const time = `${(virtualMs / 1000).toFixed(0)} virtual s in ${(realMs / 1000).toFixed(1)} s (${rate} times real time)`;
  return [
    `${seeds} seeds, ${failed.length} with violations, ${operations} operations, ${time}`,
    `faults: ${listOf(fired)}`,
    `happened: ${listOf(coverage)}`,
    ...(failed.length === 0 ? [] : [`failed: ${failed.join()}`]),
  ];
}

/** The history itself is left out: it is as long as the run. */
export function reportToJson(report: SimulationReport): Readonly<Record<string, unknown>> {
  const { judgement, ...rest } = report;
  return { ...rest, judgement: judgement === undefined ? 'none' : judgement.clean ? 'clean' : 'violated' };
}

const listOf = (counts: object): string =>
  Object.entries(counts)
    .map(([name, count]) => `${words(name)} ${count}`)
    .join(', ');

const words = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
