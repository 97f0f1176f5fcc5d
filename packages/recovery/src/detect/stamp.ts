// Moments for people and records: wall-clock, but advancing with the monotonic clock from the first, so that a clock that is set
// does not reorder what happened.
import type { Clock } from '@reknit/runtime';

export function steadyStamp(clock: Pick<Clock, 'now' | 'wall'>): () => number {
  const wallAtStart = clock.wall() - clock.now();
  return () => wallAtStart + clock.now();
}
