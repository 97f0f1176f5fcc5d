// Known bugs, put back one at a time: each must be found, and nothing in the sources as they are. Makes a bundle of the mutant's
// hunting ground, with the mutant's text in place of the file's, and lets it hunt in a process of its own. Ends with 1 when a
// mutant survives, when its patch does not fit the sources, or when the sources as they are break a rule.
import { execFileSync, fork } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'rolldown';

const USAGE = `npm run museum -- [--quick] [--only A,B] [--hunts 5] [--workers N] [--docs] [--json FILE]

  --quick        one hunt for each mutant instead of five: a minute and a half instead of three
  --only A,B     these mutants
  --hunts N      for each mutant; what is printed is their median
  --workers N    processes (default: one a core)
  --docs         writes docs/museum.md
  --json FILE    the findings as JSON

Examples
  npm run museum
  npm run museum -- --only old-term-commit,stale-read --hunts 9`;

const root = fileURLToPath(new URL('..', import.meta.url));
const home = join(root, 'tmp/museum');
/** Most of what a hunt allocates dies young. */
const HUNTER_OPTIONS = ['--max-semi-space-size=32', '--enable-source-maps'];
/** Who says nothing for so long runs in a circle. */
const SILENCE_MS_MAX = 120_000;

/** By ground. Of one hunt: several times what the slowest mutant needs, so that a change of what seeds draw fails no build. */
const SEEDS_MAX = { walks: 20_000, stages: 1000, log: 2000, 'key space': 4000, watches: 2000, simulator: 150 };
/** That the sources as they are go through. */
const SEEDS_CLEAN = { walks: 1000, stages: 40, log: 150, 'key space': 100, watches: 300, simulator: 8 };

async function bundle(input, file, plugins = []) {
  await build({
    input: join(root, input),
    platform: 'node',
    plugins,
    // The sources are written in a language that is newer than the oldest Node.
    transform: { target: 'node20' },
    resolve: { conditionNames: ['source', 'node', 'import'] },
    output: { file, format: 'esm', codeSplitting: false, sourcemap: 'inline' },
    logLevel: 'silent',
  });
  return file;
}

/** Hands out the mutant's text. Each of its edits must fit in one place. */
function mutate({ name, edits }) {
  const files = new Set(edits.map(({ file }) => file));
  return {
    name: `mutant ${name}`,
    transform(code, id) {
      const own = edits.filter(({ file }) => id === join(root, file));
      if (own.length === 0) return undefined;
      files.delete(own[0].file);
      return { code: own.reduce((text, edit) => applied(name, text, edit), code) };
    },
    generateBundle() {
      if (files.size > 0) throw new Error(`${name}: its hunting ground does not use ${[...files].join()}`);
    },
  };
}

function applied(name, code, { file, find, replace }) {
  const places = code.split(find).length - 1;
  if (places !== 1) throw new Error(`${name} must fit ${file} in one place, and does in ${places}`);
  return code.replace(find, () => replace);
}

/** @returns what the hunter told, one line a hunt */
async function hunt(job, order) {
  const { ground } = order;
  const file = join(home, `${job.name.replaceAll(/[^\w-]+/g, '-')}.mjs`);
  const plugins = job.mutant === undefined ? [] : [mutate(job.mutant)];
  await bundle(`tests/museum/grounds/${ground.kind.replace(' ', '-')}.ts`, file, plugins);
  const news = await new Promise((resolve, reject) => {
    const told = [];
    const hunter = fork(file, { execArgv: HUNTER_OPTIONS });
    let watchdog = setTimeout(() => hunter.kill(), SILENCE_MS_MAX);
    hunter.on('message', (one) => {
      told.push(one);
      watchdog.refresh();
    });
    hunter.once('exit', (code) => {
      clearTimeout(watchdog);
      watchdog = undefined;
      if (code === 0 || told.length > 0) resolve(told);
      else reject(new Error(`the hunter of ${job.name} ended with ${code ?? 'no answer'}`));
    });
    hunter.send(order);
  });
  rmSync(file, { force: true });
  return news;
}

const median = (values) => values.toSorted((left, right) => left - right)[Math.floor((values.length - 1) / 2)];

