// Processes that end and machines that lose power, one at a time or all at once, for a moment or for longer.
import type { Millis } from '@reknit/base';
import type { Prng } from '@reknit/runtime/simulated';
import type { SimulatedMember } from '../cluster/simulated-member.js';
import type { Fault, Stage } from './stage.js';

/** A state is flushed every few seconds: only who is away for longer needs a snapshot. */
const OUTAGE_MS_MIN: Millis = 3000;
const OUTAGE_MS_SPREAD: Millis = 4000;

type End = 'kill' | 'power-loss';

export const kill: Fault = (stage) => fell(stage, stage.victim, 'kill', restartPause(stage.prng));

export const powerLoss: Fault = (stage) => fell(stage, stage.victim, 'power-loss', restartPause(stage.prng));

export const outage: Fault = (stage) =>
  fell(stage, stage.victim, anyEnd(stage.prng), OUTAGE_MS_MIN + stage.prng.next() * OUTAGE_MS_SPREAD);

export const killAll: Fault = (stage) => {
  for (const member of stage.members) fell(stage, member, anyEnd(stage.prng), stage.prng.tail(500));
};

export const powerLossAll: Fault = (stage) => {
  for (const member of stage.members) fell(stage, member, 'power-loss', stage.prng.tail(300));
};

/** Dies again as soon as it has come back. */
export const restartStorm: Fault = (stage) => storm(stage, 2 + stage.prng.below(5));

function storm(stage: Stage, deaths: number): void {
  fell(stage, stage.victim, anyEnd(stage.prng), stage.prng.tail(20));
  if (deaths > 1) stage.after(20 + stage.prng.tail(60), () => storm(stage, deaths - 1));
}

function fell(stage: Stage, member: SimulatedMember, how: End, downFor: Millis): 'missed' | undefined {
  if (!member.up) return 'missed';
  if (how === 'kill') member.kill();
  else member.crash();
  stage.after(downFor, () => member.start());
  return undefined;
}

const anyEnd = (prng: Prng): End => (prng.chance(0.5) ? 'kill' : 'power-loss');

const restartPause = (prng: Prng): Millis => (prng.chance(0.4) ? prng.tail(15) : prng.tail(800));
