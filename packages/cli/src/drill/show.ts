// A drill for people: one line a round while it runs, then the confusion matrix and the times.
import { pad, renderTable } from '../output/table.js';
import type { Paint, Terminal } from '../output/terminal.js';
import { plural, spokenCount, spokenDuration } from '../output/words.js';
import type { Diagnosed } from './finding.js';
import type { Report, RoundResult, TimeName } from './tally.js';

const COLUMNS: readonly (readonly [title: string, width: number])[] = [
  ['round', 6],
  ['fault', 15],
  ['of', 13],
  ['diagnosed as', 19],
  ['MTTD', 7],
  ['MTTA', 7],
  ['MTTM', 7],
  ['MTTR', 7],
  ['first write', 11],
  ['lost', 4],
  ['stale', 5],
];

const row = (cells: readonly string[]): string =>
  `  ${cells.map((cell, at) => pad(cell, COLUMNS[at]?.[1] ?? 0)).join('  ')}`.trimEnd();

export const showHead = ({ line, paint }: Terminal): void => line(row(COLUMNS.map(([title]) => paint.dim(title))));

export function showRound({ line, paint }: Terminal, result: RoundResult, wanted: number): void {
  const { round, fault, victim, diagnosedAs, rightlyNamed, times, firstAcceptedWriteMs, lost, stale, passed, objections } =
    result;
  const colour = rightlyNamed ? paint.green : paint.red;
  line(
    row([
      `${round}/${wanted}`,
      fault,
      fault === 'nothing' ? '–' : `${victim.name}${victim.role === 'leader' ? ' (leads)' : ''}`,
      colour(diagnosedAs),
      spokenTime(times.mttd),
      spokenTime(times.mtta),
      spokenTime(times.mttm),
      spokenTime(times.mttr),
      spokenTime(firstAcceptedWriteMs),
      count(paint, lost),
      count(paint, stale),
      passed ? paint.green('✔') : paint.red('✗'),
    ]),
  );
  for (const objection of objections) line(`          ${paint.red(objection)}`);
}

export function showReport({ line, paint }: Terminal, report: Report): void {
  if (report.rounds > 0) {
    line();
    for (const text of [...confusionTable(paint, report), ...timesTable(paint, report)]) line(text);
  }
  line();
  const { acknowledged, lost, stale, falseActions } = report;
  line(
    `  ${plural(acknowledged, 'acknowledged write')}, ${count(paint, lost)} lost; ${count(paint, stale)} stale; ${count(paint, falseActions)} false actions`,
  );
  line();
  if (report.passed) {
    return line(
      `  ${paint.green('✔')} ${paint.bold(`${plural(report.rounds, 'round')}, each rightly named and dealt with: nothing lost, nothing stale.`)}`,
    );
  }
  line(`  ${paint.red('✗')} ${paint.bold(`${report.rightlyNamed} of ${report.rounds} rightly named. Not in order:`)}`);
  for (const objection of report.objections) line(`    ${objection}`);
  line(`  The same faults again:  --seed ${report.seed}`);
}

function confusionTable(paint: Paint, { confusion }: Report): readonly string[] {
  const injected = Object.entries(confusion);
  const diagnosed = [...new Set(injected.flatMap(([, row]) => Object.keys(row)))].sort() as Diagnosed[];
  const head = ['injected ╲ diagnosed as', ...diagnosed].map((title) => paint.dim(title));
  const rows = injected.map(([fault, counts]) => [fault, ...diagnosed.map((verdict) => String(counts[verdict] ?? '·'))]);
  return renderTable(head, rows, '  ');
}

const TIME_TITLES: readonly (readonly [TimeName, string])[] = [
  ['mttd', 'detected (MTTD)'],
  ['mtta', 'first action (MTTA)'],
  ['mttm', 'serves again (MTTM)'],
  ['mttr', 'redundancy restored (MTTR)'],
  ['firstAcceptedWrite', 'first accepted write, faults of the leader'],
];

/** Where nothing was to be healed there are no times. */
function timesTable(paint: Paint, { times }: Report): readonly string[] {
  const head = ['from the fault', 'median', 'max', 'rounds'].map((title) => paint.dim(title));
  const rows = TIME_TITLES.flatMap(([name, title]) => {
    const spread = times[name];
    return spread === undefined
      ? []
      : [[title, spokenDuration(spread.median), spokenDuration(spread.max), spokenCount(spread.count)]];
  });
  return rows.length === 0 ? [] : ['', ...renderTable(head, rows, '  ')];
}

const spokenTime = (ms: number | null | undefined): string => (ms === undefined || ms === null ? '–' : spokenDuration(ms));

const count = (paint: Paint, value: number): string => (value === 0 ? paint.green('0') : paint.red(spokenCount(value)));
