// Processes that stand still, and clocks that tell something else than the time.
import type { Millis } from '@reknit/base';
import type { Fault, Stage } from './stage.js';

const SECOND: Millis = 1000;
const YEAR: Millis = 365 * 86_400 * SECOND;

export const pause: Fault = ({ victim, duration }) => victim.machine.pause(duration);

export const pauseLeader: Fault = (stage) =>
  stage.leaderOrVictim.machine.pause(stage.electionTimeout * (0.3 + 3 * stage.prng.next()));

/** An event loop that is blocked again and again. */
export const stall: Fault = (stage) => {
  const victim = stage.prng.chance(0.5) ? stage.leaderOrVictim : stage.victim;
  stallAgain(stage, () => victim.machine.pause(20 + stage.prng.tail(100)), 2 + stage.prng.below(8));
};

function stallAgain(stage: Stage, once: () => void, times: number): void {
  once();
  if (times > 1) stage.after(50 + stage.prng.tail(150), () => stallAgain(stage, once, times - 1));
}

/** Of the wall clock, by a second or by years. */
export const clockJump: Fault = ({ victim, prng }) => {
  const range = prng.chance(0.5) ? SECOND : YEAR;
  victim.machine.wallOffsetMs += range * (2 * prng.next() - 1);
};
