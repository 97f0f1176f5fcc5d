// Node processes for tests, running a script that may import the built package. They end with the test.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

/** What child processes import: they run plain JavaScript, so the sources are compiled first. */
export const BUILT: string = new URL('../../dist/node/index.js', import.meta.url).href;

export function build(): void {
  const compiler = createRequire(import.meta.url)
    .resolve('typescript/package.json')
    .replace('package.json', 'bin/tsc');
  execFileSync(process.execPath, [compiler, '-b', `${PACKAGE}src/node`], { stdio: 'inherit' });
}

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** The next line of its output; undefined at the end. */
  line(): Promise<string | undefined>;
  readonly exited: Promise<readonly [code: number | null, signal: string | null]>;
}

const living = new Set<ChildProcess>();

export function runScript(script: string, ...args: string[]): Child {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  living.add(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  return {
    process: child,
    pid: child.pid!,
    line: async () => (await lines.next()).value,
    exited,
  };
}

export function endChildren(): void {
  for (const child of living) child.kill('SIGKILL');
  living.clear();
}
