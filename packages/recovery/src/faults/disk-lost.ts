// Under a known name there is an empty data directory, or somebody else's: a disk was swapped, not mounted, or wiped. It is
// a new replica whatever its name, and takes the old one's place by replacement: learner, catch-up, voter.
import type { FaultClass } from './fault-class.js';
import { alarmed, lastWordsAbout } from './shared/own-account.js';
import { WHOLE } from './shared/verification.js';

const FOREIGN =
  /"code":"(data-directory-foreign|cluster-already-initialised)"|data directory .+ (belongs to (cluster|member)|holds .+ but no identity)|already initialised with other data/;

export const DISK_LOST: FaultClass = {
  name: 'disk-lost',
  title: 'its data directory is empty, or is not its own',
  severity: 59,
  scope: 'host',
  evidence: [
    alarmed(7, 'the identity in its data directory is not the one that it had', 'wrong-directory'),
    lastWordsAbout(4, 'it ended saying that its data directory is not its own', FOREIGN),
  ],
  experiments: ['read-exit-journal', 'read-log'],
  ladder: [['replace'], ['page']],
  cooldownMs: 600_000,
  verification: WHOLE,
  neighbours: ['crash-loop', 'lost-write'],
  suppresses: ['crash', 'crash-loop', 'torn-tail', 'lost-write', 'lagging', 'unhealthy'],
  waitsFor: ['quorum-lost'],
  follows: ['sameHost'],
  runbook: 'docs/runbooks/disk-lost.md',
};
