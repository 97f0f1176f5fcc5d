// Its log ends before what it had acknowledged: the disk said "stored" and had not. Its vote counts for nothing any more, since
// a majority may have rested on it; it comes back as a new replica, learner first.
//
// Surprising: a sync that failed is no lost write. It ends the process at once, and what was not synced was not acknowledged.
import type { FaultClass } from './fault-class.js';
import { alarmed, lastWordsAbout } from './shared/own-account.js';
import { WHOLE } from './shared/verification.js';

const LOST = /"code":"lost-write"|disk lost an acknowledged write|lost writes that this member had acknowledged/;

export const LOST_WRITE: FaultClass = {
  name: 'lost-write',
  title: 'its disk lost a write that it had acknowledged',
  severity: 58,
  scope: 'process',
  evidence: [
    alarmed(7, 'its log is behind what it acknowledged', 'lost-write'),
    lastWordsAbout(4, 'it ended saying that an acknowledged write is lost', LOST),
  ],
  experiments: ['read-exit-journal', 'read-log'],
  ladder: [['rebuild'], ['replace'], ['page']],
  cooldownMs: 600_000,
  verification: WHOLE,
  neighbours: ['crash-loop', 'corruption', 'torn-tail', 'disk-lost'],
  suppresses: ['crash', 'crash-loop', 'torn-tail', 'lagging', 'unhealthy'],
  waitsFor: ['quorum-lost'],
  follows: ['sameHost'],
  runbook: 'docs/runbooks/lost-write.md',
};
