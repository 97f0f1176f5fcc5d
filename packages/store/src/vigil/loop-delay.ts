// How late this member's own loop runs. A single late tick is a garbage collection; a loop that is blocked again and again, or for
// long, keeps a leader from its work though its heartbeats still flow in between.
//
// Surprising: only stalls count as lost, and of those only the time in which this process had the processor. On a machine that is
// too busy every member waits for its turn, and none would lead better than another.
import type { Millis } from '@reknit/base';

/** The window is forgotten piece by piece. */
const PIECES = 8;

interface Mark {
  readonly at: Millis;
  readonly lost: Millis;
}

export interface LoopDelayOptions {
  /** Between ticks as intended, unless `expect` says otherwise. */
  readonly tickEvery: Millis;
  /** Lateness from which a tick is a stall. */
  readonly stallMin: Millis;
  /** Over which the share of lost time is taken. */
  readonly window: Millis;
  /** What this process has used of the processor so far. Where nobody can tell, every stall is its own. */
  readonly processorTime: (() => Millis) | undefined;
}

export class LoopDelay {
  readonly #tickEvery: Millis;
  readonly #stallMin: Millis;
  readonly #window: Millis;
  readonly #processorTime: (() => Millis) | undefined;
  /** At the ends of the last pieces, oldest first; at most PIECES + 1. */
  readonly #marks: Mark[];
  #dueAt: Millis;
  #processorAt: Millis;
  #lost: Millis = 0;

  constructor({ tickEvery, stallMin, window, processorTime }: LoopDelayOptions, now: Millis) {
    this.#tickEvery = tickEvery;
    this.#stallMin = stallMin;
    this.#window = window;
    this.#processorTime = processorTime;
    this.#dueAt = now + tickEvery;
    this.#processorAt = processorTime?.() ?? 0;
    this.#marks = [{ at: now, lost: 0 }];
  }

  /** The next tick is intended for then, be it sooner or later than `tickEvery` after the last one. */
  expect(at: Millis): void {
    this.#dueAt = at;
  }

  /** How late this tick is, in ms. */
  tick(now: Millis): Millis {
    const late = Math.max(0, now - this.#dueAt);
    this.#dueAt = now + this.#tickEvery;
    const used = this.#used(late);
    if (late >= this.#stallMin) this.#lost += Math.min(late, used);
    if (now - this.#marks.at(-1)!.at >= this.#window / PIECES) this.#mark(now);
    return late;
  }

  /** Share of the window that was lost in own stalls: 0 to 1. What it has not run for yet counts as not lost. */
  lostShare(): number {
    return Math.min(1, (this.#lost - this.#marks[0]!.lost) / this.#window);
  }

  /** Of the processor, since the tick before. */
  #used(late: Millis): Millis {
    if (this.#processorTime === undefined) return late;
    const before = this.#processorAt;
    this.#processorAt = this.#processorTime();
    return this.#processorAt - before;
  }

  #mark(now: Millis): void {
    this.#marks.push({ at: now, lost: this.#lost });
    // The newest mark at or before the window's beginning is where it begins.
    while (this.#marks.length > 2 && this.#marks[1]!.at <= now - this.#window) this.#marks.shift();
  }
}
