// `reknit run`: one component in the foreground, healed, without any file. Its flags become what reknit.yaml would say, and are
// read by the same rules.
import { resolve } from 'node:path';
import type { ProcessComponent } from '@reknit/drivers';
import { parseReknitFile } from '@reknit/host/components';
import { createNodeRuntime } from '@reknit/runtime/node';
import { CliError } from '../cli-error.js';
import { findAgent } from '../cluster/agent-keeper.js';
import { readLastUp } from '../cluster/last-up.js';
import { planLayout, readLayout } from '../cluster/layout.js';
import { completeSettings } from '../cluster/settings.js';
import { EXIT } from '../exit-codes.js';
import { createTerminal, silentTerminal } from '../output/terminal.js';
import { plural } from '../output/words.js';
import { runInForeground } from './foreground.js';

export interface RunOptions {
  readonly probe?: readonly string[];
  readonly log?: readonly string[];
  readonly every?: string;
  readonly timeout?: string;
  readonly ready?: string;
  readonly name?: string;
  readonly instances?: string;
  readonly port?: string;
  readonly mode?: string;
  readonly observe?: number;
  readonly data?: string;
  readonly json?: boolean;
}

const NAME_DEFAULT = 'app';
const DATA_DEFAULT = '.reknit/run';
/** Until a soak is over nothing that runs alone is worth waiting for longer. */
const SOAK_MS = 3000;

export async function run(command: readonly string[], options: RunOptions): Promise<number> {
  const { name = NAME_DEFAULT, json = false, observe } = options;
  requireEither(command, observe);
  const component = componentOf(command, options);
  const dataDir = resolve(options.data ?? `${DATA_DEFAULT}/${name}`);
  const layout = readLayout(dataDir) ?? planLayout({ ...completeSettings({ nodes: 1 }), nodes: 0 }, 'cluster');
  if (layout.nodes.length > 0)
    throw new CliError(`${dataDir} holds a cluster`, 'choose another directory with --data', EXIT.usage);
  const what = observe === undefined ? command.join(' ') : `pid ${observe}, only observed`;
  return await runInForeground(
    { dataDir, layout, settings: { components: [component], soakMs: SOAK_MS, remember: await isTheOnlyOne() } },
    {
      command: observe === undefined ? 'reknit run' : 'reknit run --observe',
      about: `${name} · ${what}${component.instances === 1 ? '' : ` · ${plural(component.instances, 'instance')}`} · ${dataDir}`,
      terminal: json ? silentTerminal() : createTerminal(),
      json,
    },
  );
}

function requireEither(command: readonly string[], observe: number | undefined): void {
  const [first] = command;
  if (observe === undefined && first === undefined)
    throw new CliError('there is nothing to run', 'name it behind two dashes:  reknit run -- node server.js', EXIT.usage);
  if (observe !== undefined && first !== undefined)
    throw new CliError(`--observe ${observe} and a command contradict each other`, 'leave one of them out', EXIT.usage);
  if (observe !== undefined && createNodeRuntime({ log: { log: () => undefined } }).processes.identify(observe) === undefined)
    throw new CliError(`no process has pid ${observe}`, 'find it with  pgrep -f NAME', EXIT.usage);
}

/** Later commands are about a cluster that runs, if there is one, rather than about this. */
async function isTheOnlyOne(): Promise<boolean> {
  const last = readLastUp();
  const agent = last === undefined ? undefined : await findAgent(last.dataDir).catch(() => undefined);
  agent?.close();
  return agent === undefined;
}

/** @throws CliError with what is wrong, flag by flag */
function componentOf(command: readonly string[], options: RunOptions): ProcessComponent {
  const { name = NAME_DEFAULT, observe } = options;
  const read = parseReknitFile(JSON.stringify({ components: { [name]: declared(command, options) } }), process.cwd());
  if (!read.ok) {
    const what = read.problems.map(({ path, text }) => `${flagOf(path, name)} ${text}`);
    throw new CliError([...new Set(what)].join('\n  '), 'see  reknit run --help', EXIT.usage);
  }
  const [component] = read.file.components;
  return { ...component!, ...(observe === undefined ? {} : { observe: { pid: observe } }) };
}

function declared(command: readonly string[], options: RunOptions): object {
  const { probe = [], log = [], every, timeout, ready, instances, port, observe, mode } = options;
  const pace = { ...(every === undefined ? {} : { every }), ...(timeout === undefined ? {} : { timeout }) };
  return {
    driver: 'process',
    command: observe === undefined ? command : ['observed'],
    ...(instances === undefined ? {} : { instances: Number(instances) }),
    ...(port === undefined ? {} : { ports: Number(port) }),
    detect: [...probe.map((each) => ({ ...probeOf(each), ...pace })), ...log.map((pattern) => ({ log: pattern }))],
    ...(ready === undefined ? {} : { verify: [probeOf(ready)] }),
    recover: { mode: observe === undefined ? (mode ?? 'active') : 'observe' },
  };
}

/** The scheme tells the kind: `http:`, `tcp:`, `grpc:`; a bare address is asked for a connection. */
function probeOf(text: string): object {
  const scheme = /^(tcp|grpc):\/\//.exec(text);
  if (scheme !== null) return { [scheme[1]!]: text.slice(scheme[0].length).replace(/\/$/, '') };
  return /^https?:/.test(text) ? { http: text } : { tcp: text };
}

const FLAGS: readonly (readonly [RegExp, string])[] = [
  [/^\.detect\[\d+\]\.(http|tcp|grpc)/, '--probe'],
  [/^\.detect\[\d+\]\.log/, '--log'],
  [/^\.detect\[\d+\]\.every/, '--every'],
  [/^\.detect\[\d+\]\.timeout/, '--timeout'],
  [/^\.verify/, '--ready'],
  [/^\.instances/, '--instances'],
  [/^\.ports/, '--port'],
  [/^\.recover\.mode/, '--mode'],
  [/^\.command/, 'the command'],
  [/^$/, '--name'],
];

function flagOf(path: string, name: string): string {
  const below = path.slice(`components.${name}`.length);
  return FLAGS.find(([pattern]) => pattern.test(below))?.[1] ?? path;
}
