// Drives the deadlines' wheel by the monotonic clock, only while there are deadlines.
import { Deadlines, TICK_MS } from '../deadlines.js';

export class Ticker {
  readonly deadlines: Deadlines;
  #timer: NodeJS.Timeout | undefined;
  #last = 0;

  constructor() {
    this.deadlines = new Deadlines();
  }

  /** After a deadline may have been set. */
  wake(): void {
    if (this.#timer !== undefined || this.deadlines.size === 0) return;
    this.#last = performance.now();
    this.#timer = setInterval(() => this.#turn(), TICK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** A late timer makes up for the ticks that it missed. */
  #turn(): void {
    const now = performance.now();
    for (; now - this.#last >= TICK_MS; this.#last += TICK_MS) this.deadlines.advance();
    if (this.deadlines.size === 0) this.stop();
  }
}
