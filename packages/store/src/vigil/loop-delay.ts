// How late this member's own loop runs. A single late tick is a garbage collection; a loop that is blocked again and again, or for
// long, keeps a leader from its work though its heartbeats still flow in between.
//
// Surprising: only stalls count as lost. On a busy machine every tick is a little late, and no other member would do better.
import type { Millis } from '@reknit/base';

/** The window is forgotten piece by piece. */
const PIECES = 8;

interface Mark {
  readonly at: Millis;
  readonly lost: Millis;
}

export class LoopDelay {
  readonly #tickEvery: Millis;
  readonly #stallMin: Millis;
  readonly #window: Millis;
  /** At the ends of the last pieces, oldest first; at most PIECES + 1. */
  readonly #marks: Mark[];
  #tickedAt: Millis;
  #lost: Millis = 0;

  /**
   * @param tickEvery ms between ticks as intended
   * @param stallMin ms of lateness from which a tick is a stall
   * @param window ms over which the share of lost time is taken
   */
  constructor(tickEvery: Millis, stallMin: Millis, window: Millis, now: Millis) {
    this.#tickEvery = tickEvery;
    this.#stallMin = stallMin;
    this.#window = window;
    this.#tickedAt = now;
    this.#marks = [{ at: now, lost: 0 }];
  }

  /** How late this tick is, in ms. */
  tick(now: Millis): Millis {
    const late = Math.max(0, now - this.#tickedAt - this.#tickEvery);
    this.#tickedAt = now;
    if (late >= this.#stallMin) this.#lost += late;
    if (now - this.#marks.at(-1)!.at >= this.#window / PIECES) this.#mark(now);
    return late;
  }

  /** Share of the window that was lost in stalls: 0 to 1. What it has not run for yet counts as not lost. */
  lostShare(): number {
    return Math.min(1, (this.#lost - this.#marks[0]!.lost) / this.#window);
  }

  #mark(now: Millis): void {
    this.#marks.push({ at: now, lost: this.#lost });
    // The newest mark at or before the window's beginning is where it begins.
    while (this.#marks.length > 2 && this.#marks[1]!.at <= now - this.#window) this.#marks.shift();
  }
}
