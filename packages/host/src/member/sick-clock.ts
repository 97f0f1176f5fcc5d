// A clock whose wall time can be set wrong for a while, for drills; the monotonic one goes on as it was.
import type { Millis } from '@reknit/base';
import type { Clock } from '@reknit/runtime';

export interface SickClock {
  readonly clock: Clock;
  shift(offsetMs: Millis, forMs: Millis): void;
}

export function sickClock(clock: Clock): SickClock {
  let [offset, until] = [0, 0];
  return {
    clock: {
      now: () => clock.now(),
      wall: () => clock.wall() + (clock.now() < until ? offset : 0),
      after: (delay, callback) => clock.after(delay, callback),
      soon: (callback) => clock.soon(callback),
    },
    shift: (offsetMs, forMs) => {
      [offset, until] = [offsetMs, clock.now() + forMs];
    },
  };
}
