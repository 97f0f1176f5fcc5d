// It is far behind those that it copies, and comes nearer, or would, if less were asked of it. Who stands still does not lag:
// it hangs, is cut off, or its disk is slow.
import type { FaultClass } from './fault-class.js';
import { PROCESS_GONE, STOPPED } from './shared/process.js';

/** A burst is caught up within seconds. */
const BEHIND_MS = 30_000;
const LASTING_MS = 30_000;

export const LAGGING: FaultClass = {
  name: 'lagging',
  title: 'it is far behind, and moves',
  severity: 8,
  scope: 'process',
  evidence: [
    PROCESS_GONE,
    STOPPED,
    {
      id: 'stands-still',
      from: 'lag',
      means: 'it applies nothing: that is no lag',
      weight: 'rules-out',
      finding: ({ lag }) => (lag !== undefined && lag.entries > 0 && lag.appliesPerSecond <= 0 ? 'it stands still' : undefined),
    },
    {
      id: 'far-behind',
      from: 'lag',
      means: `it was behind for ${LASTING_MS / 1000} s, by what it needs ${BEHIND_MS / 1000} s to apply`,
      weight: 4,
      finding: ({ lag }) => {
        if (lag === undefined || lag.appliesPerSecond <= 0 || lag.forMs < LASTING_MS) return undefined;
        const behindMs = (lag.entries / lag.appliesPerSecond) * 1000;
        return behindMs < BEHIND_MS
          ? undefined
          : `${lag.entries} entries behind for ${Math.round(lag.forMs / 1000)} s, at ${Math.round(lag.appliesPerSecond)} a second`;
      },
    },
    {
      id: 'silent',
      from: 'kernel',
      means: 'it is silent: it does not move',
      weight: -4,
      finding: (f) => (f.silence === undefined ? undefined : 'it is silent'),
    },
  ],
  experiments: ['connect'],
  ladder: [['throttle'], ['page']],
  cooldownMs: 120_000,
  verification: ['identity', 'lag', 'soak', 'lag', 'identity'],
  neighbours: ['slow-disk', 'unhealthy'],
  suppresses: [],
  waitsFor: ['slow-disk', 'full-partition'],
  follows: ['sameHost', 'sameGroup'],
  runbook: 'docs/runbooks/lagging.md',
};
