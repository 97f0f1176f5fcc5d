// No majority of the voters can be reached: nothing is decided any more, and nothing can be lost by waiting. Those that are
// dead are started by their own agents. Only where a majority is gone for good does anything else help, and that loses what only
// it knew: a human decides it, with the report of what is lost in hand.
import type { QuorumView } from '../detect/facts.js';
import type { FaultClass } from './fault-class.js';
import { PROCESS_GONE } from './shared/process.js';
import { blocksOf, isMajority, membersOf, speakersOf } from './shared/reach-matrix.js';
import { OBSERVER_LATE } from './shared/silence.js';
import { WHOLE } from './shared/verification.js';

/** All nodes killed at once are back within seconds. */
const LASTING_MS = 10_000;

/** Below a majority, and for longer than it takes to start all of them again. */
const isLost = (quorum: QuorumView | undefined): quorum is QuorumView =>
  quorum !== undefined && quorum.reachable * 2 <= quorum.voters && quorum.forMs >= LASTING_MS;

export const QUORUM_LOST: FaultClass = {
  name: 'quorum-lost',
  title: 'no majority of the voters can be reached',
  severity: 80,
  scope: 'cluster',
  evidence: [
    PROCESS_GONE,
    {
      id: 'silent-itself',
      from: 'kernel',
      means: 'it is silent itself: its own fault comes first, and may be the one that is missing',
      weight: 'rules-out',
      finding: (f) => (f.silence === undefined ? undefined : 'it is silent itself'),
    },
    {
      id: 'has-quorum',
      from: 'quorum',
      means: 'it reaches a majority',
      weight: 'rules-out',
      finding: ({ quorum }) =>
        quorum !== undefined && quorum.reachable * 2 > quorum.voters
          ? `${quorum.reachable} of ${quorum.voters} voters can be reached`
          : undefined,
    },
    {
      id: 'no-quorum',
      from: 'quorum',
      means: `fewer than a majority of the voters were reached for ${LASTING_MS / 1000} s`,
      weight: 5,
      finding: ({ quorum }) =>
        isLost(quorum)
          ? `${quorum.reachable} of ${quorum.voters} voters were reached for ${Math.round(quorum.forMs / 1000)} s`
          : undefined,
    },
    {
      id: 'no-large-block',
      from: 'who sees whom',
      means: 'every member speaks, and no block of those that see each other is a majority',
      weight: 2,
      finding: ({ reach }) => {
        const [largest] = blocksOf(reach);
        if (largest === undefined || speakersOf(reach).length < membersOf(reach).length) return undefined;
        if (isMajority(largest, membersOf(reach))) return undefined;
        return `the largest block is ${largest.join(', ')}`;
      },
    },
    {
      id: 'majority-elsewhere',
      from: 'who sees whom',
      means: 'the other members have a majority without it: it is cut off',
      weight: -6,
      finding: ({ reach, subject }) => {
        const [largest] = blocksOf(reach);
        if (largest === undefined || largest.includes(subject) || !isMajority(largest, membersOf(reach))) return undefined;
        return `${largest.join(', ')} have a majority without it`;
      },
    },
    OBSERVER_LATE,
    {
      id: 'being-restarted',
      from: 'neighbours',
      means: 'voters are being started again: they may be all that is missing',
      weight: -3,
      finding: ({ neighbours }) => {
        const restarting = neighbours.filter(
          ({ sameGroup, verdict }) => sameGroup === true && (verdict === 'crash' || verdict === 'hang'),
        );
        return restarting.length === 0 ? undefined : `${restarting.map(({ subject }) => subject).join(', ')} is being restarted`;
      },
    },
  ],
  experiments: ['connect'],
  ladder: [['wait'], ['unsafe-recover'], ['page']],
  cooldownMs: 600_000,
  mode: 'passive',
  verification: WHOLE,
  neighbours: ['full-partition', 'correlated'],
  suppresses: ['full-partition', 'partial-partition', 'lagging', 'gray', 'unhealthy'],
  waitsFor: [],
  follows: ['sameGroup'],
  runbook: 'docs/runbooks/quorum-lost.md',
};
