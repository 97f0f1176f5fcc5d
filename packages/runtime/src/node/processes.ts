// Processes of this machine through /proc. A pid alone names nobody: every look compares the start time, so that a
// signal never reaches a later holder of the pid. Children get a session and files of their own and do not keep this
// process's event loop alive: it may end while they live on.
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import type { ProcessExit, Processes, ProcessIdentity, ProcessState, SpawnOptions } from '../processes.js';
import { readProcessStatus, toProcessState } from './process-status.js';

/** Far below any detection time that is measured, and about 0.1 % of a core per watched process. */
const WATCH_EVERY_MS = 20;

export function createNodeProcesses(): Processes {
  return { self: ownIdentity(), spawn: spawnDetached, identify, state, signal, watch };
}

function ownIdentity(): ProcessIdentity {
  const identity = identify(process.pid);
  if (identity === undefined) throw new Error('/proc is not mounted: processes cannot be observed');
  return identity;
}

function spawnDetached(options: SpawnOptions, onExit: (exit: ProcessExit) => void): ProcessIdentity {
  const output = fs.openSync(options.logFile, 'a', 0o600);
  try {
    const child = spawn(options.command, options.args, {
      detached: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdio: ['ignore', output, output],
      env: { ...process.env, ...options.env },
    });
    return observe(child, options.command, onExit);
  } finally {
    fs.closeSync(output);
  }
}

function observe(child: ChildProcess, command: string, onExit: (exit: ProcessExit) => void): ProcessIdentity {
  // Tells again, later, what the missing pid tells below; unheard it would end this process.
  child.on('error', () => {});
  // Until its exit is reported, a child that ended stands in /proc as a zombie: it always has an identity here.
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity === undefined) throw new Error(`cannot start "${command}": not found, not executable, or no process left`);
  child.on('exit', (code, signalName) => onExit({ code: code ?? undefined, signal: signalName ?? undefined }));
  child.unref();
  return identity;
}

function identify(pid: number): ProcessIdentity | undefined {
  const status = readProcessStatus(pid);
  return status === undefined ? undefined : { pid, startTime: status.startTime };
}

function state(identity: ProcessIdentity): ProcessState {
  const status = readProcessStatus(identity.pid);
  return status === undefined || status.startTime !== identity.startTime ? 'gone' : toProcessState(status);
}

function signal(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (state(identity) === 'gone') return false;
  try {
    return process.kill(identity.pid, name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

function watch(identity: ProcessIdentity, onGone: () => void): () => void {
  const timer = setInterval(() => {
    if (state(identity) !== 'gone') return;
    clearInterval(timer);
    onGone();
  }, WATCH_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
