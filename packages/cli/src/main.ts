// The door of the `reknit` command. `node` and `agent` are what a cluster runs all the time: they load nothing but themselves,
// and `node` gets its words raw, because etcd's flags are Go's.
import process from 'node:process';
import { CliError, reasonOf } from './cli-error.js';
import { EXIT } from './exit-codes.js';

const [command, ...words] = process.argv.slice(2);

async function run(): Promise<number> {
  if (command === 'node') return (await import('@reknit/host/member')).runMember(words);
  const configFile = command === 'agent' ? agentConfigFile(words.filter((word) => word !== '--json')) : undefined;
  if (configFile !== undefined)
    return (await import('@reknit/host/agent')).runAgentCommand(configFile, { json: words.includes('--json') });
  return (await import('./program.js')).runProgram(process.argv.slice(2));
}

/** Undefined when it needs the whole program: for help, or to say what is wrong. */
function agentConfigFile([flag, file, ...rest]: readonly string[]): string | undefined {
  if (rest.length > 0 || flag === undefined) return undefined;
  if (flag.startsWith('--config=') && file === undefined) return flag.slice('--config='.length);
  return flag === '--config' ? file : undefined;
}

// A reader that has gone away (a pager that was quit) is no reason to stop looking after a cluster.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  process.exitCode = await run();
} catch (error) {
  process.exitCode = tellError(error);
}
// Connections that are about to end must not hold the command up.
process.exit();

/** @returns the exit code */
function tellError(error: unknown): number {
  if (error instanceof CliError) {
    console.error(`reknit: ${error.message}`);
    return error.exitCode;
  }
  if (process.env.REKNIT_TRACE !== undefined) console.error(error);
  else console.error(`reknit: ${reasonOf(error)}; REKNIT_TRACE=1 tells where this happened`);
  return EXIT.failed;
}
