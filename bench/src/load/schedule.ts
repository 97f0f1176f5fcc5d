// When requests are due, at a constant rate from a moment on. Whoever looks late finds all that have become due since, each
// with the moment at which it was due: latencies that count from there hide no stall, neither the server's nor our own
// ("coordinated omission").

export class Schedule {
  readonly #startMs: number;
  readonly #perSecond: number;
  #taken = 0;

  constructor(startMs: number, perSecond: number) {
    this.#startMs = startMs;
    this.#perSecond = perSecond;
  }

  get taken(): number {
    return this.#taken;
  }

  /** When the next one was due, if that was by `now`; it is taken with that. */
  next(now: number): number | undefined {
    // Multiplied anew each time: a sum of intervals would drift.
    const at = this.#startMs + (this.#taken * 1000) / this.#perSecond;
    if (at > now) return undefined;
    this.#taken++;
    return at;
  }
}
