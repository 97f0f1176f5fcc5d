// A quantile over what was measured of late: the last so many values, none older than so long. What most of a stream is like,
// where a maximum would only tell of its worst moment.
import { assert, type Millis } from '@reknit/base';

export class RecentQuantile {
  readonly #values: Float64Array;
  readonly #times: Float64Array;
  readonly #windowMs: Millis;
  #added = 0;

  /** @param capacity older values make room for newer ones */
  constructor(capacity: number, windowMs: Millis) {
    assert(Number.isInteger(capacity) && capacity >= 1, 'a window holds a value or more', () => capacity);
    assert(windowMs > 0, 'what is recent ends', () => windowMs);
    this.#values = new Float64Array(capacity);
    this.#times = new Float64Array(capacity);
    this.#windowMs = windowMs;
  }

  add(value: number, now: Millis): void {
    const at = this.#added++ % this.#values.length;
    this.#values[at] = value;
    this.#times[at] = now;
  }

  /** The smallest value that this share of all does not exceed; 0 where there is none. Sorts: for who asks now and then. */
  value(share: number, now: Millis): number {
    const recent: number[] = [];
    for (let at = 0; at < Math.min(this.#added, this.#values.length); at++)
      if (now - this.#times[at]! <= this.#windowMs) recent.push(this.#values[at]!);
    recent.sort((a, b) => a - b);
    return recent[Math.max(0, Math.ceil(share * recent.length) - 1)] ?? 0;
  }
}
