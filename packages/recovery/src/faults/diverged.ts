// Two replicas hold different states at the same index: a bug, memory that flipped, or a hand that wrote beside the log. The
// majority's state stands; the errant copy is kept for whoever looks for the cause.
import type { FaultClass } from './fault-class.js';
import { alarmed } from './shared/own-account.js';
import { WHOLE } from './shared/verification.js';

export const DIVERGED: FaultClass = {
  name: 'diverged',
  title: 'its state differs from the majority at the same index',
  severity: 65,
  scope: 'process',
  evidence: [
    alarmed(7, 'its state hash differs from that of the majority at one revision', 'diverged'),
    {
      id: 'damaged',
      from: 'store alarms',
      means: 'a checksum failed as well: the difference is damage of its disk',
      weight: -5,
      finding: (f) => alarmed(0, '', 'rot', 'corrupt').finding(f),
    },
    {
      id: 'others-differ-too',
      from: 'neighbours',
      means: 'another member is said to differ too: nobody knows who is right',
      weight: -5,
      finding: ({ neighbours }) => {
        const others = neighbours.filter(({ sameGroup, verdict }) => sameGroup === true && verdict === 'diverged');
        return others.length === 0 ? undefined : `${others.map(({ subject }) => subject).join(', ')} is said to differ too`;
      },
    },
  ],
  experiments: [],
  ladder: [['rebuild'], ['replace'], ['page']],
  cooldownMs: 600_000,
  verification: WHOLE,
  neighbours: ['corruption', 'correlated'],
  suppresses: ['lagging', 'unhealthy'],
  waitsFor: ['quorum-lost'],
  follows: [],
  runbook: 'docs/runbooks/diverged.md',
};
