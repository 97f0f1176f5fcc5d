// The `reknit` command as a real process, in a directory and with a state of its own; what it leaves running is ended by its pid.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePortBlock } from './ports.js';

const LAUNCHER: string = fileURLToPath(new URL('../../packages/cli/bin/reknit.mjs', import.meta.url));

const WITHIN_MS = 40_000;

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

export class Workbench {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'reknit-e2e-'));
  readonly #running: Set<Running> = new Set();

  path(...parts: readonly string[]): string {
    return join(this.directory, ...parts);
  }

  /** To its end. */
  run(...words: readonly string[]): Ended {
    const { status, stdout, stderr } = spawnSync(process.execPath, [LAUNCHER, ...words], {
      ...this.#options(),
      encoding: 'utf8',
      timeout: WITHIN_MS,
    });
    return { code: status, output: stdout, errors: withoutBuild(stderr) };
  }

  json<Answer>(...words: readonly string[]): Answer {
    return JSON.parse(this.run(...words, '--json').output);
  }

  /** Three nodes that live and are led, in `c`. */
  async up(): Promise<Running> {
    const running = this.start('up', '--data', 'c', '--client-port', String(await freePortBlock()));
    await running.said(/Ctrl-C stops the cluster/);
    return running;
  }

  start(...words: readonly string[]): Running {
    return this.startScript(LAUNCHER, ...words);
  }

  startScript(script: string, ...words: readonly string[]): Running {
    const running = new Running(
      spawn(process.execPath, [script, ...words], { ...this.#options(), stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    this.#running.add(running);
    return running;
  }

  /** Every process whose command line names this directory, and this word. */
  processes(word: string = ''): readonly number[] {
    const isOurs = (line: string): boolean => line.includes(`${this.directory}/`) && line.includes(word);
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid && isOurs(commandLine(entry)))
      .map(Number);
  }

  async close(): Promise<void> {
    for (const running of this.#running) await running.kill();
    // The agent first: it would start its nodes again.
    const left = this.processes().toSorted((a, b) => Number(isAgent(b)) - Number(isAgent(a)));
    for (const pid of left) killQuietly(pid);
    rmSync(this.directory, { recursive: true, force: true });
  }

  #options(): { readonly cwd: string; readonly env: NodeJS.ProcessEnv } {
    const { REKNIT_ENDPOINTS: _, ...env } = process.env;
    return { cwd: this.directory, env: { ...env, XDG_STATE_HOME: this.path('state') } };
  }
}

/** A launcher in a checkout may have had to build first. */
const withoutBuild = (errors: string): string => errors.replace('building…\n', '');

export class Running {
  readonly #child: ChildProcess;
  #output = '';
  #errors = '';
  readonly #listeners: Set<() => void> = new Set();
  readonly #exit: Promise<number | null>;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#exit = new Promise((resolve) => {
      child.once('close', (code) => resolve(code));
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString();
      for (const listener of [...this.#listeners]) listener();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#errors += chunk.toString();
    });
  }

  get output(): string {
    return this.#output;
  }

  /** Resolves when the output, after `from`, matches. */
  said(pattern: RegExp, from: number = 0): Promise<string> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(check);
      };
      const check = (): void => {
        const found = pattern.exec(this.#output.slice(from));
        if (found === null) return;
        end();
        resolve(found[1] ?? found[0]);
      };
      const fail = (why: string): void => {
        end();
        reject(new Error(`${why}: it never said ${pattern}\n${this.#output}\n${this.#errors}`));
      };
      const timer = setTimeout(() => fail(`not within ${WITHIN_MS} ms`), WITHIN_MS);
      this.#listeners.add(check);
      void this.#exit.then((code) => {
        check();
        if (this.#listeners.has(check)) fail(`it ended with ${code}`);
      });
      check();
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async ended(): Promise<Ended> {
    return { code: await this.#exit, output: this.#output, errors: withoutBuild(this.#errors) };
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.#exit;
  }
}

function commandLine(pid: number | string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

const isAgent = (pid: number): boolean => commandLine(pid).includes(' agent --config ');

export function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
