// Everything that Reknit's logic may ask of the world. Below the adapters nothing else is touched, so the same
// code runs on Node (`runtime/node`) and, to the byte reproducibly, in the simulator (`runtime/simulated`).
//
// All of it is callback-based on purpose: a promise per operation costs on the hot path, and callbacks let the
// simulator run a whole cluster in one synchronous loop. No callback is ever called from within the call that
// registered it.
import type { Clock } from './clock.js';
import type { Disk } from './disk.js';
import type { Logger } from './logger.js';
import type { Network } from './network.js';
import type { Processes } from './processes.js';
import type { Random } from './random.js';

export interface Runtime {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly network: Network;
  readonly processes: Processes;
  readonly log: Logger;
  /**
   * Ends this process at once, without any clean-up that could still acknowledge something. For faults after which
   * nothing that is in memory may be trusted: a failed sync, a broken invariant.
   */
  fatal(reason: string, cause?: unknown): never;
}
