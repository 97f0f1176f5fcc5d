// The points of a ring, packed so that a lookup touches two cache lines: the top bits of a position choose a bucket, and what
// is left of a point's position shares one 32-bit word with its owner. Half the memory of position and owner side by side, and
// memory is what a lookup waits for.

export const CIRCLE: number = 2 ** 32;
/** How a point comes: its position times this, plus the index of its owner, in one exact number. */
export const INDEX_SPAN: number = 2 ** 21;

export class Points {
  readonly size: number;
  /** One beyond the end repeats the first point: a key after the last point belongs to it. */
  readonly #words: Uint32Array;
  /** For each bucket, the place of its first point; one more for the end. */
  readonly #starts: Uint32Array;
  readonly #topBits: number;
  readonly #ownerBits: number;
  readonly #ownerMask: number;

  constructor(sorted: Float64Array, owners: number) {
    this.size = sorted.length;
    this.#ownerBits = 32 - Math.clz32(owners - 1);
    // Two to four points a bucket; and at least as many top bits as the owner needs, for the word to hold both.
    this.#topBits = Math.max(1, this.#ownerBits, 30 - Math.clz32(sorted.length));
    this.#ownerMask = 2 ** this.#ownerBits - 1;
    this.#words = new Uint32Array(sorted.length + 1);
    this.#starts = new Uint32Array(2 ** this.#topBits + 1);
    this.#fill(sorted);
  }

  /** @returns the place of the first point at or after a position; `size` beyond the last one */
  find(position: number): number {
    const bucket = position >>> (32 - this.#topBits);
    const wanted = this.#wordOf(position, 0);
    const end = this.#starts[bucket + 1]!;
    let at = this.#starts[bucket]!;
    while (at < end && this.#words[at]! < wanted) at++;
    return at;
  }

  ownerAt(at: number): number {
    return this.#words[at]! & this.#ownerMask;
  }

  positionAt(at: number): number {
    const bucket = this.#bucketOf(at);
    return bucket * 2 ** (32 - this.#topBits) + (this.#words[at]! >>> this.#ownerBits);
  }

  #fill(sorted: Float64Array): void {
    let bucket = -1;
    for (const [at, packed] of sorted.entries()) {
      const position = Math.floor(packed / INDEX_SPAN);
      this.#words[at] = this.#wordOf(position, packed - position * INDEX_SPAN);
      for (const own = position >>> (32 - this.#topBits); bucket < own; ) this.#starts[++bucket] = at;
    }
    this.#starts.fill(sorted.length, bucket + 1);
    this.#words[sorted.length] = this.ownerAt(0);
  }

  #wordOf(position: number, owner: number): number {
    return ((((position << this.#topBits) >>> this.#topBits) << this.#ownerBits) | owner) >>> 0;
  }

  /** The last bucket that starts at or before a place, by halving. */
  #bucketOf(at: number): number {
    let low = 0;
    let high = this.#starts.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#starts[middle]! <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
