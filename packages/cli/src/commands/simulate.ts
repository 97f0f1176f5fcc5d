// `reknit simulate`: whole clusters in virtual time, one seed after the other. A seed that finds something is printed with the
// command that replays it.
import { FAULT_KINDS, type FaultKind, runSimulation, type SimulationReport } from '@reknit/simulator';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { jsonLine } from '../output/json.js';
import { createTerminal, type Terminal } from '../output/terminal.js';
import { plural, spokenDuration } from '../output/words.js';

export interface SimulateOptions {
  readonly seed?: number;
  readonly seeds?: number;
  readonly members?: number;
  /** Of virtual time under faults. */
  readonly seconds?: number;
  /** Separated by commas. */
  readonly faults?: string;
  readonly json?: boolean;
}

const SEED_MAX = 2 ** 31;

export async function simulate(options: SimulateOptions): Promise<number> {
  const first = options.seed ?? Math.floor(Math.random() * SEED_MAX);
  const count = options.seeds ?? 1;
  const faults = options.faults === undefined ? FAULT_KINDS : options.faults.split(',').map(faultKind);
  const terminal = createTerminal();
  let found = 0;
  for (let seed = first; seed < first + count; seed++) {
    const began = performance.now();
    const report = runSimulation({
      seed,
      faults,
      ...(options.members === undefined ? {} : { members: options.members }),
      ...(options.seconds === undefined ? {} : { duration: options.seconds * 1000 }),
    });
    if (report.violations.length > 0) found++;
    if (options.json === true) jsonLine({ kind: 'simulation', ...withoutHistory(report) });
    else show(terminal, report, performance.now() - began, replayCommand(seed, options));
  }
  if (options.json !== true && count > 1)
    terminal.line(
      `  ${plural(count, 'seed')}: ${found === 0 ? terminal.paint.green('all clean') : terminal.paint.red(`${found} with violations`)}`,
    );
  return found === 0 ? EXIT.ok : EXIT.failed;
}

function faultKind(text: string): FaultKind {
  const found = FAULT_KINDS.find((kind) => kind === text);
  if (found !== undefined) return found;
  throw new CliError(`--faults holds "${text}"`, `there are ${FAULT_KINDS.join(', ')}`, EXIT.usage);
}

const withoutHistory = ({ judgement: _, ...rest }: SimulationReport): object => rest;

function show(terminal: Terminal, report: SimulationReport, tookMs: number, replay: string): void {
  const { paint } = terminal;
  const { seed, violations, operations, acknowledged, unknown, virtualMs, fired, digest } = report;
  const happened = Object.entries(fired).map(([kind, times]) => `${times} × ${kind}`);
  const mark = violations.length === 0 ? paint.green('✔') : paint.red('✗');
  terminal.line(
    `  ${mark} seed ${seed}  ${spokenDuration(virtualMs)} in ${spokenDuration(tookMs)}  ${plural(operations, 'operation')}, ${acknowledged} acknowledged, ${unknown} unknown  ${paint.dim(`${happened.join(', ')}  digest ${digest}`)}`,
  );
  for (const violation of violations) terminal.line(`      ${violation}`);
  if (violations.length > 0) terminal.line(`      replay:  ${paint.cyan(replay)}`);
}

function replayCommand(seed: number, { members, seconds, faults }: SimulateOptions): string {
  const flags = Object.entries({ members, seconds, faults }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${value}`],
  );
  return ['reknit simulate --seed', seed, ...flags].join(' ');
}
