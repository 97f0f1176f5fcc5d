// Whether a wall clock can be believed. Two comparisons, neither of which needs a time server:
//  - with the monotonic clock of the same machine: both must have advanced by the same. A difference is a step of the wall clock;
//  - with the other clocks that can be seen: their median, which a minority of wrong clocks cannot move.
//
// Surprising: a step is news for a minute only. A correction is a step too; whether the clock is wrong *now* is for the others to say.
import type { Millis } from '@reknit/base';
import type { ClockSignal } from './signal.js';

/** A slewed clock runs up to 0.05 % fast or slow, which is 30 ms in this time. */
const STEP_WINDOW_MS: Millis = 60_000;
/** Far beyond slewing and the error of a reading over a network; leases and certificates think in seconds. */
export const CLOCK_OFF_MS: Millis = 500;
/** One a second within the window; readings that come faster are thinned. */
const READINGS_MAX = 60;

export class WallStep {
  readonly #limitMs: Millis;
  #readings: { readonly now: Millis; readonly difference: number }[] = [];

  constructor(limitMs: Millis = CLOCK_OFF_MS) {
    this.#limitMs = limitMs;
  }

  /**
   * @param now of the monotonic clock @param wall of the wall clock, read at the same moment
   * @param at the stamp of the signal
   */
  note({ now, wall }: { readonly now: Millis; readonly wall: Millis }, at: number): ClockSignal {
    const difference = wall - now;
    this.#readings = this.#readings.filter((reading) => now - reading.now < STEP_WINDOW_MS);
    const last = this.#readings.at(-1);
    if (last === undefined || now - last.now >= STEP_WINDOW_MS / READINGS_MAX) this.#readings.push({ now, difference });
    const offsetMs = difference - this.#readings[0]!.difference;
    return { kind: 'clock', at, offsetMs, against: 'monotonic clock', off: Math.abs(offsetMs) > this.#limitMs };
  }
}

export interface ClockReading {
  readonly name: string;
  /** Its wall clock less the reader's, at the moment of reading. */
  readonly offsetMs: number;
  /** Half of the round trip: it may be wrong by so much. */
  readonly uncertaintyMs: number;
}

/** Of two that differ either could be the wrong one. */
const CLOCKS_MIN = 3;
const PEERS_MEDIAN = 'median of the peers';

/** Each against the median of all, its own among them; nothing where there are fewer than three clocks. */
export function againstMedian(
  readings: readonly ClockReading[],
  at: number,
  limitMs: Millis = CLOCK_OFF_MS,
): ReadonlyMap<string, ClockSignal> {
  if (readings.length < CLOCKS_MIN) return new Map();
  const middle = median(readings.map(({ offsetMs }) => offsetMs));
  const doubt = median(readings.map(({ uncertaintyMs }) => uncertaintyMs));
  return new Map(
    readings.map((reading) => {
      const offsetMs = reading.offsetMs - middle;
      const off = Math.abs(offsetMs) > limitMs + reading.uncertaintyMs + doubt;
      return [reading.name, { kind: 'clock', at, offsetMs, against: PEERS_MEDIAN, off }];
    }),
  );
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
