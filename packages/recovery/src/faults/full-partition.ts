// The members that speak stand in blocks with no good link between them, as both ends of every link say, and this one is
// not in the larger block. The majority goes on, the minority has stepped down by itself: there is nothing to restart, and
// much to lose by it.
import type { Facts } from '../detect/facts.js';
import type { FaultClass } from './fault-class.js';
import { PROCESS_GONE, STOPPED } from './shared/process.js';
import { blocksOf, isMajority, LASTING_MS, membersOf } from './shared/reach-matrix.js';
import { OWN_LOOP_LATE } from './shared/silence.js';
import { WHOLE } from './shared/verification.js';

const MEMBERS_MIN = 3;

const isCutOff = ({ reach, subject }: Facts): boolean => {
  const [largest, second] = blocksOf(reach);
  return largest !== undefined && second !== undefined && isMajority(largest, membersOf(reach)) && !largest.includes(subject);
};

export const FULL_PARTITION: FaultClass = {
  name: 'full-partition',
  title: 'the network has cut it off from the majority',
  severity: 22,
  scope: 'link',
  evidence: [
    PROCESS_GONE,
    STOPPED,
    {
      id: 'on-the-good-side',
      from: 'who sees whom',
      means: 'it is in the block of the majority',
      weight: 'rules-out',
      finding: ({ reach, subject }) => {
        const members = membersOf(reach);
        const [largest, second] = blocksOf(reach);
        const isWell = largest?.includes(subject) === true && second !== undefined && isMajority(largest, members);
        return isWell ? 'it is with the majority' : undefined;
      },
    },
    {
      id: 'says-nothing',
      from: 'who sees whom',
      means: 'it does not say itself whom it sees: it may as well be dead or hung',
      weight: 'rules-out',
      finding: ({ reach, subject }) =>
        reach.length > 0 && !reach.some(({ from }) => from === subject) ? 'it says nothing itself of whom it sees' : undefined,
    },
    {
      id: 'two-blocks',
      from: 'who sees whom',
      means: `both ends of every link between two blocks have said for ${LASTING_MS / 1000} s that it is cut, and the other block has the majority`,
      weight: 5,
      finding: (f) =>
        membersOf(f.reach).length >= MEMBERS_MIN && isCutOff(f)
          ? `no link between ${blocksOf(f.reach)
              .map((block) => block.join(', '))
              .join(' | ')}`
          : undefined,
    },
    {
      id: 'well-by-own-word',
      from: 'health probe',
      means: 'it answers this observer, whose link to it is another one',
      weight: 1,
      finding: (f) => (f.health === 'good' || f.health === 'bad' ? 'it answers here' : undefined),
    },
    OWN_LOOP_LATE,
  ],
  experiments: ['connect'],
  ladder: [['wait'], ['page']],
  cooldownMs: 60_000,
  verification: WHOLE,
  neighbours: ['partial-partition', 'quorum-lost', 'split-brain', 'gray', 'observer-fault'],
  suppresses: ['partial-partition', 'gray', 'lagging', 'unhealthy'],
  waitsFor: [],
  follows: ['sameHost'],
  runbook: 'docs/runbooks/full-partition.md',
};
