// The command tree. Each command's code is loaded when it runs, so that `--help` and quick commands stay quick.
import { Command, CommanderError } from 'commander';
import { parseEndpoints } from './cluster/find-cluster.js';
import { LAYOUT_DEFAULTS, PROTOCOLS } from './cluster/layout.js';
import { addConfig, addRun } from './commands/components.js';
import { addMember, addProtocol } from './commands/configuration.js';
import { addOperators } from './commands/operators.js';
import { addRing } from './commands/ring.js';
import { DRILL_WORDS, parseSubject } from './drill/subjects.js';
import { EXIT } from './exit-codes.js';
import { duration, durationFrom, oneOf, whole } from './flag-values.js';
import { ownVersion } from './version.js';

const EXIT_CODES = `
Exit codes:
  0  done, or healthy
  1  failed, or what was looked at is not healthy
  2  the command line, or what it points to, contradicts itself or what exists
  3  neither a member nor an agent of the cluster answers`;

/** @returns the exit code */
export async function runProgram(words: readonly string[]): Promise<number> {
  const result: { code: number } = { code: EXIT.ok };
  const program = createProgram((code) => {
    result.code = code;
  });
  try {
    await program.parseAsync([...words], { from: 'user' });
    return result.code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}

type Done = (code: number) => void;

function createProgram(done: Done): Command {
  const program = new Command('reknit')
    .description('A replicated store that heals itself, with the etcd v3 API.')
    .version(ownVersion(), '-V, --version', 'print the version')
    .usage('<command> [options]')
    .showSuggestionAfterError(true)
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
    .exitOverride()
    .addHelpText('after', EXIT_CODES);
  program
    .allowExcessArguments(true)
    .argument('[command]')
    .configureHelp({ visibleArguments: () => [] });
  program.action((command?: string) => {
    if (command === undefined) return program.help();
    return unknownCommand(program, command);
  });
  addUp(program, done);
  addRun(program, done);
  addConfig(program, done);
  addNode(program);
  addAgent(program);
  addStatus(program, done);
  addIncidents(program, done);
  addWhy(program, done);
  addRestart(program, done);
  addOperators(program, done);
  addMember(program, done);
  addProtocol(program, done);
  addPause(program, done);
  addBundle(program, done);
  addDemo(program, done);
  addDrill(program, done);
  addSimulate(program, done);
  // They would inherit it from the program, which needs it for the suggestion.
  for (const command of program.commands) command.allowExcessArguments(command.name() === 'node');
  addRing(program, done);
  return program;
}

/** commander's `error: …` in the form that every error of this command has. */
function oneLine(text: string): string {
  const line = text
    .trim()
    .replace(/^error: /, '')
    .replaceAll('\n', ' ');
  return `reknit: ${line}${line.endsWith('?') || line.endsWith('?)') ? '' : '; see  reknit --help'}\n`;
}

function unknownCommand(program: Command, name: string): never {
  const known = program.commands.map((command) => command.name());
  const near = known.map((other) => ({ other, distance: editDistance(name, other) })).sort((a, b) => a.distance - b.distance)[0]!;
  const hint =
    near.distance <= 2 || near.other.startsWith(name) ? `did you mean "${near.other}"?` : `there are ${known.join(', ')}`;
  return program.error(`unknown command "${name}"; ${hint}`);
}

function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + Number(left[i - 1] !== right[j - 1])));
    }
    row = next;
  }
  return row[right.length]!;
}

/** `etcd://` says what it is; it is spoken over HTTP/2 either way. */
const storeList = (text: string): string => parseEndpoints(text.replaceAll('etcd://', ''), '--store').join(',');

