// How long a suspected member has to refute: long at first, shorter with each independent member that suspects it too
// (Lifeguard, LHA-Suspicion). A single accuser may itself be the slow one.
//
//   timeout(c) = max(min, max − (max − min) · log(c + 1) / log(k + 1))
import { assert, type Millis } from '@reknit/base';

export interface SuspicionTimes {
  readonly min: Millis;
  readonly max: Millis;
  /** Confirmations by others that bring it down to `min`; 0: it is `min` from the start. */
  readonly confirmations: number;
}

/** @param confirmed by how many beside the first accuser */
export function suspicionTimeout({ min, max, confirmations }: SuspicionTimes, confirmed: number): Millis {
  if (confirmations === 0) return min;
  return Math.max(min, max - ((max - min) * Math.log(confirmed + 1)) / Math.log(confirmations + 1));
}

export class Suspicion {
  readonly #times: SuspicionTimes;
  readonly #since: Millis;
  readonly #accusers: Set<string>;

  constructor(times: SuspicionTimes, accuser: string, now: Millis) {
    assert(times.min > 0 && times.max >= times.min, 'a suspicion has time to be refuted', () => times);
    this.#times = times;
    this.#since = now;
    this.#accusers = new Set([accuser]);
  }

  /** @returns whether that is news worth telling: a first confirmation by this member, while they still count */
  confirm(accuser: string): boolean {
    if (this.#accusers.has(accuser) || this.#accusers.size > this.#times.confirmations) return false;
    this.#accusers.add(accuser);
    return true;
  }

  get accusers(): readonly string[] {
    return [...this.#accusers];
  }

  isOver(now: Millis): boolean {
    return now - this.#since >= suspicionTimeout(this.#times, this.#accusers.size - 1);
  }
}
