// The table of puts or reads: medians over the rounds that count, and Reknit's share of each peer.

import { compareRates, type Measured, protocolsPart } from './protocols.js';
import { caseOf, type Sample, type ThroughputResult } from './results.js';
import { median, ratioOf } from './statistics.js';
import { fixed, milliseconds, table, whole } from './table.js';

const HEAD = ['', 'requests/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'CPU µs/request', 'generator µs', 'memory MB', 'ratio', 'rounds'];

export function renderThroughput(result: ThroughputResult): string {
  const cases = [...new Set(result.samples.map(caseOf))];
  const rows = cases.flatMap((name) =>
    result.systems
      .filter(({ name: system }) => samplesOf(result, name, system).length > 0)
      .map(({ name: system }) => row(result, name, system)),
  );
  const faults = result.samples.filter(({ fault }) => fault !== undefined);
  const lines = faults.map((sample) => `- ${sample.system}, round ${sample.round}, ${caseOf(sample)}: ${sample.fault}`);
  const protocols = protocolsPart(cases.map((name) => compareRates(name, ratesOf(result, name))));
  return [table(HEAD, rows), ...protocols, ...(lines.length > 0 ? [`Not counted:\n\n${lines.join('\n')}`] : [])].join('\n\n');
}

/** None where a generator does not speak the system's language. */
const samplesOf = (result: ThroughputResult, name: string, system: string): readonly Sample[] =>
  result.samples.filter((sample) => sample.system === system && caseOf(sample) === name);

const ratesOf = (result: ThroughputResult, name: string): readonly Measured[] =>
  result.systems.map(({ name: system }) => ({
    system,
    values: new Map(
      result.samples
        .filter((sample) => sample.system === system && caseOf(sample) === name && sample.fault === undefined)
        .map(({ round, perSecond }) => [round, perSecond]),
    ),
  }));

function row(result: ThroughputResult, name: string, system: string): readonly string[] {
  const all = samplesOf(result, name, system);
  const good = all.filter(({ fault }) => fault === undefined);
  const label = `${name}: ${system}`;
  if (good.length === 0) return [label, '–', '–', '–', '–', '–', '–', '–', '–', `0/${all.length}`];
  const middle = (value: (sample: Sample) => number): number => median(good.map(value));
  const latencies = good.flatMap(({ latency }) => (latency === undefined ? [] : [latency]));
  const generator = good.flatMap(({ generatorCpuPerRequest: micros }) => (micros === undefined ? [] : [micros]));
  return [
    label,
    whole(middle(({ perSecond }) => perSecond)),
    latencies.length === 0 ? '–' : milliseconds(median(latencies.map(({ p50 }) => p50))),
    latencies.length === 0 ? '–' : milliseconds(median(latencies.map(({ p99 }) => p99))),
    latencies.length === 0 ? '–' : milliseconds(median(latencies.map(({ p999 }) => p999))),
    fixed(
      middle(({ cpuPerRequest }) => cpuPerRequest),
      1,
    ),
    generator.length === 0 ? '–' : fixed(median(generator), 1),
    whole(middle(({ residentMegabytes }) => residentMegabytes)),
    all[0]!.asked === undefined ? ratioText(result, name, system) : '',
    `${good.length}/${all.length}`,
  ];
}

/** Reknit's rate as a multiple of this system's, over the rounds in which both count. In an open loop the rate is what was asked for. */
function ratioText(result: ThroughputResult, name: string, system: string): string {
  if (system === 'reknit') return '';
  const rates = (of: string): ReadonlyMap<number, number> =>
    new Map(
      result.samples
        .filter((sample) => sample.system === of && caseOf(sample) === name && sample.fault === undefined)
        .map((sample) => [sample.round, sample.perSecond]),
    );
  const [ours, theirs] = [rates('reknit'), rates(system)];
  const rounds = [...ours.keys()].filter((round) => theirs.has(round));
  if (rounds.length === 0) return '–';
  const ratio = ratioOf(
    rounds.map((round) => ours.get(round)!),
    rounds.map((round) => theirs.get(round)!),
  );
  return `× ${fixed(ratio.of, 2)} (${fixed(ratio.lowest, 2)}–${fixed(ratio.highest, 2)})`;
}
