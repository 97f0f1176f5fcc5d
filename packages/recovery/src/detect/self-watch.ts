// Whether the observer itself was able to hear. A silence is only as long as the observer's own time says: while its loop stood
// still, answers lay unread in its sockets (Lifeguard: Dadgar, Phillips and Currey, 2018).
import type { Millis } from '@reknit/base';
import { OwnClock } from '@reknit/failure-detector';
import type { Clock, Timer } from '@reknit/runtime';

/** Fine enough for the shortest time-outs that are of use, and 20 wake-ups a second cost nothing. */
const TICK_MS: Millis = 50;
/** Of a time-out the observer must have been there for so much, or the silence proves nothing. */
const PRESENT_SHARE_MIN = 0.8;

export class SelfWatch {
  readonly #clock: Clock;
  readonly #own: OwnClock;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#own = new OwnClock(TICK_MS, TICK_MS, clock.now());
    this.#next();
  }

  /** The observer's own time, in ms. */
  now(): Millis {
    return this.#own.own(this.#clock.now());
  }

  /** Whether a silence since then, in own time, was really as long as the time-out. */
  wasPresent(since: Millis, timeoutMs: Millis): boolean {
    return this.now() - since >= timeoutMs * PRESENT_SHARE_MIN;
  }

  /** How late this observer was of late, fading: ms. */
  get lateMs(): Millis {
    return this.#own.recentLateness(this.#clock.now());
  }

  end(): void {
    this.#timer?.cancel();
  }

  #next(): void {
    this.#timer = this.#clock.after(TICK_MS, () => {
      this.#own.tick(this.#clock.now());
      this.#next();
    });
  }
}