function addUp(program: Command, done: Done): void {
  const { nodes, protocol, clientPort, portStep, dashboardPort } = LAYOUT_DEFAULTS;
  program
    .command('up')
    .summary('run a local cluster, supervised and healed')
    .description(
      'Runs a local cluster of real node processes in the foreground and heals it; with a reknit.yaml that declares components, those too, or those alone. Node i serves clients on CLIENT-PORT + (i-1) × PORT-STEP and its peers on the next port. The directory remembers its cluster: later runs need no flags. Ctrl-C stops all nodes in order.',
    )
    .option('-f, --file <file>', 'nodes and components from a reknit.yaml; flags win over it')
    .option('--nodes <n>', `how many nodes (default: ${nodes})`, whole('--nodes', 1, 9))
    .option('--protocol <name>', `the consensus protocol (default: "${protocol}")`, oneOf('--protocol', PROTOCOLS))
    .option('--data <dir>', 'where the cluster lives (default: ".reknit")')
    .option('--client-port <port>', `client port of the first node (default: ${clientPort})`, whole('--client-port', 1, 65_534))
    .option('--port-step <n>', `from one node's ports to the next one's (default: ${portStep})`, whole('--port-step', 2, 10_000))
    .option(
      '--dashboard-port <port>',
      `recorded for the web page, which comes with a later version (default: ${dashboardPort})`,
      whole('--dashboard-port', 1, 65_535),
    )
    .option(
      '--store <list>',
      'an etcd that keeps incidents and elects the controller, HOST:PORT,… (default: the cluster itself)',
      storeList,
    )
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      `
Examples:
  $ reknit up                            three nodes on 2379, 2389 and 2399, data in .reknit
  $ reknit up --nodes 5 --data /srv/five --client-port 3379
  $ reknit up --protocol zab --data /srv/zab
  $ reknit up --store etcd-1:2379,etcd-2:2379,etcd-3:2379 --data /srv/other
  $ reknit up -f reknit.yaml             with, for example:  cluster: { nodes: 5, clientPort: 3379 }
                                                             components:
                                                               web: { driver: process, command: node server.js }`,
    )
    .action(async (options) => done(await (await import('./commands/up.js')).up(options)));
}

/** Only for the help: the words of `node` never come here. */
function addNode(program: Command): void {
  program
    .command('node')
    .summary("run one member; takes etcd's flags")
    .description("Runs one member in the foreground. Takes etcd's flags: see  reknit node --help")
    .helpOption(false)
    .allowUnknownOption();
}

function addAgent(program: Command): void {
  program
    .command('agent')
    .summary('watch and heal the nodes of this machine')
    .description('Runs the agent that owns the nodes named in its configuration. "reknit up" starts one by itself.')
    .requiredOption('--config <file>', 'its configuration, JSON; "reknit up" writes DIR/agent/config.json')
    .option('--json', 'say as a JSON line that it is ready, or why it is not')
    .addHelpText('after', '\nExample:\n  $ reknit agent --config .reknit/agent/config.json')
    .action(() => program.error('agent takes --config FILE, --json and nothing else'));
}

const ENDPOINTS = 'members to ask, HOST:PORT,… (default: REKNIT_ENDPOINTS, else the last "reknit up")';

function addStatus(program: Command, done: Done): void {
  program
    .command('status')
    .summary('who is up, who leads, what is open')
    .description(
      'Asks each member for its state and the agent for its processes. Exit code 0: healthy; 1: not; 3: nobody answers.',
    )
    .option('--endpoints <list>', ENDPOINTS)
    .option('--json', 'as JSON: schemas/status.schema.json')
    .addHelpText('after', '\nExamples:\n  $ reknit status\n  $ reknit status --endpoints 127.0.0.1:2379,127.0.0.1:2389 --json')
    .action(async (options) => done(await (await import('./commands/status.js')).status(options)));
}

function addIncidents(program: Command, done: Done): void {
  program
    .command('incidents')
    .summary('what went wrong and how it was healed')
    .description(
      'Lists incidents, the newest last. They are read from the store; without a quorum from the agent or its journal.',
    )
    .option('--endpoints <list>', ENDPOINTS)
    .option('--last <n>', 'only so many (default: 20)', whole('--last', 1, 100_000))
    .option('--json', 'as JSON: schemas/incidents.schema.json')
    .addHelpText('after', '\nExamples:\n  $ reknit incidents\n  $ reknit incidents --last 3 --json')
    .action(async (options) => done(await (await import('./commands/incidents.js')).incidents(options)));
  program
    .command('incident')
    .summary('one incident as a story: evidence, steps, times')
    .description('Tells one incident: the evidence for and against each cause, every step, the verification, and the times.')
    .argument('<id>', 'its id, or the beginning of exactly one')
    .option('--endpoints <list>', ENDPOINTS)
    .option('--json', 'as JSON: schemas/incident.schema.json')
    .addHelpText('after', '\nExamples:\n  $ reknit incident n2-mfx1\n  $ reknit incident n2-mfx1 --json')
    .action(async (id, options) => done(await (await import('./commands/incidents.js')).incident(id, options)));
}

function addWhy(program: Command, done: Done): void {
  program
    .command('why')
    .summary('why something was done, or was not')
    .description('Tells what the agent did and left, and why; of one component or of all.')
    .argument('[component]', 'for example n2')
    .option('--endpoints <list>', ENDPOINTS)
    .option('--json', 'as JSON: schemas/why.schema.json')
    .addHelpText('after', '\nExamples:\n  $ reknit why\n  $ reknit why n2 --json')
    .action(async (component, options) => done(await (await import('./commands/why.js')).why(component, options)));
}

