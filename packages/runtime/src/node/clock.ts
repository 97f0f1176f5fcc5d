// The machine's own clocks. A timer never fires early by `now()`: libuv counts whole milliseconds from the start of
// the loop's turn, so its timers may come up to one millisecond too soon; those are armed again.
import { performance } from 'node:perf_hooks';
import type { Clock, Timer } from '../clock.js';

/** Above it `setTimeout` fires at once; longer waits are made of several. */
const DELAY_MS_MAX = 2 ** 31 - 1;

class NodeTimer implements Timer {
  readonly #due: number;
  readonly #callback: () => void;
  #handle: NodeJS.Timeout;

  constructor(delay: number, callback: () => void) {
    this.#due = performance.now() + delay;
    this.#callback = callback;
    this.#handle = this.#arm(delay);
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }

  #arm(delay: number): NodeJS.Timeout {
    return setTimeout(this.#expire, Math.min(delay, DELAY_MS_MAX));
  }

  readonly #expire = (): void => {
    const left = this.#due - performance.now();
    if (left > 0) this.#handle = this.#arm(left);
    else this.#callback();
  };
}

export function createNodeClock(): Clock {
  return {
    now: () => performance.now(),
    wall: () => Date.now(),
    after: (delay, callback) => new NodeTimer(delay, callback),
    soon: (callback) => {
      setImmediate(callback);
    },
  };
}
