// A link is one-way, or is cut although a third member has good links to both ends. Each end may think the other dead, and a
// leader that some do not hear may be deposed again and again: the lead goes to who is best connected.
import type { FaultClass } from './fault-class.js';
import { PROCESS_GONE, STOPPED } from './shared/process.js';
import { badLinkOf, LASTING_MS } from './shared/reach-matrix.js';
import { LATE_LOOP_MS, OWN_LOOP_LATE } from './shared/silence.js';
import { WHOLE } from './shared/verification.js';

export const PARTIAL_PARTITION: FaultClass = {
  name: 'partial-partition',
  title: 'one of its links is cut, or works in one direction only',
  severity: 21,
  scope: 'link',
  evidence: [
    PROCESS_GONE,
    STOPPED,
    {
      id: 'one-way',
      from: 'who sees whom',
      means: `of one link its two ends say different things, for ${LASTING_MS / 1000} s`,
      weight: 5,
      finding: ({ reach, subject }) => {
        const bad = badLinkOf(reach, subject);
        return bad?.link === 'one-way' ? `its link with ${bad.other} works in one direction only` : undefined;
      },
    },
    {
      id: 'not-transitive',
      from: 'who sees whom',
      means: `a link is cut for ${LASTING_MS / 1000} s, and a third member has good links to both ends`,
      weight: 5,
      finding: ({ reach, subject }) => {
        const bad = badLinkOf(reach, subject);
        return bad?.link === 'cut' ? `its link with ${bad.other} is cut, and ${bad.through} sees both` : undefined;
      },
    },
    {
      id: 'silent',
      from: 'health probe',
      means: 'it is silent here too: what is wrong is more than a link between members',
      weight: -4,
      finding: (f) => (f.silence !== undefined || f.health === 'silent' ? 'it is silent here too' : undefined),
    },
    OWN_LOOP_LATE,
    {
      id: 'other-end-late',
      from: 'own word',
      means: `the event loop at the other end was ${LATE_LOOP_MS} ms late of late`,
      weight: -4,
      finding: ({ reach, subject, peers }) => {
        const bad = badLinkOf(reach, subject);
        const late = peers.find(({ name, vitals }) => name === bad?.other && vitals.loopDelayMs >= LATE_LOOP_MS);
        return late === undefined ? undefined : `the event loop of ${late.name} was ${late.vitals.loopDelayMs} ms late`;
      },
    },
  ],
  experiments: ['connect'],
  ladder: [['hand-over'], ['wait'], ['page']],
  cooldownMs: 60_000,
  verification: WHOLE,
  neighbours: ['full-partition', 'gray'],
  suppresses: ['gray', 'lagging', 'unhealthy'],
  waitsFor: [],
  follows: ['sameHost'],
  runbook: 'docs/runbooks/partial-partition.md',
};
