// Whether a file system runs out of room, and how fast. Low below either limit; well again only with a tenth more than the
// limit, so that a file that comes and goes does not make an alarm flap.
import type { DiskSpaceSignal } from './signal.js';

export interface DiskSpaceLimits {
  readonly name: string;
  readonly minFreeBytes: number;
  /** Of the whole, 0 to 1. */
  readonly minFreeShare: number;
}

export interface Room {
  /** What this process may still use, which is less than what root may. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}

const RECOVERED_FACTOR = 1.1;
/** A trend over less is a burst. */
const TREND_MS = 5 * 60_000;
/** Evenly thinned by the pace of the readings: one every few seconds over the trend's time. */
const READINGS_MAX = 64;

export class DiskSpaceJudge {
  readonly #limits: DiskSpaceLimits;
  #readings: { readonly at: number; readonly free: number }[] = [];
  #low = false;

  constructor(limits: DiskSpaceLimits) {
    this.#limits = limits;
  }

  note({ freeBytes, totalBytes }: Room, at: number): DiskSpaceSignal {
    const { name, minFreeBytes, minFreeShare } = this.#limits;
    const needed = Math.max(minFreeBytes, minFreeShare * totalBytes) * (this.#low ? RECOVERED_FACTOR : 1);
    this.#low = freeBytes < needed;
    this.#remember(freeBytes, at);
    const shrinkingBytesPerSecond = shrinking(this.#readings);
    return { kind: 'disk-space', name, at, freeBytes, totalBytes, shrinkingBytesPerSecond, low: this.#low };
  }

  #remember(free: number, at: number): void {
    const last = this.#readings.at(-1);
    if (last !== undefined && at - last.at < TREND_MS / READINGS_MAX) return;
    this.#readings = [...this.#readings.filter((reading) => at - reading.at < TREND_MS), { at, free }];
  }
}

/** The slope of the line of least squares, negated; 0 before there are two readings. */
function shrinking(readings: readonly { readonly at: number; readonly free: number }[]): number {
  const count = readings.length;
  if (count < 2) return 0;
  const meanAt = readings.reduce((sum, { at }) => sum + at, 0) / count;
  const meanFree = readings.reduce((sum, { free }) => sum + free, 0) / count;
  let both = 0;
  let squares = 0;
  for (const { at, free } of readings) {
    both += (at - meanAt) * (free - meanFree);
    squares += (at - meanAt) ** 2;
  }
  return (-both / squares) * 1000;
}
