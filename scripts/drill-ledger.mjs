// The ledger of drills: docs/drills.json, from which docs/drills.md and docs/four-problems.md are made. A run is what
// `reknit drill … --json` printed once, on one commit and one machine; the newest runs are kept.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { commitNow } from './evidence.mjs';

/**
 * @typedef {import('../packages/cli/src/drill/tally.js').RoundResult} Round
 * @typedef {import('../packages/cli/src/drill/tally.js').Report} Report
 * @typedef {{ commit: string, date: string, node: string, machine: string, subject: string, protocol: string, seed: number, wanted: number, rounds: Round[], report: Report, printed: string[] }} Run
 * @typedef {{ format: 1, runs: Run[] }} Ledger
 */

export const DRILLS_JSON = new URL('../docs/drills.json', import.meta.url);
/** A round is half a kilobyte; more history is in the repository's own. */
const RUNS_MAX = 12;

/** @returns {Ledger} */
export const readDrills = (file = DRILLS_JSON) =>
  existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { format: 1, runs: [] };

/** @param {Ledger} ledger */
export const writeDrills = (ledger) => writeFileSync(DRILLS_JSON, `${JSON.stringify(ledger, null, 1)}\n`);

/** @param {Ledger} ledger @param {Run} run @returns {Ledger} */
export const withRun = ({ runs }, run) => ({ format: 1, runs: [...runs, run].slice(-RUNS_MAX) });

/**
 * @param {string} text the lines that the command printed
 * @param {typeof import('../packages/cli/src/drill/show.js')} show what it prints with for people: kept as it was that day
 * @returns {Run}
 */
export function runOf(text, show) {
  const lines = text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  const begin = lines.find(({ kind }) => kind === 'begin');
  const report = lines.findLast(({ kind }) => kind === 'report');
  if (begin === undefined || report === undefined)
    throw new Error('this is no whole drill: it takes what  reknit drill all --json  printed, from its first line to its last');
  const { subject, protocol = 'raft', seed, rounds: wanted } = begin;
  const rounds = lines.filter(({ kind }) => kind === 'round');
  return {
    commit: commitNow(),
    date: new Date(lines.find(({ kind }) => kind === 'round')?.at ?? Date.now()).toISOString().slice(0, 10),
    node: process.version,
    machine: `${os.cpus().length} × ${os.cpus()[0]?.model.trim() ?? 'unknown'}, ${os.type()} ${os.release()}`,
    subject,
    protocol,
    seed,
    wanted,
    rounds,
    report,
    printed: printed({ rounds, report, wanted }, show),
  };
}

/** Colours are for terminals. */
const paint = new Proxy({}, { get: () => (text) => text });

function printed({ rounds, report, wanted }, { showHead, showRound, showReport }) {
  const lines = [];
  const terminal = { paint, line: (text = '') => void lines.push(text) };
  showHead(terminal);
  for (const round of rounds) showRound(terminal, round, wanted);
  showReport(terminal, report);
  return lines;
}

/** What the pages speak of: of each protocol and subject the newest run. @param {Ledger} ledger */
export function newestRuns({ runs }) {
  const newest = new Map(runs.map((run) => [`${run.subject} ${run.protocol}`, run]));
  return [...newest.values()];
}
