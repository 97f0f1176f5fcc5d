// The table of leases: processor time, beside that of the same members with nothing to do.
import type { LeaseResult, LeaseSample } from './results.js';
import { median, ratioOf } from './statistics.js';
import { fixed, milliseconds, table, whole } from './table.js';

const HEAD = ['', 'renewals/s', 'CPU %', 'CPU % idle', 'p50 ms', 'p99 ms', 'CPU ratio', 'rounds'];

export function renderLease(result: LeaseResult): string {
  const counting = result.samples.filter(({ fault }) => fault === undefined);
  const lines = result.samples.flatMap(({ system, round, fault }) =>
    fault === undefined ? [] : [`- ${system}, round ${round}: ${fault}`],
  );
  const rows = result.systems.flatMap(({ name }) => row(counting, name));
  return [table(HEAD, rows), ...(lines.length > 0 ? [`Not counted:\n\n${lines.join('\n')}`] : [])].join('\n\n');
}

function row(samples: readonly LeaseSample[], system: string): readonly (readonly string[])[] {
  const own = samples.filter((sample) => sample.system === system);
  if (own.length === 0) return [];
  const middle = (of: (sample: LeaseSample) => number): number => median(own.map(of));
  return [
    [
      `${whole(own[0]!.leases)} leases kept alive: ${system}`,
      whole(middle(({ renewalsPerSecond }) => renewalsPerSecond)),
      fixed(
        middle(({ cpu }) => 100 * cpu),
        1,
      ),
      fixed(
        middle(({ cpuIdle }) => 100 * cpuIdle),
        1,
      ),
      milliseconds(middle(({ latency }) => latency.p50)),
      milliseconds(middle(({ latency }) => latency.p99)),
      ratioText(samples, system),
      `${own.length}`,
    ],
  ];
}

/** Reknit's processor time as a multiple of this system's. */
function ratioText(samples: readonly LeaseSample[], system: string): string {
  const pairs = samples.flatMap((ours) => {
    const theirs = samples.find((sample) => sample.system === system && sample.round === ours.round);
    return ours.system !== 'reknit' || system === 'reknit' || theirs === undefined ? [] : [[ours.cpu, theirs.cpu] as const];
  });
  if (pairs.length === 0) return '';
  const ratio = ratioOf(
    pairs.map(([ours]) => ours),
    pairs.map(([, theirs]) => theirs),
  );
  return `× ${fixed(ratio.of, 2)} (${fixed(ratio.lowest, 2)}–${fixed(ratio.highest, 2)})`;
}
