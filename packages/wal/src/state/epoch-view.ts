// The log as the replica of one epoch sees it. The epoch stands on a base of its own, (start, round 0), not on the round of
// the entry there, which is of another protocol or another configuration. The surprising thing: it outlives its epoch. A
// replica that has not heard yet that another one began reads on, and sees nothing of what came after.
import type { LogEntry, LogView } from '../types.js';

/** The log of the whole group. */
interface Whole extends LogView {
  readonly base: { readonly index: number; readonly round: number };
}

export class EpochView implements LogView {
  readonly #whole: Whole;
  readonly #origin: { readonly index: number; readonly round: number };
  /** The last index of the epoch, once another one has begun. */
  #end = Number.POSITIVE_INFINITY;

  constructor(whole: Whole, start: number) {
    this.#whole = whole;
    this.#origin = { index: start, round: 0 };
  }

  endAt(index: number): void {
    this.#end = index;
  }

  get base(): { readonly index: number; readonly round: number } {
    return this.#whole.base.index > this.#origin.index ? this.#whole.base : this.#origin;
  }

  get lastIndex(): number {
    return Math.min(this.#whole.lastIndex, this.#end);
  }

  roundAt(index: number): number | undefined {
    if (index > this.#end) return undefined;
    const { base } = this;
    return index <= base.index ? (index === base.index ? base.round : undefined) : this.#whole.roundAt(index);
  }

  ballotAt(index: number): number | undefined {
    return index > this.#end || index <= this.#origin.index ? undefined : this.#whole.ballotAt(index);
  }

  kindAt(index: number): LogEntry['kind'] | undefined {
    return index > this.#end || index <= this.#origin.index ? undefined : this.#whole.kindAt(index);
  }

  read(from: number, to: number, bytesMax: number): readonly LogEntry[] {
    return this.#whole.read(Math.max(from, this.#origin.index + 1), Math.min(to, this.#end), bytesMax);
  }
}
