// The worst value of late: a maximum that halves again and again, so that one bad moment is neither forgotten at once nor
// remembered for ever.
import { assert, type Millis } from '@reknit/base';

export class FadingMax {
  readonly #halfLife: Millis;
  #worst = 0;
  #at: Millis = 0;

  /** @param halfLife ms in which what is remembered halves */
  constructor(halfLife: Millis) {
    assert(halfLife > 0, 'what is remembered fades', () => halfLife);
    this.#halfLife = halfLife;
  }

  add(value: number, now: Millis): void {
    if (value < this.value(now)) return;
    this.#worst = value;
    this.#at = now;
  }

  value(now: Millis): number {
    return this.#worst * 2 ** (-(now - this.#at) / this.#halfLife);
  }
}
