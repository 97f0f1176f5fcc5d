// `npm run bench`: measures Reknit beside its peers, prints the tables, keeps the results. Exit code 1 when a sample did not
// count or a kill had no answer, 2 when the command cannot be understood.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findSystem, H2LOAD, isInstalled, type System, type SystemName, type Tool } from './cluster/systems.js';
import { type Options, readCommand, type Suite, USAGE } from './options.js';
import { renderProfile } from './profile.js';
import { describeMachine, isInMemory } from './report/machine.js';
import { describeRun, renderPage, renderResult } from './report/page.js';
import { loadResult, newestResults, type Result, saveResult } from './report/results.js';
import { measureKills } from './suites/kill.js';
import { measureThroughput } from './suites/throughput.js';

const PAGE = fileURLToPath(new URL('../../docs/bench.md', import.meta.url));
const DEFAULT_PEERS = { put: ['etcd', 'h2load'], range: ['etcd'], kill: ['etcd', 'etcd-tuned'] } as const;
const DEFAULT_IN_FLIGHT = { put: [1, 100, 1000], range: [100, 1000] } as const;
const DEFAULT_ROUNDS = { put: 5, range: 5, kill: 30 } as const;

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
      report((command.files.length > 0 ? command.files : newestResults()).map(loadResult), command.docs);
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
    const result = await measureSuite(suite, { ...options, directory });
    say(`\n${suite}: kept in ${saveResult(result)}`);
    results.push(result);
  }
  report(results, options.docs);
  return results.every(isWhole) ? 0 : 1;
}

/** Removed however the process ends; what else lies in `parent` is not ours. */
function ownDirectory(parent: string): string {
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(resolve(parent), 'reknit-bench-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}

async function measureSuite(suite: Suite, options: Options): Promise<Result> {
  const peers: readonly string[] = options.peers ?? DEFAULT_PEERS[suite];
  const systems = present(['reknit', ...peers.filter((peer) => peer !== 'h2load')] as readonly SystemName[], options.profiles);
  const rounds = options.rounds ?? DEFAULT_ROUNDS[suite];
  const run = {
    startedAt: new Date().toISOString(),
    machine: describeMachine(options.directory),
    systems: systems.map(({ name, version }) => ({ name, version })),
  };
  const { directory, loads, perSecond, requests } = options;
  const common = { systems, rounds, directory, report: say };
  if (suite === 'kill') return { kind: suite, ...run, ...(await measureKills({ ...common, loads, perSecond })) };
  const withH2load = suite === 'put' && peers.includes('h2load') && hasTool(H2LOAD);
  const inFlight = options.inFlight ?? DEFAULT_IN_FLIGHT[suite];
  return { kind: suite, ...run, samples: await measureThroughput({ ...common, kind: suite, inFlight, requests, withH2load }) };
}

/** Those that are installed; the others are named. */
function present(names: readonly SystemName[], profiles: string | undefined): readonly System[] {
  const nodeFlags = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profiles)}`];
  return names.flatMap((name) => {
    const found = findSystem(name, nodeFlags);
    if ('flags' in found) return [found];
    sayMissing(found);
    return [];
  });
}

function hasTool(tool: Tool): boolean {
  if (isInstalled(tool)) return true;
  sayMissing(tool);
  return false;
}

const sayMissing = ({ file, install }: Tool): void => say(`${file} is missing, and left out. To install it: ${install}`);

function report(results: readonly Result[], docs: boolean): void {
  for (const result of results) say(`\n${renderResult(result)}\n\n${describeRun(result)}`);
  if (!docs) return;
  writeFileSync(PAGE, renderPage(results));
  say(`\nwritten: ${PAGE}`);
}

const isWhole = (result: Result): boolean =>
  result.kind === 'kill'
    ? result.rounds.every(({ outageMs }) => outageMs !== undefined)
    : result.samples.every(({ fault }) => fault === undefined);

process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

try {
  process.exitCode = await run();
} catch (error) {
  console.error(error instanceof TypeError && 'message' in error ? `bench: ${error.message}\n\n${USAGE}` : error);
  process.exitCode = error instanceof TypeError ? 2 : 1;
}
