// It was mended, held its soak, and fell ill in the same way, again and again. The repair works and does not last: its cause
// is elsewhere, and one more repair hides it for a few minutes. A human looks; until it is quiet for long, nothing is done.
//
// Surprising: not for the dead or the stopped. What the kernel proves is mended by reflex, whose own budget counts.
import type { Facts } from '../detect/facts.js';
import type { FaultClass, FaultName } from './fault-class.js';
import { illnessOf } from './shared/illness.js';
import { PROCESS_GONE, STOPPED } from './shared/process.js';

const RECURRENCES_MIN = 4;
const BLOCK_MS = 600_000;

/** Nobody's repair was at fault in these. */
const NOT_COUNTED: ReadonlySet<FaultName> = new Set([
  'planned-stop',
  'observer-fault',
  'dependency-down',
  'correlated',
  'flapping',
]);

function recurring({ recentIncidents, at }: Facts): { readonly fault: FaultName; readonly times: number } | undefined {
  const counts = new Map<FaultName, number>();
  for (const { fault, closedAt } of recentIncidents)
    if (!NOT_COUNTED.has(fault) && at - closedAt <= BLOCK_MS) counts.set(fault, (counts.get(fault) ?? 0) + 1);
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return most === undefined ? undefined : { fault: most[0], times: most[1] };
}

export const FLAPPING: FaultClass = {
  name: 'flapping',
  title: 'it falls ill again after every repair',
  severity: 48,
  scope: 'process',
  evidence: [
    PROCESS_GONE,
    STOPPED,
    {
      id: 'well',
      from: 'detectors',
      means: 'nothing is wrong with it now',
      weight: 'rules-out',
      finding: (f) => (illnessOf(f) === undefined ? 'nothing is wrong with it now' : undefined),
    },
    {
      id: 'recurs',
      from: 'past incidents',
      means: `${RECURRENCES_MIN} incidents of one class were closed within ${BLOCK_MS / 60_000} minutes`,
      weight: 6,
      finding: (f) => {
        const found = recurring(f);
        return found === undefined || found.times < RECURRENCES_MIN
          ? undefined
          : `${found.fault} was mended ${found.times} times within ${BLOCK_MS / 60_000} minutes`;
      },
    },
  ],
  experiments: [],
  ladder: [['page']],
  cooldownMs: 1_200_000,
  verification: ['identity', 'probe', 'own', 'soak', 'metrics', 'identity'],
  neighbours: ['crash-loop', 'blocked-loop', 'unhealthy'],
  suppresses: [
    'hang',
    'blocked-loop',
    'gray',
    'slow-disk',
    'overload',
    'lagging',
    'leaked-lock',
    'full-partition',
    'partial-partition',
    'unhealthy',
  ],
  waitsFor: [],
  follows: [],
  runbook: 'docs/runbooks/flapping.md',
};
