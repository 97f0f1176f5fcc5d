// The time that leases run by. It stands still while this process does: whoever was stopped, swapped out or busy cannot know
// what keep-alives have come meanwhile, so a stall counts as one tick and all deadlines move by the rest of it. It never runs
// ahead of real time: a lease may live longer than granted, never shorter.
import type { Millis } from '@reknit/base';

/** A tick comes every 10 ms; one that is later than this means that nothing was read for as long. */
const TICK_COUNTS_MAX: Millis = 100;

export class LeaseClock {
  #time: Millis = 0;
  #tickedAt: Millis;

  constructor(now: Millis) {
    this.#tickedAt = now;
  }

  tick(now: Millis): void {
    this.#time = this.at(now);
    this.#tickedAt = now;
  }

  /** @param now of the real clock, not before the last tick */
  at(now: Millis): Millis {
    return this.#time + Math.min(now - this.#tickedAt, TICK_COUNTS_MAX);
  }
}
