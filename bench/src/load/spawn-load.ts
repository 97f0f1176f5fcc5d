// Starts a process of the load and hands it its job.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { JobKind, Jobs } from './jobs.js';
import type { LoadReply, LoadRequest } from './process.js';

const LOAD_PROCESS = fileURLToPath(new URL('process.js', import.meta.url));

/** Rejects when the load could not be brought to its end; refusals are part of the result. */
export const spawnLoad = <K extends JobKind>(kind: K, job: Jobs[K]['job']): Promise<Jobs[K]['result']> =>
  new LoadProcess(kind, job).result();

/** A job that runs beside others. */
export class LoadProcess<K extends JobKind> {
  readonly #child: ChildProcess;
  readonly #reply: Promise<LoadReply<Jobs[K]['result']>>;

  constructor(kind: K, job: Jobs[K]['job']) {
    this.#child = fork(LOAD_PROCESS, { execArgv: [] });
    this.#child.send({ kind, job });
    this.#reply = replyOf(this.#child);
    // Looked at in `result`, which may be asked for long after the process has ended.
    this.#reply.catch(() => {});
  }

  tell(word: string): void {
    if (this.#child.connected) this.#child.send({ kind: 'word', word } satisfies LoadRequest);
  }

  async result(): Promise<Jobs[K]['result']> {
    const reply = await this.#reply;
    if (reply.kind === 'failed') throw new Error(`the load failed: ${reply.message}`);
    return reply.result;
  }

  stop(): Promise<Jobs[K]['result']> {
    this.tell('stop');
    return this.result();
  }
}

function replyOf<R>(child: ChildProcess): Promise<LoadReply<R>> {
  return new Promise((resolve, reject) => {
    child.once('message', (reply: LoadReply<R>) => resolve(reply));
    child.once('exit', (code, signal) => reject(new Error(`the process of the load ended (${code ?? signal}) without a result`)));
  });
}
