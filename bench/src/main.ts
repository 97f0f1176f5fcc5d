// `npm run bench`: measures Reknit beside its peers, prints the tables, keeps the results. Exit code 1 when a sample did not
// count or a kill had no answer, 2 when the command cannot be understood.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describeMissing, findSystem, isFound, type System, type SystemName } from './cluster/systems.js';
import { type Options, readCommand, USAGE } from './options.js';
import { renderProfile } from './profile.js';
import { describeMachine, isInMemory } from './report/machine.js';
import { describeRun, isWhole, PAGE, renderPage, renderResult } from './report/page.js';
import {
  type Kind,
  loadResult,
  newestRuns,
  publishedResults,
  publishResult,
  type Result,
  type Results,
  saveResult,
} from './report/results.js';
import { QUICK_PEERS, SUITES } from './suites/all.js';

const say = (line: string): void => console.log(line);

async function run(): Promise<number> {
  const command = readCommand(process.argv.slice(2));
  switch (command.kind) {
    case 'help':
      say(USAGE);
      return 0;
    case 'profile':
      for (const file of command.files) say(renderProfile(file));
      return 0;
    case 'report':
      if (command.docs) publish(command.files.map(loadResult));
      else show((command.files.length > 0 ? command.files : newestRuns()).map(loadResult));
      return 0;
    case 'measure':
      return measure(command.options);
  }
}

async function measure(options: Options): Promise<number> {
  const directory = ownDirectory(options.directory);
  if (isInMemory(directory)) say(`warning: ${directory} is in memory, where a sync costs nothing; choose a disk with --data`);
  const results: Result[] = [];
  for (const suite of options.suites) {
    try {
      const result = await measureSuite(suite, { ...options, directory });
      say(`\n${suite}: kept in ${saveResult(result)}`);
      results.push(result);
    } catch (error) {
      // One suite that cannot be measured must not cost the hour that the others take.
      say(`\n${suite}: FAILED: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  show(results);
  if (options.docs) publish(results);
  return results.length === options.suites.length && results.every(isWhole) ? 0 : 1;
}

/** Removed however the process ends; what else lies in `parent` is not ours. */
function ownDirectory(parent: string): string {
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(resolve(parent), 'reknit-bench-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}

async function measureSuite<K extends Kind>(kind: K, options: Options): Promise<Results[K]> {
  const suite = SUITES[kind];
  const peers: readonly string[] = (options.peers ?? (options.quick ? QUICK_PEERS : suite.peers)).filter(
    (peer) => peer !== 'h2load',
  );
  const installed = present([...options.reknit, ...peers] as readonly SystemName[], options);
  const systems = installed.filter(({ dialect, name }) => {
    const fits = dialect === 'etcd' || suite.dialects === 'all';
    if (!fits) say(`${name} has nothing that ${kind} could measure, and is left out`);
    return fits;
  });
  if (systems.length === 0) throw new Error('none of the systems is installed');
  const run = {
    kind,
    startedAt: new Date().toISOString(),
    machine: describeMachine(options.directory),
    systems: systems.map(({ name, version }) => ({ name, version })),
  };
  const rounds = options.rounds ?? (options.quick ? suite.quickRounds : suite.rounds);
  const body = await suite.measure({ systems, rounds, directory: options.directory, report: say }, options);
  // A run and a suite's body are a result, which TypeScript cannot follow through the kind.
  return { ...run, ...body } as unknown as Results[K];
}

/** Those that are installed; the others are named. */
function present(names: readonly SystemName[], options: Options): readonly System[] {
  const { profiles } = options;
  const nodeFlags = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profiles)}`];
  return names.flatMap((name) => {
    const found = findSystem(name, { nodeFlags, zooKeeper: options.zooKeeper });
    if (isFound(found)) return [found];
    say(describeMissing(found));
    return [];
  });
}

function show(results: readonly Result[]): void {
  for (const result of results) say(`\n${renderResult(result)}\n\n${describeRun(result)}`);
}

/** The page shows what is published of the other kinds too. */
function publish(results: readonly Result[]): void {
  results.forEach(publishResult);
  writeFileSync(PAGE, renderPage(publishedResults()));
  say(`\nwritten: ${PAGE}`);
}

process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

try {
  process.exitCode = await run();
} catch (error) {
  console.error(error instanceof TypeError && 'message' in error ? `bench: ${error.message}\n\n${USAGE}` : error);
  process.exitCode = error instanceof TypeError ? 2 : 1;
}
