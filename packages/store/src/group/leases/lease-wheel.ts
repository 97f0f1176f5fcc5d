// Deadlines in buckets of a tenth of a second. A keep-alive only writes the new deadline into its timer: the timer is moved
// when its bucket comes up, once in a TTL, however often it was renewed.
import type { Millis } from '@reknit/base';

const BUCKET: Millis = 100;

export interface WheelTimer {
  deadline: Millis;
  /** The wheel's own. */
  bucket: number;
}

export class LeaseWheel<Timer extends WheelTimer> {
  readonly #buckets = new Map<number, Set<Timer>>();
  #next: number;

  /** @param time now: no deadline lies before it */
  constructor(time: Millis) {
    this.#next = Math.floor(time / BUCKET);
  }

  add(timer: Timer): void {
    timer.bucket = Math.max(Math.floor(timer.deadline / BUCKET) + 1, this.#next);
    const bucket = this.#buckets.get(timer.bucket);
    if (bucket === undefined) this.#buckets.set(timer.bucket, new Set([timer]));
    else bucket.add(timer);
  }

  remove(timer: Timer): void {
    const bucket = this.#buckets.get(timer.bucket);
    bucket?.delete(timer);
    if (bucket?.size === 0) this.#buckets.delete(timer.bucket);
  }

  /** Takes out whose deadline is over, after looking at `max` timers at most; the rest comes next time. */
  take(time: Millis, max: number): Timer[] {
    const due: Timer[] = [];
    let left = max;
    for (; this.#next * BUCKET <= time; this.#next++) {
      for (const timer of this.#buckets.get(this.#next) ?? []) {
        if (left === 0) return due;
        left--;
        this.remove(timer);
        if (timer.deadline > time) this.add(timer);
        else due.push(timer);
      }
    }
    return due;
  }
}
