// Processes of one simulated machine. A command is the name of a program that was registered with the world; it runs
// as a process of its own, with its own runtime, on the machine's disk. It has no signal handlers: SIGTERM ends it.
import { unreachable } from '@reknit/base';
import type { ProcessExit, Processes, ProcessIdentity, ProcessState, SpawnOptions } from '../processes.js';
import type { Runtime } from '../runtime.js';
import type { SimulatedProcess } from './process.js';

/** A program's start; what it leaves behind as timers, sessions and listeners is its life. */
export type Program = (runtime: Runtime, args: readonly string[]) => void;

/** The mean delay of a look at /proc every 20 ms. */
const WATCH_DELAY_MS = 10;

/** What the process table needs of its machine. */
export interface ProcessHost {
  find(identity: ProcessIdentity): SimulatedProcess | undefined;
  identify(pid: number): ProcessIdentity | undefined;
  spawn(command: string, args: readonly string[]): SimulatedProcess;
}

export class SimulatedProcesses implements Processes {
  readonly self: ProcessIdentity;
  readonly #host: ProcessHost;
  readonly #process: SimulatedProcess;

  constructor(host: ProcessHost, process: SimulatedProcess) {
    this.self = process.identity;
    this.#host = host;
    this.#process = process;
  }

  spawn(options: SpawnOptions, onExit: (exit: ProcessExit) => void): ProcessIdentity {
    this.#process.assertAlive();
    const child = this.#host.spawn(options.command, options.args);
    child.onEnd((exit) => this.#process.after(0, 'callback', () => onExit(exit)));
    return child.identity;
  }

  identify(pid: number): ProcessIdentity | undefined {
    return this.#host.identify(pid);
  }

  state(identity: ProcessIdentity): ProcessState {
    const state = this.#host.find(identity)?.state ?? 'ended';
    return state === 'ended' ? 'gone' : state;
  }

  signal(identity: ProcessIdentity, signal: Parameters<Processes['signal']>[1]): boolean {
    const target = this.#host.find(identity);
    if (target === undefined || !this.#process.alive) return false;
    switch (signal) {
      case 'SIGSTOP':
        target.stop();
        return true;
      case 'SIGCONT':
        target.resume();
        return true;
      case 'SIGTERM':
      case 'SIGINT':
      case 'SIGKILL':
        target.end({ code: undefined, signal }, 'ended');
        return true;
      default:
        return unreachable(signal);
    }
  }

  watch(identity: ProcessIdentity, onGone: () => void): () => void {
    let wanted = true;
    const gone = (): void => {
      if (wanted) onGone();
    };
    const target = this.#host.find(identity);
    if (target === undefined) this.#process.after(0, 'callback', gone);
    else target.onEnd(() => this.#process.after(WATCH_DELAY_MS, 'callback', gone));
    return () => {
      wanted = false;
    };
  }
}
