// Only this observer finds it ill. Its own event loop was late, or everybody that it watches is silent at once, or others hear
// the subject well: then the fault is here, and it accuses nobody until its view agrees with the others' again.
//
// Surprising: this class acts on nobody, so it may come before graver ones. It never comes before what the kernel proves.
import type { Facts } from '../detect/facts.js';
import type { FaultClass } from './fault-class.js';
import { isAlive, PROCESS_GONE, STOPPED } from './shared/process.js';
import { computes } from './shared/silence.js';
import { namesOf, observersOf, witnessesOf } from './shared/witnesses.js';

const OWN_LATENESS_MS = 500;
const HEARING_MIN = 2;
const FLEET_MIN = 3;

const up = (f: Facts) => witnessesOf(f).filter(({ vote }) => vote === 'up');
const observersUp = (f: Facts) => observersOf(f).filter(({ vote }) => vote === 'up');
const down = (f: Facts) => witnessesOf(f).filter(({ vote }) => vote === 'down');
/** On other machines, by the same means as here: their word weighs more than that of peers, which hear it by other links. */
const observersHear = (f: Facts): boolean => observersUp(f).length >= HEARING_MIN && down(f).length === 0;

export const OBSERVER_FAULT: FaultClass = {
  name: 'observer-fault',
  title: 'only this observer finds it ill',
  severity: 3,
  scope: 'process',
  evidence: [
    PROCESS_GONE,
    STOPPED,
    {
      id: 'accuses-nobody',
      from: 'own clock',
      means: 'this observer hears it: there is no accusation to doubt',
      weight: 'rules-out',
      finding: (f) => (f.silence === undefined ? 'this observer accuses it of no silence' : undefined),
    },
    {
      id: 'late-itself',
      from: 'own clock',
      means: `this observer was late itself by ${OWN_LATENESS_MS} ms`,
      weight: 2,
      finding: (f) =>
        f.observerLateMs >= OWN_LATENESS_MS ? `this observer was late itself, by ${Math.round(f.observerLateMs)} ms` : undefined,
    },
    {
      id: 'others-hear-it',
      from: 'peers',
      means: `it is silent here, observers on ${HEARING_MIN} other machines hear it, and nobody else misses it`,
      weight: 4,
      finding: (f) =>
        observersHear(f) ? `${namesOf(observersUp(f))} hear it, and nobody but this observer misses it` : undefined,
    },
    {
      id: 'peers-hear-it',
      from: 'peers',
      means: `it is silent here, ${HEARING_MIN} or more peers hear it, and nobody else misses it`,
      weight: 2,
      finding: (f) =>
        !observersHear(f) && up(f).length >= HEARING_MIN && down(f).length === 0
          ? `its peers ${namesOf(up(f))} hear it, and nobody but this observer misses it`
          : undefined,
    },
    {
      id: 'everybody-silent',
      from: 'neighbours',
      means: `all that this observer watches, ${FLEET_MIN} or more, are unwell at once`,
      weight: 2,
      finding: ({ fleet }) =>
        fleet !== undefined && fleet.total >= FLEET_MIN && fleet.unwell >= fleet.total
          ? `all ${fleet.total} that this observer watches seem unwell`
          : undefined,
    },
    {
      id: 'hears-nobody',
      from: 'neighbours',
      means: 'this observer hears none of the other agents: that it was cut off is likelier than that all of them died',
      weight: 2,
      finding: ({ isAlone }) => (isAlone === true ? 'this observer hears none of the other agents' : undefined),
    },
    {
      id: 'others-miss-it',
      from: 'peers',
      means: 'another observer does not hear it either',
      weight: -5,
      finding: (f) => (down(f).length === 0 ? undefined : `${namesOf(down(f))} do not hear it either`),
    },
    {
      id: 'kernel-shows-it',
      from: 'effort',
      means: 'the kernel shows that its main thread computes, or waits for a disk: that is no matter of views',
      weight: -3,
      finding: (f) =>
        computes(f) || (isAlive(f) && f.processState === 'blocked')
          ? 'the kernel shows what it does instead of answering'
          : undefined,
    },
  ],
  experiments: ['connect'],
  ladder: [['suspend-accusations'], ['page']],
  cooldownMs: 30_000,
  verification: ['identity', 'probe', 'soak', 'identity'],
  neighbours: ['hang', 'blocked-loop', 'correlated', 'full-partition', 'clock-jump', 'unhealthy'],
  suppresses: ['hang', 'blocked-loop', 'gray', 'overload', 'lagging', 'correlated', 'full-partition', 'unhealthy'],
  waitsFor: [],
  follows: [],
  runbook: 'docs/runbooks/observer-fault.md',
};
