// One life of an agent. A killed process does nothing any more, though code of it may still be under way here, behind a
// promise: whatever has an effect asks first. At its last effect it dies before the effect happens.
export class AgentLife {
  #alive = true;
  #effects = 0;
  readonly #diesAt: number;
  readonly #onEnd: () => void;

  /** @param diesAt the effect, counted from 1, that does not happen any more */
  constructor(diesAt: number, onEnd: () => void) {
    this.#diesAt = diesAt;
    this.#onEnd = onEnd;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get effects(): number {
    return this.#effects;
  }

  /** Before each effect: false where it does not happen. */
  mayAct(): boolean {
    if (this.#alive && ++this.#effects >= this.#diesAt) this.end();
    return this.#alive;
  }

  end(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#onEnd();
  }

  /** What a dead process would have heard, nobody hears. */
  hears<Value>(resolve: (value: Value) => void): (value: Value) => void {
    return (value) => {
      if (this.#alive) resolve(value);
    };
  }
}