async function hunted(mutant, hunts) {
  const job = { name: mutant.name, mutant };
  const { ground } = mutant;
  const news = await hunt(job, { ground, hunts, seedsMax: SEEDS_MAX[ground.kind] });
  const found = news.filter(({ kind }) => kind === 'found');
  if (found.length < hunts) {
    const { seeds = 0 } = news.at(-1) ?? {};
    return { name: mutant.name, passed: false, line: `survived ${seeds} seeds of ${describe(ground)}` };
  }
  const [seeds, seconds] = [median(found.map((one) => one.seeds)), median(found.map((one) => one.seconds))];
  const line = `${String(seeds).padStart(5)} seeds ${seconds.toFixed(2).padStart(6)} s  ${found[0].finding.slice(0, 110)}`;
  return { name: mutant.name, passed: true, found: { seeds, seconds }, line };
}

/** Of a bundle that could not be made: what the plugin said, not where it stood. */
const reasonOf = ({ message }) => /^Error: (.*)$/m.exec(message)?.[1] ?? message;

async function unchanged(ground) {
  const name = `unchanged: ${describe(ground)}`;
  const [news] = await hunt({ name }, { ground, hunts: 1, seedsMax: SEEDS_CLEAN[ground.kind] });
  if (news?.kind !== 'survived') return { name, passed: false, line: `seed ${news?.seeds}: ${news?.finding ?? 'no answer'}` };
  return { name, passed: true, clean: { seeds: news.seeds, seconds: news.seconds }, line: `${news.seeds} seeds, nothing found` };
}

let describe;

async function lead() {
  const options = {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    hunts: { type: 'string' },
    workers: { type: 'string', default: String(availableParallelism()) },
    docs: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  };
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  mkdirSync(home, { recursive: true });
  const { MUTANTS, describeGround, renderPage } = await import(
    pathToFileURL(await bundle('tests/museum/index.ts', join(home, 'index.mjs')))
  );
  describe = describeGround;
  const names = values.only?.split(',');
  const unknown = names?.find((name) => !MUTANTS.some((mutant) => mutant.name === name));
  if (unknown !== undefined)
    throw new Error(`no mutant is called ${unknown}; they are ${MUTANTS.map(({ name }) => name).join(', ')}`);
  const mutants = MUTANTS.filter(({ name }) => names?.includes(name) ?? true);
  const hunts = Number(values.hunts ?? (values.quick ? 1 : 5));
  const results = await runAll(mutants, hunts, Number(values.workers), names === undefined);
  const failed = results.filter(({ passed }) => !passed);
  writeResults({ values, results, failed });
  if (values.docs) writePage({ mutants: MUTANTS, results, hunts, renderPage });
  console.log(
    failed.length === 0
      ? `all ${mutants.length} mutants are found`
      : `not as it should be: ${failed.map(({ name }) => name).join(', ')}`,
  );
  return failed.length === 0 ? 0 : 1;
}

/** What takes longest begins first. */
async function runAll(mutants, hunts, workers, andUnchanged) {
  const grounds = andUnchanged ? new Map(mutants.map(({ ground }) => [describe(ground), ground])) : new Map();
  const jobs = [
    ...[...grounds.values()].map((ground) => ({ ground, name: describe(ground), run: () => unchanged(ground) })),
    ...mutants.map((mutant) => ({ ground: mutant.ground, name: mutant.name, run: () => hunted(mutant, hunts) })),
  ].sort((left, right) => Number(right.ground.kind === 'simulator') - Number(left.ground.kind === 'simulator'));
  console.log(`${mutants.length} mutants, ${hunts === 1 ? 'one hunt' : `${hunts} hunts`} each, on ${workers} processes`);
  const results = [];
  const work = async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const result = await job.run().catch((error) => ({ name: job.name, passed: false, line: reasonOf(error) }));
      results.push(result);
      console.log(`${result.passed ? '✓' : '✗'} ${result.name.padEnd(36)} ${result.line}`);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return results;
}

function writeResults({ values, results, failed }) {
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, undefined, 2)}\n`);
  if (process.env.CI === undefined) return;
  const folder = join(root, 'tmp/test-results');
  mkdirSync(folder, { recursive: true });
  const counts = { numPassedTests: results.length - failed.length, numFailedTests: failed.length };
  writeFileSync(join(folder, 'museum.json'), JSON.stringify(counts));
}

function writePage({ mutants, results, hunts, renderPage }) {
  const of = (field) =>
    Object.fromEntries(results.filter((result) => result[field] !== undefined).map((result) => [result.name, result[field]]));
  const clean = Object.fromEntries(Object.entries(of('clean')).map(([name, found]) => [name.replace('unchanged: ', ''), found]));
  const commit = execFileSync('git', ['rev-parse', '--short=8', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  const facts = { commit, hunts, found: of('found'), clean: Object.fromEntries(Object.entries(clean).sort()) };
  writeFileSync(join(root, 'docs/museum.md'), renderPage(mutants, facts));
}

process.exitCode = await lead();
