// The table of leaders killed or hung, and how the outages are distributed.

import { compareOutages, type Measured, protocolsPart } from './protocols.js';
import type { KillLoad, KillResult, KillRound, OutageKind } from './results.js';
import { median, percentile } from './statistics.js';
import { fixed, table, whole } from './table.js';

const headOf = (kind: OutageKind): readonly string[] => [
  `leader ${kind === 'kill' ? 'killed' : 'hung'} → first accepted write`,
  'times',
  'min ms',
  'median ms',
  'p90 ms',
  'p99 ms',
  'max ms',
  'extra terms',
  'false elections',
];
/** Upper bounds of the histogram's columns, milliseconds. */
const BOUNDS = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

interface Series {
  readonly label: string;
  readonly rounds: readonly KillRound[];
  readonly outages: readonly number[];
}

export function renderKill(result: KillResult): string {
  const all = seriesOf(result);
  const parts = [
    table(headOf(result.kind), all.map(row)),
    table(['outages of', ...BOUNDS.map((bound) => `≤ ${bound}`), 'more'], all.map(histogram)),
  ];
  const loads = [...new Set(result.rounds.map(({ load }) => load))];
  parts.push(...protocolsPart(loads.map((load) => compareOutages(LOAD_NAMES[load], measuredOf(result, load)))));
  const background = result.background.map(
    ({ system, perSecond, accepted, refused, skipped }) =>
      `- ${system}: ${whole(perSecond)} puts/s over all members; ${whole(accepted)} accepted, ${whole(refused)} refused, ${whole(skipped)} not sent`,
  );
  if (background.length > 0) parts.push(`Half load, for each block of them:\n\n${background.join('\n')}`);
  return parts.join('\n\n');
}

const LOAD_NAMES: Readonly<Record<KillLoad, string>> = { idle: 'idle', half: 'half load' };

const measuredOf = (result: KillResult, load: KillLoad): readonly Measured[] =>
  result.systems.map(({ name }) => ({
    system: name,
    values: new Map(
      result.rounds
        .filter((round) => round.system === name && round.load === load)
        .flatMap(({ outageMs }, at) => (outageMs === undefined ? [] : [[at, outageMs]])),
    ),
  }));

function seriesOf(result: KillResult): readonly Series[] {
  const loads = [...new Set(result.rounds.map(({ load }) => load))];
  return loads.flatMap((load) =>
    result.systems.map(({ name }) => {
      const rounds = result.rounds.filter((round) => round.system === name && round.load === load);
      const outages = rounds.flatMap(({ outageMs }) => (outageMs === undefined ? [] : [outageMs]));
      return { label: `${name}, ${LOAD_NAMES[load]}`, rounds, outages };
    }),
  );
}

function row({ label, rounds, outages }: Series): readonly string[] {
  const sum = (of: (round: KillRound) => number): string => whole(rounds.reduce((total, round) => total + of(round), 0));
  const figures =
    outages.length === 0
      ? ['–', '–', '–', '–', '–']
      : [Math.min(...outages), median(outages), percentile(outages, 0.9), percentile(outages, 0.99), Math.max(...outages)].map(
          (value) => fixed(value, 1),
        );
  const unanswered = rounds.length - outages.length;
  return [
    label,
    unanswered === 0 ? `${rounds.length}` : `${rounds.length} (${unanswered} without an answer)`,
    ...figures,
    sum(({ extraTerms }) => extraTerms),
    sum(({ falseElections }) => falseElections),
  ];
}

function histogram({ label, outages }: Series): readonly string[] {
  const counts = [...BOUNDS, Number.POSITIVE_INFINITY].map(
    (bound, at) => outages.filter((outage) => outage <= bound && outage > (BOUNDS[at - 1] ?? -1)).length,
  );
  return [label, ...counts.map((count) => (count === 0 ? '' : `${count}`))];
}
