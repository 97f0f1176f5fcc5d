// A stable merge sort that can be interrupted: a million keys are sorted without holding the event loop for the half second
// that `Array.sort` takes. Runs are sorted natively, then merged bottom-up between two arrays.

/** Sorted natively, well below a millisecond. */
const RUN_ITEMS = 512;

export class SlicedSort<T> {
  readonly #compare: (left: T, right: T) => number;
  #from: T[];
  #to: T[];
  /** Of the runs that are merged now; zero while runs are still being made. */
  #width = 0;
  /** Where the next run begins, or the next item of the merged array stands. */
  #at = 0;
  #left = 0;
  #right = 0;

  /** @param items taken over: their array must not be used again */
  constructor(items: T[], compare: (left: T, right: T) => number) {
    this.#compare = compare;
    this.#from = items;
    this.#to = [];
  }

  /** @param items about how many to handle; undefined: not finished */
  step(items: number): T[] | undefined {
    let left = items;
    while (left > 0) {
      if (this.#width >= this.#from.length) return this.#from;
      if (this.#width === 0) left -= this.#sortRun();
      else left -= this.#mergeSome(left);
    }
    return this.#width >= this.#from.length ? this.#from : undefined;
  }

  #sortRun(): number {
    const run = this.#from.slice(this.#at, this.#at + RUN_ITEMS).sort(this.#compare);
    for (const item of run) this.#from[this.#at++] = item;
    if (this.#at >= this.#from.length) this.#beginPass(RUN_ITEMS);
    return Math.max(run.length, 1);
  }

  #mergeSome(items: number): number {
    const { length } = this.#from;
    const until = Math.min(length, this.#at + items);
    const merged = until - this.#at;
    while (this.#at < until) this.#mergeTo(until);
    if (this.#at === length) {
      [this.#from, this.#to] = [this.#to, this.#from];
      this.#beginPass(this.#width * 2);
    }
    return merged;
  }

  /** Within the pair of runs that stands at `#at`, no further than `until`. */
  #mergeTo(until: number): void {
    const width = this.#width;
    const pairStart = this.#at - (this.#at % (2 * width));
    if (this.#at === pairStart) {
      this.#left = pairStart;
      this.#right = Math.min(pairStart + width, this.#from.length);
    }
    const leftEnd = Math.min(pairStart + width, this.#from.length);
    const rightEnd = Math.min(pairStart + 2 * width, this.#from.length);
    const end = Math.min(until, rightEnd);
    while (this.#at < end) this.#to[this.#at++] = this.#takeSmaller(leftEnd, rightEnd);
  }

  #takeSmaller(leftEnd: number, rightEnd: number): T {
    const from = this.#from;
    if (this.#left >= leftEnd) return from[this.#right++]!;
    if (this.#right >= rightEnd) return from[this.#left++]!;
    return this.#compare(from[this.#left]!, from[this.#right]!) <= 0 ? from[this.#left++]! : from[this.#right++]!;
  }

  #beginPass(width: number): void {
    this.#width = width;
    this.#at = 0;
  }
}