function addRestart(program: Command, done: Done): void {
  program
    .command('restart')
    .summary('end a node in order, start it, verify it')
    .description(
      'Asks the agent to end a node in order, start it again and verify it, and follows that. Also what starts a node that the agent has given up. Refused while it would cost the majority. Exit code 0: verified; 1: not, or refused; 3: no agent answers.',
    )
    .argument('<target>', 'for example n2')
    .option('--force', 'though it costs the majority')
    .option('--no-wait', 'end as soon as the restart has begun')
    .option('--endpoints <list>', ENDPOINTS)
    .option('--json', 'as JSON: schemas/restart.schema.json')
    .addHelpText('after', '\nExamples:\n  $ reknit restart n2\n  $ reknit restart n2 --no-wait --json')
    .action(async (target, options) => done(await (await import('./commands/restart.js')).restart(target, options)));
}

/** Longer than any maintenance; a longer one is begun again by somebody who still means it. */
const PAUSE_MS_MAX = 7 * 24 * 3_600_000;

function addPause(program: Command, done: Done): void {
  program
    .command('pause')
    .summary('let the agent only observe for a while')
    .description(
      'For so long the agent detects and diagnoses, and tells what it would do, but does nothing. A pause always has an end. Exit code 3: no agent answers.',
    )
    .argument('[target]', 'for example n2 (default: everything)')
    .requiredOption('--for <duration>', 'for example 90s, 10m, 1h30m', duration('--for', PAUSE_MS_MAX))
    .option('--endpoints <list>', ENDPOINTS)
    .option('--json', 'as JSON: schemas/pauses.schema.json')
    .addHelpText('after', '\nExamples:\n  $ reknit pause --for 10m\n  $ reknit pause n2 --for 1h30m')
    .action(async (target, options) => done(await (await import('./commands/pause.js')).pause(target, options)));
  program
    .command('resume')
    .summary('let the agent act again')
    .description('Ends a pause before its time: that of one component, or every one.')
    .argument('[target]', 'for example n2 (default: every pause)')
    .option('--endpoints <list>', ENDPOINTS)
    .option('--json', 'as JSON: schemas/pauses.schema.json')
    .addHelpText('after', '\nExamples:\n  $ reknit resume\n  $ reknit resume n2')
    .action(async (target, options) => done(await (await import('./commands/pause.js')).resume(target, options)));
}

function addBundle(program: Command, done: Done): void {
  program
    .command('bundle')
    .summary('one file for whoever is asked for help')
    .description(
      'Packs logs, incidents, journals, versions, configuration, status and metrics of members and agent, and facts of the machine into one archive. Needs neither a quorum nor an agent: what cannot be had is told. Keys, tokens and values of environments are left out.',
    )
    .option('--output <file>', 'where to (default: reknit-bundle-DATE-TIME.tar.gz here)')
    .option('--data <dir>', 'the directory of the cluster (default: that of the last "reknit up")')
    .option('--endpoints <list>', ENDPOINTS)
    .option('--json', 'what is inside, as JSON: schemas/bundle.schema.json')
    .addHelpText('after', '\nExamples:\n  $ reknit bundle\n  $ reknit bundle --data /srv/five --output /tmp/five.tar.gz')
    .action(async (options) => done(await (await import('./commands/bundle.js')).bundle(options)));
}

function addDemo(program: Command, done: Done): void {
  program
    .command('demo')
    .summary('watch a cluster lose its leader and heal')
    .description(
      'Three nodes under checked load; their leader is killed with SIGKILL; the agent detects, diagnoses, recovers and verifies; then the recorded history is judged. Goes on serving until Ctrl-C.',
    )
    .option('--once', 'end after the summary: exit 0 only if the incident was resolved and nothing was lost or stale')
    .option('--seconds <n>', 'load before the kill (default: 5)', whole('--seconds', 1, 600))
    .option(
      '--protocol <name>',
      `the consensus protocol (default: "${LAYOUT_DEFAULTS.protocol}")`,
      oneOf('--protocol', PROTOCOLS),
    )
    .option('--data <dir>', 'replaced if it holds an earlier demo (default: ".reknit/demo")')
    .option('--json', 'one JSON object a line, the summary last')
    .addHelpText('after', '\nExamples:\n  $ reknit demo\n  $ reknit demo --once --seconds 10\n  $ reknit demo --protocol zab')
    .action(async (options) => done(await (await import('./commands/demo.js')).demo(options)));
}

