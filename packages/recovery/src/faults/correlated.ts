// Many fell ill at the same moment, as several witnesses say: a switch, a power supply, a change that went everywhere. To mend
// them one by one would be a storm of repairs on top of it. So the engine brakes, undoes the change if there was one, and asks
// a human.
//
// Surprising: not for the dead. Whoever the kernel says is gone is started by reflex, however many they are.
import type { Facts, Neighbour } from '../detect/facts.js';
import type { FaultClass } from './fault-class.js';
import { illnessOf } from './shared/illness.js';
import { PROCESS_GONE, STOPPED } from './shared/process.js';
import { OBSERVER_LATE, STARVED } from './shared/silence.js';
import { WHOLE } from './shared/verification.js';
import { namesOf, witnessesOf } from './shared/witnesses.js';

const UNWELL_MIN = 3;
const UNWELL_SHARE = 0.5;
const AT_ONCE_MS = 30_000;
const AFTER_CHANGE_MS = 600_000;

const isWidespread = ({ fleet }: Facts): boolean =>
  fleet !== undefined && fleet.unwell >= UNWELL_MIN && fleet.unwell >= fleet.total * UNWELL_SHARE;
const atOnce = ({ neighbours, onset }: Facts): readonly Neighbour[] =>
  onset === undefined ? [] : neighbours.filter(({ since }) => Math.abs(since - onset) <= AT_ONCE_MS);
const justChanged = ({ changedAt, onset }: Facts): boolean =>
  changedAt !== undefined && onset !== undefined && onset >= changedAt && onset - changedAt <= AFTER_CHANGE_MS;
const enoughAtOnce = (f: Facts): boolean => atOnce(f).length >= UNWELL_MIN - 1;
/** A suspicion is no fault: on a machine that is merely busy all are suspected together. */
const diagnosed = (f: Facts): readonly Neighbour[] => atOnce(f).filter(({ verdict }) => verdict !== undefined);

export const CORRELATED: FaultClass = {
  name: 'correlated',
  title: 'many fell ill at once',
  severity: 55,
  scope: 'group',
  evidence: [
    PROCESS_GONE,
    STOPPED,
    {
      id: 'well-itself',
      from: 'detectors',
      means: 'nothing is wrong with it',
      weight: 'rules-out',
      finding: (f) => (illnessOf(f) === undefined ? 'nothing is wrong with it itself' : undefined),
    },
    {
      id: 'too-few',
      from: 'neighbours',
      means: `fewer than ${UNWELL_MIN}, or less than half of all, are unwell`,
      weight: 'rules-out',
      finding: (f) =>
        isWidespread(f) ? undefined : `${f.fleet?.unwell ?? 'nobody knows how many'} of ${f.fleet?.total ?? 'them'} are unwell`,
    },
    {
      id: 'at-once',
      from: 'neighbours',
      means: `${UNWELL_MIN} or more fell ill within ${AT_ONCE_MS / 1000} s`,
      weight: 1,
      finding: (f) =>
        enoughAtOnce(f)
          ? `${atOnce(f)
              .map(({ subject }) => subject)
              .join(', ')} fell ill at the same time`
          : undefined,
    },
    {
      id: 'diagnosed',
      from: 'neighbours',
      means: 'at least one of them is diagnosed: they are not only suspected',
      weight: 3,
      finding: (f) => {
        const [first] = diagnosed(f);
        return enoughAtOnce(f) && first !== undefined ? `${first.subject} is diagnosed: ${first.verdict}` : undefined;
      },
    },
    {
      id: 'same-change',
      from: 'changes',
      means: `its configuration had changed within ${AFTER_CHANGE_MS / 60_000} minutes before, and one of them is diagnosed`,
      weight: 2,
      finding: (f) => (diagnosed(f).length > 0 && justChanged(f) ? 'its configuration had just changed' : undefined),
    },
    {
      id: 'same-machine',
      from: 'neighbours',
      means: 'they run on one machine, and one of them is diagnosed',
      weight: 1,
      finding: (f) =>
        diagnosed(f).length > 0 && enoughAtOnce(f) && atOnce(f).every(({ sameHost }) => sameHost === true)
          ? 'all of them on one machine'
          : undefined,
    },
    {
      id: 'seen-by-others',
      from: 'peers',
      means: 'other observers say so too',
      weight: 1,
      finding: (f) => {
        const down = witnessesOf(f).filter(({ vote }) => vote === 'down');
        return down.length === 0 ? undefined : `${namesOf(down)} say so too`;
      },
    },
    {
      id: 'others-see-it-well',
      from: 'peers',
      means: 'other observers find it well: it is this observer that sees everybody ill',
      weight: -4,
      finding: (f) => {
        const up = witnessesOf(f).filter(({ vote }) => vote === 'up');
        return up.length === 0 ? undefined : `${namesOf(up)} find it well`;
      },
    },
    STARVED,
    OBSERVER_LATE,
  ],
  experiments: ['connect'],
  ladder: [['wait'], ['roll-back'], ['page']],
  cooldownMs: 300_000,
  verification: WHOLE,
  neighbours: [
    'observer-fault',
    'dependency-down',
    'hang',
    'config-error',
    'planned-stop',
    'quorum-lost',
    'corruption',
    'diverged',
  ],
  suppresses: ['hang', 'blocked-loop', 'gray', 'slow-disk', 'overload', 'lagging', 'flapping', 'unhealthy'],
  waitsFor: [],
  follows: ['sameHost', 'sameGroup'],
  runbook: 'docs/runbooks/correlated.md',
};
