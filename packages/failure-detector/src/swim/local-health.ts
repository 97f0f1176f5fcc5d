// How much this member doubts itself: Lifeguard's local health multiplier. It rises by each sign that messages do not reach it
// in time, or that it is too slow to answer, and falls by each probe that went well. All its time-outs are multiplied by it,
// plus one: who is slow gives others more time instead of accusing them (Lifeguard, LHA-Probe).
import { assert } from '@reknit/base';

/** Lifeguard's value: up to nine times slower. */
export const HEALTH_MAX = 8;

export class LocalHealth {
  readonly #max: number;
  #score = 0;

  /** @param max 0: never doubts itself, which is plain SWIM */
  constructor(max: number = HEALTH_MAX) {
    assert(max >= 0, 'a score is not negative', () => max);
    this.#max = max;
  }

  /** 0: well. */
  get score(): number {
    return this.#score;
  }

  get multiplier(): number {
    return this.#score + 1;
  }

  better(): void {
    this.#score = Math.max(0, this.#score - 1);
  }

  worse(): void {
    this.#score = Math.min(this.#max, this.#score + 1);
  }
}
