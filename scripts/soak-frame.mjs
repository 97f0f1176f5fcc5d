// What all soaks have in common: rounds until enough are done or the time is up, a line of progress, a ledger that is summed,
// a result in JSON, an exit code. A soak says how a round is made:
//
//   await runSoak({ name: 'elections', open: async () => ({
//     round: async ({ number, of }) => ({ line: 'what happened', objections: [], figures: { kills: 1 } }),
//     conclude: async () => ({ objections: [] }),            may be left out: what is only known at the end
//     close: async () => {},                                 may be left out; called however the soak ends
//   }) }, limitsOf(values));
//
// Exit code 0: no objection; 1: objections; 130: interrupted, and none until then. The first SIGINT ends the soak after the rounds that are under way.
import { writeFileSync } from 'node:fs';

/** Parameters of `parseArgs` that every soak takes. */
export const LIMIT_OPTIONS = {
  rounds: { type: 'string' },
  minutes: { type: 'string' },
  json: { type: 'string' },
  help: { type: 'boolean', default: false },
};

const PROGRESS_EVERY_MS = 10_000;
/** Kept in words; more are counted. A soak that fails everywhere must not fill the memory with why. */
const OBJECTIONS_MAX = 100;

/**
 * @param {{ rounds?: string, minutes?: string, json?: string }} said on the command line
 * @param {{ rounds?: number, minutes?: number }} defaults when no limit was
 */
export function limitsOf({ rounds, minutes, json }, defaults = {}) {
  const unlimited = rounds === undefined && minutes === undefined;
  return {
    rounds: count('rounds', unlimited ? defaults.rounds : rounds),
    minutes: count('minutes', unlimited ? defaults.minutes : minutes),
    json,
  };
}

function count(name, text) {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const value = Number(text);
  if (!(value >= 0) || text === '') throw new Error(`--${name} ${text}: a number from 0 is needed`);
  return value;
}

/** Sums what rounds report. */
export class Ledger {
  rounds = 0;
  /** @type {Record<string, number>} */
  figures = {};
  /** @type {string[]} */
  objections = [];
  objected = 0;

  /** @param {{ objections?: string[], figures?: Record<string, number> }} report */
  add({ objections = [], figures = {} }) {
    this.objected += objections.length;
    this.objections.push(...objections.slice(0, OBJECTIONS_MAX - this.objections.length));
    for (const [name, value] of Object.entries(figures)) this.figures[name] = (this.figures[name] ?? 0) + value;
  }

  spoken() {
    const figures = Object.entries(this.figures).map(([name, value]) => `${Math.round(value).toLocaleString('en-US')} ${name}`);
    return [`${this.rounds} rounds`, ...figures, `${this.objected} objections`].join(', ');
  }
}

/** @param parts for tests: the clock in milliseconds, where lines go, and what tells of an interruption */
export async function runSoak(soak, limits, parts = {}) {
  const { clock = () => performance.now(), say = console.log, onInterrupt = interruptions } = parts;
  const begun = clock();
  const seconds = () => Math.round((clock() - begun) / 1000);
  const ledger = new Ledger();
  let interrupted = false;
  const forget = onInterrupt(() => {
    interrupted = true;
    say('interrupted: ending after the rounds that are under way');
  });
  const note = (report) => {
    for (const line of report?.lines ?? []) say(line);
    ledger.add(report ?? {});
  };
  const progress = setInterval(() => say(`${seconds()} s: ${ledger.spoken()}`), PROGRESS_EVERY_MS);
  let session;
  try {
    session = await soak.open();
    await makeRounds({
      soak,
      session,
      limits,
      note,
      say,
      ledger,
      goesOn: () => !interrupted && clock() - begun < limits.minutes * 60_000,
    });
    note(await session.conclude?.());
  } catch (error) {
    note({ objections: [`the soak itself failed: ${error instanceof Error ? error.stack : error}`] });
  } finally {
    clearInterval(progress);
    forget();
    await session?.close?.();
  }
  for (const objection of ledger.objections) say(`✗ ${objection}`);
  say(`${ledger.objected === 0 ? '✔' : '✗'} ${soak.name}: ${ledger.spoken()}, ${seconds()} s`);
  const exitCode = ledger.objected > 0 ? 1 : interrupted ? 130 : 0;
  if (limits.json !== undefined) writeFileSync(limits.json, resultOf(soak, ledger, seconds(), exitCode));
  return exitCode;
}

/** As many at once as the soak has room for. A round that throws is an objection, and the others go on. */
async function makeRounds({ soak, session, limits, note, say, ledger, goesOn }) {
  let next = 1;
  const worker = async () => {
    while (next <= limits.rounds && goesOn()) {
      const number = next++;
      const report = await session.round({ number, of: limits.rounds }).catch((error) => ({
        objections: [`${error instanceof Error ? error.message : error}`],
      }));
      ledger.rounds++;
      const title = Number.isFinite(limits.rounds) ? `${number}/${limits.rounds}` : `${number}`;
      if (report.line !== undefined) say(`${title}  ${report.line}`);
      note({ ...report, objections: (report.objections ?? []).map((objection) => `round ${number}: ${objection}`) });
    }
  };
  await Promise.all(Array.from({ length: soak.concurrency ?? 1 }, worker));
}

function resultOf({ name }, { rounds, figures, objections, objected }, seconds, exitCode) {
  const endedAt = new Date().toISOString();
  return `${JSON.stringify({ soak: name, endedAt, node: process.version, seconds, rounds, figures, objected, objections, exitCode }, null, 1)}\n`;
}

function interruptions(onInterrupt) {
  process.once('SIGINT', onInterrupt);
  process.once('SIGTERM', onInterrupt);
  return () => {
    process.removeListener('SIGINT', onInterrupt);
    process.removeListener('SIGTERM', onInterrupt);
  };
}
