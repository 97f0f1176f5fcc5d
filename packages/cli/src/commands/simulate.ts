// `reknit simulate`: whole clusters in virtual time, one seed after the other, each on every protocol that is asked for. A run that
// finds something is printed with the command that replays it, and made small on request.
import {
  replayCommand,
  reportToJson,
  runSimulation,
  SeedsTotals,
  SHRINK_ATTEMPTS_DEFAULT,
  type Shrunk,
  type SimulationOptions,
  type SimulationReport,
  shrink,
} from '@reknit/simulator';
import { EXIT } from '../exit-codes.js';
import { jsonLine } from '../output/json.js';
import { createTerminal, silentTerminal, type Terminal } from '../output/terminal.js';
import { plural, spokenCount } from '../output/words.js';
import { TraceFile, writePage } from '../simulate/files.js';
import { planOf, type RunPlan, type SimulateOptions } from '../simulate/plan.js';
import { showRun, showSummary, shrinkProgress } from '../simulate/show.js';

/** Of more runs only those that found something get a line. */
const LINES_MAX = 20;

interface Failure {
  readonly options: SimulationOptions;
  readonly report: SimulationReport;
}

export async function simulate(options: SimulateOptions): Promise<number> {
  const plan = planOf(options);
  const terminal = options.json === true ? silentTerminal() : createTerminal();
  // With --shrink the trace is that of the run that is left in the end.
  const trace = options.trace === undefined ? undefined : new TraceFile(options.trace);
  const runs = new Runs(plan, options, terminal, options.shrink === true ? undefined : trace);
  const failure = runs.all();
  runs.conclude();
  const small = failure !== undefined && options.shrink === true ? shrinkIt(failure, options, terminal) : undefined;
  if (small !== undefined && trace !== undefined) runSimulation({ ...small.options, trace: trace.event });
  trace?.close();
  if (options.html !== undefined) writePage(options.html, small?.options ?? failure?.options ?? runs.first);
  return failure === undefined ? EXIT.ok : EXIT.failed;
}

class Runs {
  readonly #plan: RunPlan;
  readonly #options: SimulateOptions;
  readonly #terminal: Terminal;
  readonly #trace: TraceFile | undefined;
  readonly #totals = new SeedsTotals();
  readonly #begun = performance.now();

  constructor(plan: RunPlan, options: SimulateOptions, terminal: Terminal, trace: TraceFile | undefined) {
    this.#plan = plan;
    this.#options = options;
    this.#terminal = terminal;
    this.#trace = trace;
  }

  get first(): SimulationOptions {
    const { first, protocols, shape } = this.#plan;
    return { ...shape, seed: first, protocol: protocols[0]! };
  }

  /** @returns the first run that broke a rule */
  all(): Failure | undefined {
    const { first, seeds, protocols, shape } = this.#plan;
    let failure: Failure | undefined;
    for (let seed = first; seed < first + seeds; seed++) {
      for (const protocol of protocols) {
        if (this.#isOver(seed)) return failure;
        const options = { ...shape, seed, protocol };
        const report = this.#one(options);
        if (report.violations.length > 0) failure ??= { options, report };
      }
    }
    return failure;
  }

  conclude(): void {
    const summary = this.#totals.summary(performance.now() - this.#begun);
    this.#terminal.endProgress();
    if (this.#count === 1) return;
    if (this.#options.json === true) jsonLine({ kind: 'summary', ...summary });
    else showSummary(this.#terminal, summary);
  }

  get #count(): number {
    return this.#plan.seeds * this.#plan.protocols.length;
  }

  /** The first seed is run whatever the clock says. */
  #isOver(seed: number): boolean {
    const { within } = this.#options;
    return within !== undefined && seed > this.#plan.first && performance.now() - this.#begun > within;
  }

  #one(options: SimulationOptions): SimulationReport {
    const began = performance.now();
    const report = runSimulation({ ...options, ...(this.#trace === undefined ? {} : { trace: this.#trace.event }) });
    this.#totals.add(report);
    if (this.#options.json === true) jsonLine({ kind: 'simulation', ...reportToJson(report) });
    else if (this.#count <= LINES_MAX || report.violations.length > 0)
      showRun(this.#terminal, report, performance.now() - began, this.#plan.shape);
    this.#terminal.progress(this.#progress());
    return report;
  }

  #progress(): string {
    const { runs, failed, virtualMs, realMs } = this.#totals.summary(performance.now() - this.#begun);
    const rate = spokenCount(Math.round(virtualMs / Math.max(1, realMs)));
    return `  ${spokenCount(runs)} of ${plural(this.#count, 'run')}, ${failed.length} with violations, ${rate} times real time`;
  }
}

function shrinkIt({ options, report }: Failure, { json }: SimulateOptions, terminal: Terminal): Shrunk {
  const shrunk = shrink(options, report, {
    attemptsMax: SHRINK_ATTEMPTS_DEFAULT,
    goesOn: () => true,
    onStep: (step) => terminal.progress(shrinkProgress(step)),
  });
  terminal.endProgress();
  const { seed, ...shape } = shrunk.options;
  const replay = replayCommand(seed, shape);
  if (json === true) {
    const { attempts, report: small } = shrunk;
    jsonLine({ kind: 'shrunk', attempts, replay, faults: small.faults, violations: small.violations });
    return shrunk;
  }
  terminal.line(`  made small in ${plural(shrunk.attempts, 'run')}: ${plural(shrunk.report.faults.length, 'fault event')} left`);
  for (const { number, at, kind } of shrunk.report.faults) terminal.line(`      ${at.toFixed(1)} ms  ${kind} (event ${number})`);
  for (const { rule, detail } of shrunk.report.violations) terminal.line(`      ${rule}: ${detail}`);
  terminal.line(`      replay:  ${terminal.paint.cyan(replay)}`);
  return shrunk;
}
