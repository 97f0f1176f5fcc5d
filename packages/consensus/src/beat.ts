// When what repeats is due: on multiples of its interval, not an interval after the last time. All groups of a member, which
// share one clock, so beat together, and what they say shares its frames; a beat that comes late makes no later one later.
import type { Millis } from '@reknit/base';

export const nextBeat = (now: Millis, interval: Millis): Millis => (Math.floor(now / interval) + 1) * interval;
