import type { Millis } from '@reknit/base';

export interface Timer {
  /** Idempotent; after it the callback is never called. */
  cancel(): void;
}

export interface Clock {
  /** Monotonic time, from an arbitrary start. The only time that decisions may rest on. */
  now(): Millis;
  /** Wall-clock time since 1970. For people and records only: it may jump. */
  wall(): Millis;
  after(delay: Millis, callback: () => void): Timer;
  /** Once the input that is at hand has been read: the end of the turn, where batches are closed. */
  soon(callback: () => void): void;
}
