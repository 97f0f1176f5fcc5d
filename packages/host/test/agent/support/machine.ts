// One machine with three fake nodes, a store, and agents that come and go as processes of their own.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EngineEvent, Incident } from '@reknit/recovery';
import { build } from 'rolldown';
import { freePorts } from '../../../../../tests/support/ports.js';
import { type AgentConnection, connectAgent } from '../../../src/agent/connect-agent.js';
import { type StoreServer, startStoreServer } from './store-server.js';

const FAKE_NODE = fileURLToPath(new URL('../../../../drivers/test/support/fake-node.mjs', import.meta.url));
const AGENT_PROGRAM = fileURLToPath(new URL('./agent-program.ts', import.meta.url));
const SECRET = 'a secret of the test cluster';

/** The agent as one file that plain Node runs, made from the sources. */
export async function bundleAgent(directory: string): Promise<string> {
  const file = join(directory, 'agent.mjs');
  await build({
    input: AGENT_PROGRAM,
    platform: 'node',
    // The sources are written in a language that is newer than the oldest Node.
    transform: { target: 'node20' },
    resolve: { conditionNames: ['source', 'node', 'import'] },
    output: { file, format: 'esm', codeSplitting: false },
    logLevel: 'silent',
  });
  return file;
}

export interface MachineOptions {
  readonly program: string;
  /** Arguments of single nodes beside the usual ones. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  /** Of the agent, beside this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
}

export class Machine {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'reknit-agent-'));
  readonly events: EngineEvent[] = [];
  readonly #program: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #store: StoreServer;
  readonly #config: string;
  #agent: ChildProcess | undefined;
  #connection: AgentConnection | undefined;
  readonly #pids: Set<number> = new Set();
  readonly #waiters: Set<() => void> = new Set();

  private constructor({ program, environment = {} }: MachineOptions, store: StoreServer) {
    this.#program = program;
    this.#environment = environment;
    this.#store = store;
    this.#config = join(this.directory, 'agent-config.json');
  }

  static async create(options: MachineOptions): Promise<Machine> {
    const { extra = {} } = options;
    const names = ['n1', 'n2', 'n3'];
    const ports = await freePorts(names.length);
    const machine = new Machine(options, await startStoreServer(ports.map((port) => `http://127.0.0.1:${port}`)));
    const nodes = names.map((name, at) => machine.#node(name, ports[at]!, extra[name] ?? []));
    const secretFile = join(machine.directory, 'secret');
    writeFileSync(secretFile, SECRET);
    writeFileSync(
      machine.#config,
      JSON.stringify({ dataDir: machine.directory, secretFile, soakMs: 200, probeEveryMs: 200, nodes }),
    );
    return machine;
  }

  get agent(): AgentConnection {
    if (this.#connection === undefined) throw new Error('no agent runs');
    return this.#connection;
  }

  get storeWrites(): StoreServer['writes'] {
    return this.#store.writes;
  }

  async startAgent(): Promise<void> {
    this.#agent = spawn(process.execPath, [this.#program, this.#config, this.#store.url], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ...this.#environment },
    });
    const { pid } = this.#agent;
    await eventually(async () => {
      const connection = await connectAgent(this.directory);
      if ((await connection.status()).process.pid === pid) this.#connection = connection;
      else connection.close();
      return this.#connection !== undefined;
    });
    await this.agent.subscribe((event) => {
      this.events.push(event);
      for (const { process } of livingIn(event)) this.#pids.add(process.pid);
      for (const wake of this.#waiters) wake();
    });
  }

  async endAgent(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const ended = new Promise((resolve) => this.#agent?.once('exit', resolve));
    this.#agent?.kill(signal);
    await ended;
    this.#connection = undefined;
  }

  /** Resolves at the first event, past or to come, whose text matches. */
  async told(pattern: RegExp): Promise<EngineEvent> {
    for (;;) {
      const found = this.events.find((event) => pattern.test(event.text));
      if (found !== undefined) return found;
      await this.#nextEvent(pattern);
    }
  }

  async pidOf(subject: string): Promise<number> {
    const { subjects } = await this.agent.status();
    const pid = subjects.find((status) => status.subject === subject)?.process?.pid;
    if (pid === undefined) throw new Error(`${subject} has no process`);
    this.#pids.add(pid);
    return pid;
  }

  /** Its event loop computes for so long. */
  async block(subject: string, ms: number): Promise<void> {
    const { subjects } = await this.agent.status();
    const endpoint = subjects.find((status) => status.subject === subject)?.endpoint;
    await fetch(`${endpoint}/block?ms=${ms}`);
  }

  async allLiving(): Promise<void> {
    await eventually(async () => (await this.agent.status()).subjects.every((subject) => subject.state === 'living'));
    for (const name of ['n1', 'n2', 'n3']) await this.pidOf(name);
  }

  async remove(): Promise<void> {
    await this.#connection?.stopAll('the test').catch(() => undefined);
    this.#agent?.kill('SIGKILL');
    for (const pid of this.#pids) endNode(pid);
    this.#store.close();
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  #node(name: string, port: number, extra: readonly string[]): object {
    const dataDir = join(this.directory, name);
    mkdirSync(dataDir, { recursive: true });
    const secretHex = Buffer.from(SECRET).toString('hex');
    return {
      name,
      command: process.execPath,
      args: [FAKE_NODE, '--name', name, '--port', `${port}`, '--data-dir', dataDir, '--secret-hex', secretHex, ...extra],
      clientUrl: `http://127.0.0.1:${port}`,
      dataDir,
      logFile: join(this.directory, `${name}.log`),
    };
  }

  #nextEvent(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(wake);
        resolve();
      };
      const timer = setTimeout(
        () => reject(new Error(`nobody told ${pattern}:\n${this.events.map((event) => event.text).join('\n')}`)),
        45_000,
      );
      this.#waiters.add(wake);
    });
  }
}

export const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

function endNode(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

function livingIn(event: EngineEvent): readonly { process: { pid: number } }[] {
  const incident: Incident | undefined = event.about.kind === 'decision' ? undefined : event.about.incident;
  return incident?.phase.kind === 'verifying' ? [incident.phase.boot] : [];
}

export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  let last: unknown;
  for (let attempt = 0; attempt < 500; attempt++) {
    try {
      if (await condition()) return;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('not within ten seconds', { cause: last });
}
