// A program as a probe: well when it exits with 0. It leads a process group of its own, which is ended with it: what a check
// left behind would gather over the days.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Millis } from '@reknit/base';
import type { ProbeAnswer, ProbeSpec } from '@reknit/recovery';

type CommandProbe = Extract<ProbeSpec, { readonly kind: 'command' }>;

/** Of what it says, as much as makes one line for people. */
const SAID_BYTES_MAX = 4096;
const SHOWN_CHARACTERS_MAX = 200;
/** A pipe of this machine is read within that. */
const LAST_WORDS_MS: Millis = 50;

export function askCommand({ command, args, cwd, env }: CommandProbe, timeoutMs: Millis): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = new Said();
    const settle = (answer: ProbeAnswer): void => {
      clearTimeout(timer);
      endGroup(child);
      // A grandchild may hold the other end for ever.
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => settle({ outcome: 'silent', detail: `still running after ${timeoutMs} ms` }), timeoutMs);
    child.stdout?.on('data', (chunk: Buffer) => said.add(chunk));
    child.stderr?.on('data', (chunk: Buffer) => said.add(chunk));
    child.on('error', (error) => settle({ outcome: 'refused', detail: `cannot be started: ${error.message}` }));
    child.once('exit', (code, signal) => {
      const ended = (): void => {
        clearTimeout(rest);
        settle(answerOf(code, signal, said.lastLine));
      };
      // What it wrote last may arrive after its end; a grandchild that holds the other end must not keep us waiting.
      const rest = setTimeout(ended, LAST_WORDS_MS);
      child.once('close', ended);
    });
  });
}

function answerOf(code: number | null, signal: string | null, said: string): ProbeAnswer {
  if (code === 0) return { outcome: 'good', detail: said === '' ? 'exit code 0' : said };
  const ended = signal === null ? `exit code ${code}` : `ended by ${signal}`;
  return { outcome: 'bad', detail: said === '' ? ended : `${ended}: ${said}` };
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

class Said {
  #text: Buffer = Buffer.alloc(0);

  add(chunk: Buffer): void {
    this.#text = Buffer.concat([this.#text, chunk]).subarray(-SAID_BYTES_MAX);
  }

  get lastLine(): string {
    return this.#text.toString().trimEnd().split('\n').at(-1)!.slice(0, SHOWN_CHARACTERS_MAX);
  }
}
