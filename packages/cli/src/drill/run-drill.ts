// The drill: real faults on real processes of a cluster of its own, under checked load. Each round is judged twice: the engine's
// records are held against what was really done, and the recorded history of the clients against what a store may answer.
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createNodeRuntime } from '@reknit/runtime/node';
import { CliError } from '../cli-error.js';
import { LAYOUT_DEFAULTS, type Protocol } from '../cluster/layout.js';
import { livesOn } from '../cluster/local-cluster.js';
import { claim, prepareDirectory } from '../demo/demo-directory.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { jsonLine } from '../output/json.js';
import { createTerminal, silentTerminal, type Terminal } from '../output/terminal.js';
import { plural, spokenDuration } from '../output/words.js';
import { type StopSignal, untilStopped } from '../stop-signal.js';
import { Exercise } from './exercise.js';
import { planRounds, type Round } from './plan.js';
import { showHead, showReport, showRound } from './show.js';
import { type DrillSubject, nameOfSubject } from './subjects.js';
import { type Report, type RoundResult, tally } from './tally.js';

export interface DrillOptions {
  readonly rounds?: number;
  /** Default: as `up`. */
  readonly protocol?: Protocol;
  /** Default: a random one, which is printed. */
  readonly seed?: number;
  /** Kept. Default: a temporary directory, kept only if the drill fails. */
  readonly data?: string;
  readonly json?: boolean;
}

const ROUNDS_DEFAULT = 5;
const SEED_MAX = 2 ** 31;
const PROGRESS_EVERY_MS = 250;

/** @returns the exit code */
export async function runDrill(subject: DrillSubject, options: DrillOptions = {}): Promise<number> {
  const { rounds = subject === 'all' ? 1 : ROUNDS_DEFAULT, seed = Math.floor(Math.random() * SEED_MAX), json = false } = options;
  const terminal = json ? silentTerminal() : createTerminal();
  const plan = planRounds(subject, rounds, seed);
  const wanted = plan.length;
  const dataDir = await directoryFor(options.data, (text) => terminal.line(`  ${text}`));
  const show: Show = { terminal, json, wanted };
  const stop = untilStopped(() => livesOn(dataDir));
  begin(show, { subject, seed, dataDir, protocol: options.protocol ?? LAYOUT_DEFAULTS.protocol });
  const exercise = await Exercise.open(dataDir, options.protocol, {
    onNote: (text) => note(show, text),
    onStoppedElsewhere: () => stop.end({ kind: 'elsewhere' }),
    onFailed: (error) => stop.end({ kind: 'failed', error }),
  });
  claim(dataDir, exercise.processes);
  const performed = await performAndSettle(exercise, plan, show, stop);
  const scratch = options.data === undefined ? dataDir : undefined;
  if (performed === undefined) return discard(scratch, EXIT.failed);
  const full = tally(performed.results, { seed, wanted, cutShort: performed.cutShort });
  conclude(show, full, scratch);
  return full.passed ? discard(scratch, EXIT.ok) : EXIT.failed;
}

interface Show {
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly wanted: number;
}

interface Performed {
  readonly results: readonly RoundResult[];
  /** Why not all rounds were done. */
  readonly cutShort: string | undefined;
}

async function directoryFor(data: string | undefined, say: (text: string) => void): Promise<string> {
  if (data === undefined) return await mkdtemp(join(tmpdir(), 'reknit-drill-'));
  const { processes } = createNodeRuntime({ log: { log: () => undefined } });
  return await prepareDirectory(resolve(data), processes, say);
}

/** @returns undefined when it was ended from outside */
async function performAndSettle(
  exercise: Exercise,
  rounds: readonly Round[],
  show: Show,
  stop: StopSignal,
): Promise<Performed | undefined> {
  try {
    return await perform(exercise, rounds, show, stop);
  } finally {
    await settle(exercise, stop, show);
  }
}

async function perform(
  exercise: Exercise,
  rounds: readonly Round[],
  show: Show,
  { ended }: StopSignal,
): Promise<Performed | undefined> {
  const endProgress = showProgress(exercise, show.terminal);
  const outside = ended.then((end) => {
    if (end.kind === 'failed') throw end.error;
    return undefined;
  });
  try {
    return await Promise.race([allRounds(exercise, rounds, show), outside]);
  } finally {
    endProgress();
  }
}

async function allRounds(exercise: Exercise, rounds: readonly Round[], show: Show): Promise<Performed> {
  const results: RoundResult[] = [];
  try {
    await exercise.ready();
    showHead(show.terminal);
    for (const [at, round] of rounds.entries()) {
      const result = await exercise.round(at + 1, round);
      results.push(result);
      if (show.json) jsonLine(result);
      else showRound(show.terminal, result, show.wanted);
      if (!exercise.isWhole && at + 1 < rounds.length) return { results, cutShort: 'the cluster is not whole' };
    }
    return { results, cutShort: undefined };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { results, cutShort: error.message };
  }
}

async function settle(exercise: Exercise, { ended }: StopSignal, { terminal }: Show): Promise<void> {
  const end = await Promise.race([ended, undefined]);
  if (end?.kind === 'elsewhere' || end?.kind === 'failed') return exercise.leave();
  terminal.progress('  stopping the nodes…');
  await exercise.stop();
  terminal.endProgress();
}

interface Begun {
  readonly subject: DrillSubject;
  readonly seed: number;
  readonly dataDir: string;
  readonly protocol: Protocol;
}

function begin({ terminal, json, wanted }: Show, { subject, seed, dataDir, protocol }: Begun): void {
  if (json)
    return jsonLine({ kind: 'begin', format: 1, subject: nameOfSubject(subject), protocol, rounds: wanted, seed, dataDir });
  const what = `${plural(wanted, 'round')} · seed ${seed} · three nodes under checked load in ${dataDir}`;
  terminal.line(`${terminal.paint.bold(`reknit drill ${nameOfSubject(subject)}`)}  ${what}`);
  terminal.line();
}

function note({ terminal, json }: Show, text: string): void {
  if (json) jsonLine({ kind: 'note', at: Date.now(), text });
  else terminal.line(`  ${terminal.paint.dim(text)}`);
}

/** @param scratch the directory that was made for this drill: worth something only where the drill has failed */
function discard(scratch: string | undefined, code: ExitCode): ExitCode {
  if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
  return code;
}

function conclude({ terminal, json }: Show, report: Report, scratch: string | undefined): void {
  if (json) return jsonLine(report);
  showReport(terminal, report);
  if (!report.passed && scratch !== undefined) terminal.line(`  The logs are in ${scratch}`);
}

/** @returns ends it */
function showProgress(exercise: Exercise, terminal: Terminal): () => void {
  const timer = setInterval(() => {
    const { text, since } = exercise.doing;
    terminal.progress(`  ${text}   ${spokenDuration(Math.round((performance.now() - since) / 100) * 100)}`);
  }, PROGRESS_EVERY_MS);
  return () => {
    clearInterval(timer);
    terminal.endProgress();
  };
}
