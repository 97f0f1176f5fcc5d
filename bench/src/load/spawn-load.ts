// Starts the process of the load and hands it its job.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ClosedJob, ClosedResult } from './closed-load.js';
import type { PacedJob, PacedResult } from './paced-load.js';
import type { LoadReply, LoadRequest } from './process.js';

const LOAD_PROCESS = fileURLToPath(new URL('process.js', import.meta.url));

/** Rejects when the load could not be brought to its end; refusals are part of the result. */
export async function spawnClosedLoad(job: ClosedJob): Promise<ClosedResult> {
  const child = start({ kind: 'closed', job });
  const reply = await replyOf(child);
  if (reply.kind !== 'closed') throw new Error(`the load failed: ${reply.kind === 'failed' ? reply.message : 'wrong reply'}`);
  return reply.result;
}

export class PacedLoadProcess {
  readonly #child: ChildProcess;
  readonly #reply: Promise<LoadReply>;

  constructor(job: PacedJob) {
    this.#child = start({ kind: 'paced', job });
    this.#reply = replyOf(this.#child);
    // Looked at in `stop`, which may be long after the process has ended.
    this.#reply.catch(() => {});
  }

  async stop(): Promise<PacedResult> {
    if (this.#child.connected) this.#child.send({ kind: 'stop' } satisfies LoadRequest);
    const reply = await this.#reply;
    if (reply.kind !== 'paced') throw new Error('the load gave a wrong reply');
    return reply.result;
  }
}

function start(request: LoadRequest): ChildProcess {
  const child = fork(LOAD_PROCESS, { execArgv: [] });
  child.send(request);
  return child;
}

function replyOf(child: ChildProcess): Promise<LoadReply> {
  return new Promise((resolve, reject) => {
    child.once('message', (reply: LoadReply) => resolve(reply));
    child.once('exit', (code, signal) => reject(new Error(`the process of the load ended (${code ?? signal}) without a result`)));
  });
}
