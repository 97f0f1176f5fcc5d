// Whom to probe next: everybody once in each pass, in an order that is shuffled anew for each (SWIM, 4.3), so that a failure is
// met within 2n − 1 periods at the latest. Who joins is put anywhere into the rest of the pass.

export class Roster {
  readonly #random: () => number;
  #order: string[] = [];
  #next = 0;

  /** @param random at least 0 and less than 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  add(name: string): void {
    const at = this.#next + Math.floor(this.#random() * (this.#order.length - this.#next + 1));
    this.#order.splice(at, 0, name);
  }

  /** The next whom `isWanted` accepts; undefined when there is none. */
  next(isWanted: (name: string) => boolean): string | undefined {
    for (let looked = 0; looked <= this.#order.length; looked++) {
      if (this.#next >= this.#order.length) this.#begin();
      const name = this.#order[this.#next++];
      if (name !== undefined && isWanted(name)) return name;
    }
    return undefined;
  }

  /** Up to so many different ones, at random. */
  some(count: number, isWanted: (name: string) => boolean): readonly string[] {
    return shuffled(this.#order.filter(isWanted), this.#random).slice(0, count);
  }

  remove(name: string): void {
    const at = this.#order.indexOf(name);
    if (at === -1) return;
    this.#order.splice(at, 1);
    if (at < this.#next) this.#next--;
  }

  #begin(): void {
    this.#order = shuffled(this.#order, this.#random);
    this.#next = 0;
  }
}

/** Fisher and Yates. */
function shuffled(names: readonly string[], random: () => number): string[] {
  const result = [...names];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}