function addDrill(program: Command, done: Done): void {
  program
    .command('drill')
    .summary('make faults for real, and see what the engine makes of them')
    .description(
      'Starts three nodes of its own under checked load, makes faults in them, and reports: diagnosed as what, after how long healed, what was lost. At least a fifth of the rounds of "all" are no fault at all: then silence is right. The engine is told nothing. Exit code 0 only if every fault was rightly named and dealt with, and nothing was lost or stale.',
    )
    .argument('<fault>', `${DRILL_WORDS.join(', ')}; several are joined by commas`)
    .option('--rounds <n>', 'of each fault, in an order drawn by the seed (default: 5, of all 1)', whole('--rounds', 1, 10_000))
    .option(
      '--seed <n>',
      'draws the order and the victims (default: a random one, which is printed)',
      whole('--seed', 0, 2 ** 32 - 1),
    )
    .option(
      '--protocol <name>',
      `the consensus protocol (default: "${LAYOUT_DEFAULTS.protocol}")`,
      oneOf('--protocol', PROTOCOLS),
    )
    .option('--data <dir>', 'where the cluster lives; kept (default: a temporary directory, kept if the drill fails)')
    .option('--json', 'one JSON object a line, the report last: schemas/drill.schema.json')
    .addHelpText(
      'after',
      '\nExamples:\n  $ reknit drill crash --rounds 3\n  $ reknit drill hang,slow-disk,one-way\n  $ reknit drill all --rounds 5 --seed 7',
    )
    .action(async (fault, options) => {
      const parsed = parseSubject(fault);
      if ('unknown' in parsed) return void oneOf('the fault', DRILL_WORDS)(parsed.unknown);
      done(await (await import('./commands/drill.js')).drill(parsed.subject, options));
    });
}

function addSimulate(program: Command, done: Done): void {
  program
    .command('simulate')
    .summary('whole clusters in virtual time, under faults')
    .description(
      'Runs real members on simulated machines, networks and disks under faults drawn from a seed, and judges what clients saw. The same seed gives the same run, to the byte.',
    )
    .option('--protocol <name>', 'raft, paxos, zab, or all (default: raft)', oneOf('--protocol', [...PROTOCOLS, 'all']))
    .option('--seed <n>', 'the first seed (default: a random one)', whole('--seed', 0, 2 ** 32 - 1))
    .option('--seeds <n>', 'how many, one after the other (default: 1)', whole('--seeds', 1, 1_000_000))
    .option(
      '--for <duration>',
      'virtual time under faults, each seed (default: 15s)',
      durationFrom('--for', 100, 30 * 86_400_000),
    )
    .option('--within <duration>', 'real time: no new seed after that', duration('--within', 7 * 86_400_000))
    .option('--faults <list>', 'exactly these kinds, separated by commas, or none (default: as the seed draws)')
    .option('--without <list>', 'numbers of fault events to leave out')
    .option(
      '--workloads <list>',
      'beside registers: watches, leases, locks, compactions, lists, transactions, or none (default: as the seed draws)',
    )
    .option('--members <n>', 'members of each cluster (default: 3)', whole('--members', 1, 9))
    .option('--clients <n>', 'that read and write registers (default: 16)', whole('--clients', 1, 1000))
    .option('--keys <n>', 'registers (default: 12)', whole('--keys', 1, 100_000))
    .option('--think-time <ms>', 'mean pause of a client between operations (default: 150)', whole('--think-time', 0, 3_600_000))
    .option('--shrink', 'make the first failing run small: fewer faults and clients, less time')
    .option('--trace <file>', 'write every event of the runs there, a line each; with --shrink those of the small run')
    .option('--html <file>', 'write a page there that shows the first failing run, else the first one')
    .option('--json', 'one JSON object a run, one a line: schemas/simulate.schema.json')
    .addHelpText(
      'after',
      `
Examples:
  $ reknit simulate --seed 7
  $ reknit simulate --protocol all --seed 1 --seeds 100 --for 1m --within 10m
  $ reknit simulate --protocol zab --seed 3 --faults pause-leader,clock-drift --workloads leases,locks --html run.html
  $ reknit simulate --protocol paxos --seed 1 --seeds 1000 --shrink --trace small.txt

Exit codes: 0 no rule was broken; 1 a rule was broken; 2 the command line is wrong`,
    )
    .action(async (options) => done(await (await import('./commands/simulate.js')).simulate(options)));
}
