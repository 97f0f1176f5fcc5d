// The tables of watches: events a second with all the puts that are accepted, and latencies at a steady rate.
import type { WatchResult, WatchSample } from './results.js';
import { median, ratioOf } from './statistics.js';
import { fixed, milliseconds, table, whole } from './table.js';

export function renderWatch(result: WatchResult): string {
  const counting = result.samples.filter(({ fault }) => fault === undefined);
  const faults = result.samples.filter(({ fault }) => fault !== undefined);
  const lines = faults.map((sample) => `- ${sample.system}, round ${sample.round}, ${caseOf(sample)}: ${sample.fault}`);
  const names = result.systems.map(({ name }) => name);
  return [
    table(['', 'events/s', 'CPU µs/event', 'receiver µs', 'ratio', 'rounds'], rows(counting, names, 'flood', floodRow)),
    table(['', 'p50 ms', 'p99 ms', 'p99.9 ms', 'ratio of p50', 'rounds'], rows(counting, names, 'steady', steadyRow)),
    ...(lines.length > 0 ? [`Not counted:\n\n${lines.join('\n')}`] : []),
  ].join('\n\n');
}

type Row = (samples: readonly WatchSample[], ours: readonly WatchSample[]) => readonly string[];

const caseOf = ({ watchers, putsPerSecond }: WatchSample): string =>
  `${whole(watchers)} watchers, ${putsPerSecond === undefined ? 'all puts that are accepted' : `${putsPerSecond} puts/s`}`;

function rows(samples: readonly WatchSample[], systems: readonly string[], load: 'flood' | 'steady', row: Row): string[][] {
  const fitting = samples.filter(({ putsPerSecond }) => (putsPerSecond === undefined) === (load === 'flood'));
  return [...new Set(fitting.map(caseOf))].flatMap((name) => {
    const of = (system: string): WatchSample[] => fitting.filter((sample) => caseOf(sample) === name && sample.system === system);
    return systems
      .filter((system) => of(system).length > 0)
      .map((system) => [`${name}: ${system}`, ...row(of(system), system === 'reknit' ? [] : of('reknit'))]);
  });
}

function floodRow(samples: readonly WatchSample[], ours: readonly WatchSample[]): readonly string[] {
  return [
    whole(median(samples.map(({ perSecond }) => perSecond))),
    fixed(median(samples.map(({ cpuPerEvent }) => cpuPerEvent)), 1),
    fixed(median(samples.map(({ generatorCpuPerEvent }) => generatorCpuPerEvent)), 1),
    ratioText(samples, ours, ({ perSecond }) => perSecond),
    `${samples.length}`,
  ];
}

function steadyRow(samples: readonly WatchSample[], ours: readonly WatchSample[]): readonly string[] {
  return [
    milliseconds(median(samples.map(({ latency }) => latency.p50))),
    milliseconds(median(samples.map(({ latency }) => latency.p99))),
    milliseconds(median(samples.map(({ latency }) => latency.p999))),
    ratioText(samples, ours, ({ latency }) => latency.p50),
    `${samples.length}`,
  ];
}

/** Over the rounds in which both count. */
function ratioText(theirs: readonly WatchSample[], ours: readonly WatchSample[], of: (sample: WatchSample) => number): string {
  const pairs = ours.flatMap((sample) => {
    const other = theirs.find(({ round }) => round === sample.round);
    return other === undefined ? [] : [[of(sample), of(other)] as const];
  });
  if (pairs.length === 0) return '';
  const ratio = ratioOf(
    pairs.map(([our]) => our),
    pairs.map(([, their]) => their),
  );
  return `× ${fixed(ratio.of, 2)} (${fixed(ratio.lowest, 2)}–${fixed(ratio.highest, 2)})`;
}
