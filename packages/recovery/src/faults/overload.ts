// More is asked of it than it can do, and it stays so: clients wait, their retries are asked on top. Whoever is restarted comes
// back to the same queue with cold caches, so nothing is restarted; less is asked.
//
// Surprising: a machine without a processor to spare is no fault. Only what the operator has declared (a probe, a metric) says
// that clients suffer, and the rest says why.
import type { Facts } from '../detect/facts.js';
import type { FaultClass } from './fault-class.js';
import { breached, current, failingProbes } from './shared/current-signals.js';
import { PROCESS_GONE, STOPPED } from './shared/process.js';
import { isIdle, isStarved, OBSERVER_LATE } from './shared/silence.js';

/** A peak passes; what lasts longer feeds itself. */
const LASTING_MS = 10_000;

const clientsSuffer = (f: Facts): string | undefined => {
  const [metric] = breached(f).filter(({ forMs }) => forMs >= LASTING_MS);
  const [probe] = failingProbes(f).filter(({ outcome }) => outcome === 'silent');
  if (metric !== undefined) return `${metric.threshold} for ${Math.round(metric.forMs / 1000)} s`;
  return probe === undefined ? undefined : `${probe.name}: ${probe.detail}`;
};

const lateLoop = (f: Facts) => current(f, 'loop').find(({ late }) => late);

export const OVERLOAD: FaultClass = {
  name: 'overload',
  title: 'more is asked of it than it can do, and it stays so',
  severity: 14,
  scope: 'component',
  evidence: [
    PROCESS_GONE,
    STOPPED,
    {
      id: 'no-client-suffers',
      from: 'detectors',
      means: 'no declared probe or metric says that clients suffer',
      weight: 'rules-out',
      finding: (f) => (clientsSuffer(f) === undefined ? 'nothing that was declared says that clients suffer' : undefined),
    },
    {
      id: 'clients-suffer',
      from: 'detectors',
      means: `a declared metric is out of band for ${LASTING_MS / 1000} s, or a declared probe waits in vain`,
      weight: 2,
      finding: clientsSuffer,
    },
    {
      id: 'starved',
      from: 'effort',
      means: 'it waits for a processor',
      weight: 2,
      finding: (f) => (isStarved(f) ? 'it waits for a processor' : undefined),
    },
    {
      id: 'late-loop',
      from: 'detectors',
      means: 'its event loop turns late, and turns',
      weight: 2,
      finding: (f) => {
        const late = lateLoop(f);
        return f.health === 'good' && late !== undefined ? `its event loop turns ${Math.round(late.delayMs)} ms late` : undefined;
      },
    },
    {
      id: 'all-instances',
      from: 'neighbours',
      means: 'other instances suffer in the same way',
      weight: 1,
      finding: ({ neighbours }) => {
        const alike = neighbours.filter(
          ({ sameGroup, verdict }) => sameGroup === true && (verdict === 'overload' || verdict === undefined),
        );
        return alike.length === 0 ? undefined : `${alike.map(({ subject }) => subject).join(', ')} suffer too`;
      },
    },
    {
      id: 'idle',
      from: 'effort',
      means: 'its main thread hardly runs, and does not want to',
      weight: -4,
      finding: (f) => (isIdle(f) ? 'its main thread hardly runs, and does not want to' : undefined),
    },
    OBSERVER_LATE,
  ],
  experiments: ['connect'],
  ladder: [['throttle'], ['page']],
  cooldownMs: 120_000,
  verification: ['probe', 'canary', 'own', 'soak', 'metrics'],
  neighbours: ['blocked-loop', 'gray', 'slow-disk', 'unhealthy'],
  suppresses: ['unhealthy', 'lagging'],
  waitsFor: [],
  follows: ['dependsOn', 'sameHost'],
  runbook: 'docs/runbooks/overload.md',
};
