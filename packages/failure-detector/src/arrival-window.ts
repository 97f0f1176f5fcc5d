// The last so many intervals between signs of life, with their mean and deviation. Both are computed anew from the samples when
// they are asked for after a change: running sums would drift, and a window is small.
import { assert } from '@reknit/base';

export class ArrivalWindow {
  readonly #samples: Float64Array;
  #count = 0;
  #next = 0;
  #mean = 0;
  #deviation = 0;
  #measured = true;

  /** @param capacity older samples make room for newer ones */
  constructor(capacity: number) {
    assert(Number.isInteger(capacity) && capacity >= 2, 'a window holds two samples or more', () => capacity);
    this.#samples = new Float64Array(capacity);
  }

  get mean(): number {
    if (!this.#measured) this.#measure();
    return this.#mean;
  }

  /** Of the population in the window. */
  get deviation(): number {
    if (!this.#measured) this.#measure();
    return this.#deviation;
  }

  add(sample: number): void {
    this.#samples[this.#next] = sample;
    this.#next = (this.#next + 1) % this.#samples.length;
    if (this.#count < this.#samples.length) this.#count++;
    this.#measured = false;
  }

  #measure(): void {
    const count = this.#count;
    let sum = 0;
    for (let at = 0; at < count; at++) sum += this.#samples[at]!;
    const mean = sum / count;
    let squares = 0;
    for (let at = 0; at < count; at++) squares += (this.#samples[at]! - mean) ** 2;
    this.#mean = mean;
    this.#deviation = Math.sqrt(squares / count);
    this.#measured = true;
  }
}
