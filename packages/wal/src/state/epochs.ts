// Which epoch each index belongs to. An epoch owns the indexes after its start up to the start of the next one; an epoch
// that decided nothing owns none. What lies wholly below the base is forgotten, but for the epoch of the base itself.
import type { EpochStart } from '../format/records.js';

export class Epochs {
  /** Ascending by start, the last one is the current. */
  #starts: readonly EpochStart[];

  constructor(starts: readonly EpochStart[]) {
    this.#starts = starts;
  }

  get starts(): readonly EpochStart[] {
    return this.#starts;
  }

  get current(): EpochStart {
    return this.#starts.at(-1)!;
  }

  at(index: number): number {
    return this.#starts[this.#position(index)]!.epoch;
  }

  begin(epoch: number, start: number): void {
    this.#starts = [...this.#starts, { epoch, start }];
  }

  forgetBelow(base: number): void {
    const position = this.#position(base);
    if (position > 0) this.#starts = this.#starts.slice(position);
  }

  #position(index: number): number {
    return Math.max(
      0,
      this.#starts.findLastIndex(({ start }) => start < index),
    );
  }
}
