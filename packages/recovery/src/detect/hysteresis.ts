// Bad so many times in a row before it counts as failing; good so many times in a row before it counts as well again. What
// alternates changes nothing: it is neither ill enough to act on nor well enough to stop watching.
import { assert } from '@reknit/base';

export interface HysteresisOptions {
  /** At least 1. */
  readonly failures: number;
  /** At least 1. */
  readonly successes: number;
}

export class Hysteresis {
  readonly #options: HysteresisOptions;
  #failing = false;
  #badInARow = 0;
  #goodInARow = 0;

  constructor(options: HysteresisOptions) {
    assert(options.failures >= 1, 'it takes a failure to fail', () => options);
    assert(options.successes >= 1, 'it takes a success to be well', () => options);
    this.#options = options;
  }

  get failing(): boolean {
    return this.#failing;
  }

  get badInARow(): number {
    return this.#badInARow;
  }

  note(reading: 'good' | 'bad'): void {
    this.#badInARow = reading === 'bad' ? this.#badInARow + 1 : 0;
    this.#goodInARow = reading === 'good' ? this.#goodInARow + 1 : 0;
    if (this.#badInARow >= this.#options.failures) this.#failing = true;
    if (this.#goodInARow >= this.#options.successes) this.#failing = false;
  }
}
