// Latencies in buckets whose width grows with the value: 64 buckets for each doubling, so that a percentile is at most 1.6 %
// too high, whatever its size. Constant memory, a few instructions for each value.

const STEPS = 64;
const STEP_BITS = 6;
const DOUBLINGS = 26;

export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export class Histogram {
  readonly #counts: Float64Array = new Float64Array(STEPS * DOUBLINGS);
  #total = 0;
  #max = 0;

  get total(): number {
    return this.#total;
  }

  /** @param micros at least 0; above 2^31 µs counts as that */
  add(micros: number): void {
    const whole = Math.min(Math.max(0, Math.ceil(micros)), 0x7fff_ffff);
    this.#counts[bucketOf(whole)]!++;
    this.#total++;
    if (micros > this.#max) this.#max = micros;
  }

  /** The upper bound of the bucket that holds the value of this rank (nearest rank), never above the maximum. */
  percentile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.#total));
    let seen = 0;
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      seen += this.#counts[bucket]!;
      if (seen >= rank) return Math.min(upperBoundOf(bucket), this.#max);
    }
    return this.#max;
  }

  summary(): Percentiles {
    return {
      p50: this.percentile(0.5),
      p90: this.percentile(0.9),
      p99: this.percentile(0.99),
      p999: this.percentile(0.999),
      max: this.#max,
    };
  }
}

function bucketOf(value: number): number {
  if (value < STEPS) return value;
  const doubling = 31 - Math.clz32(value) - STEP_BITS;
  return STEPS * doubling + (value >>> doubling);
}

function upperBoundOf(bucket: number): number {
  if (bucket < 2 * STEPS) return bucket;
  const doubling = Math.floor(bucket / STEPS) - 1;
  return (bucket - STEPS * doubling + 1) * 2 ** doubling - 1;
}
