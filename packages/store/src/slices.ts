// Long work of one member (large ranges, hashes) in slices of about a millisecond, a few of them in one turn of the event loop,
// whose turn it is by rotation. What arrived meanwhile, consensus first, is handled between two turns: however many ask
// for everything at once, nobody waits longer for a heartbeat or a small request than for one turn's slices.
import type { Clock } from '@reknit/runtime';

/** Two to four milliseconds of the loop: a quarter of the shortest time-out that anybody sets is far more. */
const SLICES_PER_TURN = 3;

export interface SlicedWork {
  /** Must not throw. */
  step(): 'more' | 'done';
}

export class Slices {
  readonly #clock: Clock;
  readonly #waiting: SlicedWork[] = [];
  #scheduled = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The first slice runs at once when nothing else waits, so that small work costs no turn. */
  add(work: SlicedWork): void {
    if (this.#waiting.length === 0 && work.step() === 'done') return;
    this.#waiting.push(work);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.soon(this.#turn);
  }

  readonly #turn = (): void => {
    this.#scheduled = false;
    for (let left = SLICES_PER_TURN; left > 0; left--) {
      const work = this.#waiting.shift();
      if (work === undefined) return;
      if (work.step() === 'more') this.#waiting.push(work);
    }
    if (this.#waiting.length > 0) this.#schedule();
  };
}
