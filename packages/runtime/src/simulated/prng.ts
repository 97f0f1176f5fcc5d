// sfc32 (Chris Doty-Humphrey, PractRand): small, fast, and made of 32-bit operations that every engine computes alike.
// Each purpose draws from a generator of its own, keyed by the seed and the purpose's name, so that one more draw in
// one place does not shift what all others see. Distributions use only + and *: Math.log may differ between engines.

const TWO_32 = 0x1_0000_0000;
const WARM_UP_ROUNDS = 12;

export class Prng {
  readonly #key: string;
  #a: number;
  #b: number;
  #c: number;
  #counter: number = 1;

  constructor(key: string) {
    this.#key = key;
    this.#a = hash(key, 0x9e3779b9);
    this.#b = hash(key, 0x85ebca6b);
    this.#c = hash(key, 0xc2b2ae35);
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.#word();
  }

  /** A generator that shares nothing with this one's later draws. */
  fork(purpose: string): Prng {
    return new Prng(`${this.#key}/${purpose}`);
  }

  /** Uniform in [0, 1). */
  next(): number {
    return (this.#word() >>> 0) / TWO_32;
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  /** An integer in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** A non-negative number with this mean and a tail up to five times it. */
  tail(mean: number): number {
    const uniform = this.next();
    const square = uniform * uniform;
    return 5 * mean * square * square;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at++) bytes[at] = this.#word() >>> 24;
    return bytes;
  }

  #word(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum;
  }
}

/** FNV-1a with a final mix. */
function hash(text: string, seed: number): number {
  let value = 0x811c9dc5 ^ seed;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return value ^ (value >>> 13);
}
