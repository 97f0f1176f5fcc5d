// It finds itself well, and those who depend on it do not: slow for some, silent to others. A restart would lose what the
// others still get, and may change nothing; so leadership and load move away from it.
//
// Surprising: one accuser is not enough. A single peer that does not hear it is a link, or the peer itself.
import type { Facts } from '../detect/facts.js';
import type { FaultClass } from './fault-class.js';
import { breached, failingProbes } from './shared/current-signals.js';
import { PROCESS_GONE, STOPPED } from './shared/process.js';
import { badLinkOf, LASTING_MS } from './shared/reach-matrix.js';
import { OBSERVER_LATE, OWN_LOOP_LATE, STARVED } from './shared/silence.js';
import { WHOLE } from './shared/verification.js';
import { lastingWitnessesOf, namesOf, witnessesOf } from './shared/witnesses.js';

const ACCUSERS_MIN = 2;

/** Detectors that ask through the path of a client. */
const clientsSay = (f: Facts): string | undefined => {
  const [probe] = failingProbes(f).filter(({ outcome }) => outcome === 'silent');
  const [metric] = breached(f);
  return probe !== undefined ? `${probe.name}: ${probe.detail}` : metric === undefined ? undefined : `${metric.threshold}`;
};

const accusers = (f: Facts) => lastingWitnessesOf(f).filter(({ vote }) => vote === 'down');

export const GRAY: FaultClass = {
  name: 'gray',
  title: 'well by its own word, sick for others',
  severity: 15,
  scope: 'process',
  evidence: [
    PROCESS_GONE,
    STOPPED,
    {
      id: 'sick-by-own-word',
      from: 'health probe',
      means: 'it does not find itself well either',
      weight: -4,
      finding: (f) => (f.health === 'bad' || f.health === 'silent' ? `its own health probe says ${f.health}` : undefined),
    },
    {
      id: 'well-by-own-word',
      from: 'health probe',
      means: 'it answers its health probe well',
      weight: 1,
      finding: (f) => (f.health === 'good' ? 'it finds itself well' : undefined),
    },
    {
      id: 'accused-from-outside',
      from: 'peers',
      means: `it answers its health probe, and ${ACCUSERS_MIN} or more others have not heard it for ${LASTING_MS / 1000} s`,
      weight: 3,
      finding: (f) =>
        f.health === 'good' && accusers(f).length >= ACCUSERS_MIN ? `${namesOf(accusers(f))} do not hear it` : undefined,
    },
    {
      id: 'accuses-them-too',
      from: 'own word',
      means: 'it does not hear its accusers either: what is bad lies between them',
      weight: -4,
      finding: (f) => {
        const mutual = accusers(f).filter(({ name }) => f.vitals?.suspectedPeers.includes(name) === true);
        return mutual.length === 0 ? undefined : `it does not hear ${namesOf(mutual)} either`;
      },
    },
    {
      id: 'one-accuser',
      from: 'peers',
      means: 'only one of several others does not hear it: a link, or the accuser',
      weight: -2,
      finding: (f) =>
        accusers(f).length === 1 && witnessesOf(f).length > 1 ? `only ${namesOf(accusers(f))} does not hear it` : undefined,
    },
    {
      id: 'clients-suffer',
      from: 'detectors',
      means: 'it answers its health probe, and a client waits in vain or a declared metric is out of band',
      weight: 1,
      finding: (f) => (f.health === 'good' ? clientsSay(f) : undefined),
    },
    {
      id: 'a-link-is-bad',
      from: 'who sees whom',
      means: 'the matrix shows the bad link that explains it',
      weight: -4,
      finding: (f) => {
        const bad = badLinkOf(f.reach, f.subject);
        return bad === undefined ? undefined : `its link with ${bad.other} is ${bad.link}`;
      },
    },
    OWN_LOOP_LATE,
    STARVED,
    OBSERVER_LATE,
  ],
  experiments: ['connect'],
  ladder: [['hand-over'], ['throttle'], ['page']],
  cooldownMs: 60_000,
  verification: WHOLE,
  neighbours: ['partial-partition', 'full-partition', 'slow-disk', 'overload', 'unhealthy', 'leaked-lock'],
  suppresses: ['unhealthy'],
  waitsFor: ['hang', 'slow-disk', 'full-partition'],
  follows: ['dependsOn', 'sameHost'],
  runbook: 'docs/runbooks/gray.md',
};
