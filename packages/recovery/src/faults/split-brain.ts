// Two hold what only one may hold, and the older of them goes on saying so. What it still does is refused by its epoch where
// epochs are checked; where they are not, it must end before more is done twice.
//
// Surprising: two claimants for a moment are every change of leaders. It counts once the older one has gone on for longer than
// any member needs to hear of the newer.
import type { Claim, Facts } from '../detect/facts.js';
import type { FaultClass } from './fault-class.js';
import { KERNEL_NOT_ASKED, PROCESS_GONE } from './shared/process.js';
import { WHOLE } from './shared/verification.js';

/** Check-quorum ends a deposed leader's claim within an election time-out, a second or two. */
const GOES_ON_MS = 5000;

interface Rivalry {
  readonly own: Claim;
  readonly newer: Claim;
}

/** The subject's own claim, and a newer one beside which it went on. */
function rivalryOf({ claims, subject }: Facts): Rivalry | undefined {
  for (const own of claims.filter(({ by }) => by === subject)) {
    const newer = claims.find(({ by, role, epoch }) => by !== subject && role === own.role && epoch > own.epoch);
    if (newer !== undefined) return { own, newer };
  }
  return undefined;
}

const wentOnMs = ({ own, newer }: Rivalry): number => own.at - newer.since;

export const SPLIT_BRAIN: FaultClass = {
  name: 'split-brain',
  title: 'it still claims what another has by a higher epoch',
  severity: 70,
  scope: 'cluster',
  evidence: [
    KERNEL_NOT_ASKED,
    PROCESS_GONE,
    {
      id: 'no-newer-claim',
      from: 'claims',
      means: 'nobody else claims the same by a higher epoch',
      weight: 'rules-out',
      finding: (f) => (rivalryOf(f) === undefined ? 'nobody claims what it claims by a higher epoch' : undefined),
    },
    {
      id: 'goes-on',
      from: 'claims',
      means: `it went on claiming for ${GOES_ON_MS / 1000} s after another had it by a higher epoch`,
      weight: 6,
      finding: (f) => {
        const rivalry = rivalryOf(f);
        if (rivalry === undefined || wentOnMs(rivalry) < GOES_ON_MS) return undefined;
        const { own, newer } = rivalry;
        return `it claims ${own.role} by epoch ${own.epoch}, ${Math.round(wentOnMs(rivalry) / 1000)} s after ${newer.by} had it by ${newer.epoch}`;
      },
    },
  ],
  experiments: ['connect'],
  ladder: [['fence', 'restart'], ['page']],
  cooldownMs: 10_000,
  verification: WHOLE,
  neighbours: ['full-partition', 'clock-jump'],
  suppresses: ['full-partition', 'partial-partition', 'gray', 'unhealthy'],
  waitsFor: [],
  follows: ['sameGroup', 'sameHost'],
  runbook: 'docs/runbooks/split-brain.md',
};
