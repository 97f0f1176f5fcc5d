// Runs in words.
import { type ReplayOptions, replayCommand, type SeedsSummary, type ShrinkStep, type SimulationReport } from '@reknit/simulator';
import type { Terminal } from '../output/terminal.js';
import { plural, spokenCount, spokenDuration } from '../output/words.js';

export function showRun(terminal: Terminal, report: SimulationReport, tookMs: number, shape: ReplayOptions): void {
  const { paint } = terminal;
  const { seed, protocol, violations, operations, acknowledged, unknown, virtualMs, fired, digest } = report;
  const happened = Object.entries(fired).map(([kind, times]) => `${times} × ${kind}`);
  const mark = violations.length === 0 ? paint.green('✔') : paint.red('✗');
  const time = `${spokenDuration(virtualMs)} in ${spokenDuration(tookMs)}`;
  const load = `${plural(operations, 'operation')}, ${acknowledged} acknowledged, ${unknown} unknown`;
  terminal.line(`  ${mark} ${protocol} seed ${seed}  ${time}  ${load}  ${paint.dim(`${happened.join(', ')}  digest ${digest}`)}`);
  const checked = checkedOf(report);
  if (checked.length > 0) terminal.line(paint.dim(`      ${checked.join('; ')}`));
  for (const { rule, detail } of violations) terminal.line(`      ${rule}: ${detail}`);
  if (violations.length > 0) terminal.line(`      replay:  ${paint.cyan(replayCommand(seed, { ...shape, protocol }))}`);
}

/** What clients did beside reading and writing registers, where they did. */
function checkedOf({ coverage }: SimulationReport): readonly string[] {
  const { watchEvents, watchMarks, watchCuts, leasesGranted, keepAlives, leasesExpired } = coverage;
  const { locksHeld, fencedWrites, fencedOff, listOperations, transactions } = coverage;
  return [
    ...(watchEvents === 0
      ? []
      : [`${plural(watchEvents, 'watch event')} checked, ${plural(watchMarks, 'progress mark')}, ${plural(watchCuts, 'cut')}`]),
    ...(leasesGranted === 0
      ? []
      : [`${plural(leasesGranted, 'lease')}, ${plural(keepAlives, 'keep-alive')}, ${spokenCount(leasesExpired)} expired`]),
    ...(locksHeld === 0
      ? []
      : [`${plural(locksHeld, 'lock')} held, ${plural(fencedWrites, 'fenced write')}, ${spokenCount(fencedOff)} fenced off`]),
    ...(listOperations === 0 ? [] : [`${plural(listOperations, 'operation')} on lists`]),
    ...(transactions === 0 ? [] : [plural(transactions, 'transaction')]),
  ];
}

export function showSummary(terminal: Terminal, summary: SeedsSummary): void {
  const { paint } = terminal;
  const { runs, failed, operations, virtualMs, realMs, fired } = summary;
  const verdict = failed.length === 0 ? paint.green('all clean') : paint.red(`${failed.length} with violations`);
  const rate = spokenCount(Math.round(virtualMs / Math.max(1, realMs)));
  terminal.line(
    `  ${plural(runs, 'run')}: ${verdict}; ${plural(operations, 'operation')}, ${spokenDuration(virtualMs)} in ${spokenDuration(realMs)}, ${rate} times real time`,
  );
  const happened = Object.entries(fired).sort(([one], [other]) => one.localeCompare(other));
  terminal.line(paint.dim(`      ${happened.map(([kind, times]) => `${spokenCount(times)} × ${kind}`).join(', ')}`));
}

export const shrinkProgress = ({ attempts, what, options }: ShrinkStep): string =>
  `  shrinking: ${plural(attempts, 'run')}, fewer ${what}: ${options.faults?.join() || 'no faults'}, ` +
  `${plural(options.clients ?? 16, 'client')}, ${spokenDuration(options.duration ?? 15_000)}`;
