import type { Logger } from '../logger.js';
import type { Runtime } from '../runtime.js';
import { createNodeClock } from './clock.js';
import { createNodeDisk } from './disk.js';
import { exitFatally, type FatalHook } from './fatal.js';
import { createNodeNetwork } from './network.js';
import { createNodeProcesses } from './processes.js';
import { createNodeRandom } from './random.js';

export interface NodeRuntimeOptions {
  readonly log: Logger;
  /** Called by `fatal` after its log line and before the exit: synchronous, for a last record only. */
  readonly onFatal?: FatalHook;
}

/** The world as it is, on Linux: real clock, files, TCP and /proc. */
export function createNodeRuntime({ log, onFatal }: NodeRuntimeOptions): Runtime {
  return {
    clock: createNodeClock(),
    random: createNodeRandom(),
    disk: createNodeDisk(),
    network: createNodeNetwork(),
    processes: createNodeProcesses(),
    log,
    fatal: (reason, cause) => exitFatally(reason, cause, onFatal),
  };
}
