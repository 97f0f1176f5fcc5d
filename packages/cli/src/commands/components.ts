// The words of `reknit run` and `reknit config`; what they do is loaded when they run.
import type { Command } from 'commander';
import { oneOf, whole } from '../flag-values.js';

type Done = (code: number) => void;

const PID_MAX = 2 ** 22;
const again = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

export function addRun(program: Command, done: Done): void {
  program
    .command('run')
    .summary('run one program, watched and healed, without any file')
    .description(
      'Runs a program in the foreground under an agent that starts it again when it ends, fences it when it hangs, and tells what it sees and does. Ctrl-C stops it in order. Give it a probe, and it knows when it is well. With --observe it only looks at a process that runs already, and says what it would do.',
    )
    .argument('[command...]', 'behind two dashes')
    .option('--probe <url>', 'http://…, tcp://HOST:PORT or grpc://HOST:PORT: how it is; more than once', again)
    .option('--log <pattern>', 'a line of its output that means that it is ill; more than once', again)
    .option('--every <duration>', 'how often the probes are asked (default: 1s)')
    .option('--timeout <duration>', 'how long they may take (default: 500ms)')
    .option('--ready <url>', 'must answer well before a repair counts as one')
    .option('--name <name>', 'how it is called (default: app)')
    .option('--instances <n>', 'how many of it (default: 1)')
    .option('--port <port>', 'of the first instance; each finds its own in PORT')
    .option(
      '--mode <mode>',
      'active, passive (plan and wait for an approval) or observe',
      oneOf('--mode', ['active', 'passive', 'observe']),
    )
    .option('--observe <pid>', 'look at a process that runs, without touching it', whole('--observe', 1, PID_MAX))
    .option('--data <dir>', 'its log, and what the agent remembers (default: .reknit/run/NAME)')
    .option('--json', 'one JSON object a line: schemas/up.schema.json')
    .addHelpText(
      'after',
      `
Examples:
  $ reknit run -- node server.js
  $ reknit run --probe http://127.0.0.1:3000/health -- node server.js
  $ reknit run --instances 3 --port 8001 --probe 'http://127.0.0.1:\${port}/health' -- node server.js
  $ reknit run --observe 4711 --probe tcp://127.0.0.1:5432

Exit codes:
  0  stopped in order
  1  it could not be started, or no agent could be kept alive
  2  the command line is wrong`,
    )
    .action(async (command, options) => done(await (await import('./run.js')).run(command, options)));
}

export function addConfig(program: Command, done: Done): void {
  const config = program
    .command('config')
    .summary('look at a reknit.yaml before anything is started from it')
    .description('Checks reknit.yaml: what stands there, and everything that is wrong with it.')
    .addHelpText('after', '\nExample:\n  $ reknit config check');
  config
    .command('check')
    .summary('every mistake in a file, with its place')
    .description(
      'Reads a file as "reknit up -f" does, and starts nothing. Exit code 0: it is right; 2: it is not, or is not there.',
    )
    .argument('[file]', 'default: reknit.yaml')
    .option('--json', 'as JSON: schemas/config.schema.json')
    .addHelpText('after', '\nExamples:\n  $ reknit config check\n  $ reknit config check deploy/reknit.yaml --json')
    .action(async (file, options) => done(await (await import('./config.js')).configCheck(file, options)));
}
