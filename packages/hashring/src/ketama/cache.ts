// What was looked up lately, in two generations: when the young one is full, the old one goes. Nothing is reordered and nothing is
// deleted one by one, which is what makes a least-recently-used list slow.

export class Cache {
  readonly #half: number;
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  /** @param size how many keys at most; none are kept where it is below 2 */
  constructor(size: number) {
    this.#half = Math.floor(size / 2);
  }

  get(key: string): string | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: string, value: string): void {
    if (this.#young.size >= this.#half) {
      if (this.#half < 1) return;
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
  }
}
