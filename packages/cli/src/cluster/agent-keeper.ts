// Keeps one agent alive beside the foreground command: attaches to the one that runs, or starts it; follows its events; and
// when it dies, starts it again. The agent is a process of its own session, so neither Ctrl-C nor the command's end reaches it.
import { readFileSync } from 'node:fs';
import { type AgentConnection, AgentError, connectAgent } from '@reknit/host/agent';
import type { EngineEvent } from '@reknit/recovery';
import type { Processes, ProcessIdentity } from '@reknit/runtime';
import { CliError } from '../cli-error.js';
import { sleep } from '../sleep.js';
import { agentConfigPath, agentLogPath, MAIN } from './agent-files.js';
import { isStopping } from './stop-mark.js';

export interface KeeperWatcher {
  readonly onEvent: (event: EngineEvent) => void;
  /** Another agent is being started in place of one that died. */
  readonly onAgentLost: () => void;
  readonly onAgentBack: (pid: number) => void;
  /** Somebody else stopped the whole cluster. */
  readonly onStoppedElsewhere: () => void;
  /** No agent can be kept alive. */
  readonly onFailed: (error: CliError) => void;
}

/** An agent that starts looks for its nodes before it answers. */
const CONNECT_WITHIN_MS = 15_000;
const CONNECT_POLL_MS = 25;
/** An agent that dies again and again is not started in a tight loop. */
const RESTART_PAUSE_MS = 500;

type State =
  | { readonly kind: 'new' }
  | { readonly kind: 'connected'; readonly connection: AgentConnection }
  | { readonly kind: 'reconnecting' }
  | { readonly kind: 'released' };

export class AgentKeeper {
  readonly #dataDir: string;
  readonly #processes: Processes;
  readonly #watcher: KeeperWatcher;
  #state: State = { kind: 'new' };

  constructor(dataDir: string, processes: Processes, watcher: KeeperWatcher) {
    this.#dataDir = dataDir;
    this.#processes = processes;
    this.#watcher = watcher;
  }

  /** Undefined while there is none. */
  get connection(): AgentConnection | undefined {
    return this.#state.kind === 'connected' ? this.#state.connection : undefined;
  }

  /** @returns whether an agent was there already */
  async begin(): Promise<'attached' | 'started'> {
    const living = await findAgent(this.#dataDir);
    if (living !== undefined) {
      const since = Date.now();
      await this.#follow(living, (event) => event.at >= since);
      return 'attached';
    }
    await this.#start();
    return 'started';
  }

  /** Lets go of the agent; it lives on. */
  release(): void {
    const { connection } = this;
    this.#state = { kind: 'released' };
    connection?.close();
  }

  async #start(): Promise<void> {
    await this.#follow(await startAgent(this.#dataDir, this.#processes), () => true);
  }

  async #follow(connection: AgentConnection, isNews: (event: EngineEvent) => boolean): Promise<void> {
    await connection.subscribe((event) => {
      if (isNews(event) && this.#state.kind !== 'released') this.#watcher.onEvent(event);
    });
    this.#state = { kind: 'connected', connection };
    void connection.closed.then(() => this.#lost(connection));
  }

  async #lost(connection: AgentConnection): Promise<void> {
    if (this.connection !== connection) return;
    if (isStopping(this.#dataDir)) return this.#watcher.onStoppedElsewhere();
    this.#state = { kind: 'reconnecting' };
    this.#watcher.onAgentLost();
    for (;;) {
      try {
        await this.#again();
        return;
      } catch (error) {
        if (error instanceof CliError) return this.#watcher.onFailed(error);
        await sleep(RESTART_PAUSE_MS);
      }
    }
  }

  async #again(): Promise<void> {
    if (!this.#isReconnecting()) return;
    const found = (await findAgent(this.#dataDir)) ?? (await startAgent(this.#dataDir, this.#processes));
    if (!this.#isReconnecting()) return found.close();
    const { process } = await found.status();
    await this.#follow(found, () => true);
    this.#watcher.onAgentBack(process.pid);
  }

  #isReconnecting(): boolean {
    return this.#state.kind === 'reconnecting';
  }
}

/** Undefined when none runs in this directory. */
export async function findAgent(dataDir: string): Promise<AgentConnection | undefined> {
  try {
    return await connectAgent(dataDir);
  } catch (error) {
    if (error instanceof AgentError && error.code !== 'not-authenticated') return undefined;
    throw error;
  }
}

async function startAgent(dataDir: string, processes: Processes): Promise<AgentConnection> {
  const ended: { code: number | undefined } = { code: undefined };
  const agent = processes.spawn(
    { command: process.execPath, args: [MAIN, 'agent', '--config', agentConfigPath(dataDir)], logFile: agentLogPath(dataDir) },
    ({ code }) => {
      ended.code = code ?? -1;
    },
  );
  const deadline = performance.now() + CONNECT_WITHIN_MS;
  for (;;) {
    const connection = await ofProcess(await findAgent(dataDir), agent);
    if (connection !== undefined) return connection;
    if (ended.code !== undefined) throw cannotRun(dataDir, `ended with ${ended.code}`);
    if (performance.now() > deadline) throw cannotRun(dataDir, `has not answered for ${CONNECT_WITHIN_MS / 1000} s`);
    await sleep(CONNECT_POLL_MS);
  }
}

/** Not the one that is just dying. */
async function ofProcess(
  connection: AgentConnection | undefined,
  { pid }: ProcessIdentity,
): Promise<AgentConnection | undefined> {
  const status = await connection?.status().catch(() => undefined);
  if (status?.process.pid === pid) return connection;
  connection?.close();
  return undefined;
}

function cannotRun(dataDir: string, what: string): CliError {
  const log = agentLogPath(dataDir);
  const words = lastLine(log).replace(/^reknit agent: /, '');
  return new CliError(`the agent ${what}${words === '' ? '' : `: ${words}`}`, `see ${log}`);
}

function lastLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').at(-1) ?? '';
  } catch {
    return '';
  }
}
