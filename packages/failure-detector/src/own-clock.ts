// The observer's own time: it stands still while the observer itself does not run. What arrived meanwhile lies unread in its
// sockets, so silence during that time is no evidence against anybody (Lifeguard: Dadgar, Phillips and Currey, 2018).
//
// Surprising: own time never jumps. From the moment when a tick is due it waits for the tick, however late that comes.
import { assert, type Millis } from '@reknit/base';
import { FadingMax } from './fading-max.js';

/** The memory of one's own worst lateness halves in this time: who was slow just now may be slow again. */
const HALF_LIFE: Millis = 1000;

export class OwnClock {
  readonly #tickEvery: Millis;
  readonly #tolerance: Millis;
  #dueAt: Millis;
  #lost: Millis = 0;
  readonly #recent = new FadingMax(HALF_LIFE);

  /**
   * @param tickEvery ms between ticks as intended
   * @param tolerance lateness in ms that is a timer's ordinary grain and not counted
   */
  constructor(tickEvery: Millis, tolerance: Millis, now: Millis) {
    assert(tickEvery > 0 && tolerance >= 0, 'ticks come after positive times', () => ({ tickEvery, tolerance }));
    this.#tickEvery = tickEvery;
    this.#tolerance = tolerance;
    this.#dueAt = now + tickEvery + tolerance;
  }

  /** The result is how late this tick is, in ms beyond the tolerance. */
  tick(now: Millis): Millis {
    const late = Math.max(0, now - this.#dueAt);
    this.#lost += late;
    this.#dueAt = now + this.#tickEvery + this.#tolerance;
    this.#recent.add(late, now);
    return late;
  }

  /** The next tick is intended for then, be it sooner or later than `tickEvery` after the last one. */
  expect(at: Millis): void {
    this.#dueAt = at + this.#tolerance;
  }

  /** Own time, in ms: what the clock shows less all that was lost. */
  own(now: Millis): Millis {
    return Math.min(now, this.#dueAt) - this.#lost;
  }

  /** The worst lateness of late, fading: in ms. */
  recentLateness(now: Millis): Millis {
    return this.#recent.value(now);
  }

  /** All lateness since the start, in ms: it only rises. */
  get lost(): Millis {
    return this.#lost;
  }
}
