// Which faults, of whom, in which order: all drawn from the seed, before anything is started.
import { Prng } from '@reknit/runtime/simulated';
import { FAULTS, FAULTS_OF_NO_CLASS } from './faults/catalogue.js';
import type { DrillFault } from './faults/drill-fault.js';
import type { DrillSubject, FaultKind } from './subjects.js';

export interface Round {
  readonly fault: DrillFault;
  readonly victim: 'leader' | 'follower';
  /** Uniform in [0, 1): which of the followers. */
  readonly pick: number;
  /** Load before the fault, in ms. */
  readonly calmMs: number;
}

/** Of the rounds of `all`: an engine that always finds something to heal must not pass. */
const SHARE_OF_NO_CLASS = 1 / 5;
const CALM_MS_MIN = 500;
const CALM_MS_SPREAD = 1500;

/** @param rounds of each kind; of all, beside them as many without a fault of any class as make a fifth of the whole */
export function planRounds(subject: DrillSubject, rounds: number, seed: number): readonly Round[] {
  const random = new Prng(`drill/${seed}`);
  const faults = subject === 'all' ? mixed(rounds) : dealt(subject.map(faultOf), subject.length * rounds);
  return shuffled(faults, random).map((fault) => ({
    fault,
    victim: random.chance(0.5) ? 'leader' : 'follower',
    pick: random.next(),
    calmMs: Math.round(CALM_MS_MIN + random.next() * CALM_MS_SPREAD),
  }));
}

/** So many of each class, and of the rest their share of the whole. */
function mixed(rounds: number): readonly DrillFault[] {
  const ofClasses = FAULTS.length * rounds;
  const ofNoClass = Math.ceil((ofClasses * SHARE_OF_NO_CLASS) / (1 - SHARE_OF_NO_CLASS));
  return [...dealt(FAULTS_OF_NO_CLASS, ofNoClass), ...dealt(FAULTS, ofClasses)];
}

const dealt = (faults: readonly DrillFault[], count: number): readonly DrillFault[] =>
  Array.from({ length: count }, (_, at) => faults[at % faults.length]!);

const faultOf = (asked: FaultKind): DrillFault => [...FAULTS, ...FAULTS_OF_NO_CLASS].find(({ kind }) => kind === asked)!;

function shuffled<Item>(items: readonly Item[], random: Prng): readonly Item[] {
  const rest = [...items];
  return items.map(() => rest.splice(random.below(rest.length), 1)[0]!);
}
