// `reknit simulate`: whole clusters in virtual time, one seed after the other. A seed that finds something is printed with the
// command that replays it.
import { closeSync, openSync, writeSync } from 'node:fs';
import {
  FAULT_KINDS,
  type FaultKind,
  parseFaults,
  parseWorkloads,
  replayCommand,
  reportToJson,
  runSimulation,
  type SimulationReport,
  WORKLOAD_KINDS,
  type WorkloadKind,
} from '@reknit/simulator';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { jsonLine } from '../output/json.js';
import { createTerminal, type Terminal } from '../output/terminal.js';
import { plural, spokenCount, spokenDuration } from '../output/words.js';

export interface SimulateOptions {
  readonly seed?: number;
  readonly seeds?: number;
  readonly members?: number;
  /** Of virtual time under faults. */
  readonly seconds?: number;
  /** Separated by commas. */
  readonly faults?: string;
  /** Likewise, or 'none'. */
  readonly workloads?: string;
  /** A file for every event of the runs, a line each. */
  readonly trace?: string;
  readonly json?: boolean;
}

const SEED_MAX = 2 ** 31;

export async function simulate(options: SimulateOptions): Promise<number> {
  const first = options.seed ?? Math.floor(Math.random() * SEED_MAX);
  const count = options.seeds ?? 1;
  const shape = {
    ...(options.faults === undefined ? {} : { faults: faultKinds(options.faults) }),
    ...(options.workloads === undefined ? {} : { workloads: workloadKinds(options.workloads) }),
    ...(options.members === undefined ? {} : { members: options.members }),
    ...(options.seconds === undefined ? {} : { duration: options.seconds * 1000 }),
  };
  const trace = options.trace === undefined ? undefined : openTrace(options.trace);
  const terminal = createTerminal();
  let found = 0;
  for (let seed = first; seed < first + count; seed++) {
    const began = performance.now();
    const report = runSimulation({ ...shape, seed, ...(trace === undefined ? {} : { trace: trace.event }) });
    if (report.violations.length > 0) found++;
    if (options.json === true) jsonLine({ kind: 'simulation', ...reportToJson(report) });
    else show(terminal, report, performance.now() - began, replayCommand(seed, shape));
  }
  trace?.close();
  if (options.json !== true && count > 1)
    terminal.line(
      `  ${plural(count, 'seed')}: ${found === 0 ? terminal.paint.green('all clean') : terminal.paint.red(`${found} with violations`)}`,
    );
  return found === 0 ? EXIT.ok : EXIT.failed;
}

function faultKinds(text: string): readonly FaultKind[] {
  const parsed = parseFaults(text);
  if ('faults' in parsed) return parsed.faults;
  throw new CliError(`--faults holds "${parsed.unknown}"`, `there are ${FAULT_KINDS.join(', ')}`, EXIT.usage);
}

function workloadKinds(text: string): readonly WorkloadKind[] {
  const parsed = parseWorkloads(text);
  if ('workloads' in parsed) return parsed.workloads;
  throw new CliError(`--workloads holds "${parsed.unknown}"`, `there are ${WORKLOAD_KINDS.join(', ')}, or none`, EXIT.usage);
}

const TRACE_LINES_PER_WRITE = 1000;

function openTrace(path: string) {
  const file = open(path);
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length > 0) writeSync(file, `${lines.join('\n')}\n`);
    lines = [];
  };
  return {
    event: (time: number, machine: string, kind: string, detail: number): void => {
      lines.push(`${time} ${machine} ${kind} ${detail}`);
      if (lines.length >= TRACE_LINES_PER_WRITE) flush();
    },
    close: (): void => {
      flush();
      closeSync(file);
    },
  };
}

function open(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (error) {
    throw new CliError(`the trace cannot be written: ${String(error)}`, 'name a file that can be made', EXIT.usage);
  }
}

function show(terminal: Terminal, report: SimulationReport, tookMs: number, replay: string): void {
  const { paint } = terminal;
  const { seed, violations, operations, acknowledged, unknown, virtualMs, fired, digest } = report;
  const happened = Object.entries(fired).map(([kind, times]) => `${times} × ${kind}`);
  const mark = violations.length === 0 ? paint.green('✔') : paint.red('✗');
  terminal.line(
    `  ${mark} seed ${seed}  ${spokenDuration(virtualMs)} in ${spokenDuration(tookMs)}  ${plural(operations, 'operation')}, ${acknowledged} acknowledged, ${unknown} unknown  ${paint.dim(`${happened.join(', ')}  digest ${digest}`)}`,
  );
  const checked = checkedOf(report);
  if (checked.length > 0) terminal.line(paint.dim(`      ${checked.join('; ')}`));
  for (const { rule, detail } of violations) terminal.line(`      ${rule}: ${detail}`);
  if (violations.length > 0) terminal.line(`      replay:  ${paint.cyan(replay)}`);
}

/** What clients did beside reading and writing registers, where they did. */
function checkedOf({ coverage }: SimulationReport): readonly string[] {
  const { watchEvents, watchMarks, watchCuts, leasesGranted, keepAlives, leasesExpired } = coverage;
  const { locksHeld, fencedWrites, fencedOff } = coverage;
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
  ];
}
