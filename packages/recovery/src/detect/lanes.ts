// So many questions at a time, over all subjects; the others wait in order. Without it a hundred probes that are due together
// would each see the others' delay.

/** Far above what one machine's components need, far below what would starve its sockets and processes. */
const LANES = 16;

export class Lanes {
  readonly #lanes: number;
  /** At most one for each detector: none asks twice at a time. */
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(lanes: number = LANES) {
    this.#lanes = lanes;
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#busy >= this.#lanes) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    else this.#busy++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // A lane is handed on, not freed: nobody can slip in between.
      if (next === undefined) this.#busy--;
      else next();
    }
  }
}
