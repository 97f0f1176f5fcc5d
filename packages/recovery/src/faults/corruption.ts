// What was acknowledged is damaged on this disk: a checksum failed in the middle of the log, or in a stored record. Good
// copies are at its peers, so its data are set aside and fetched anew; nothing is ever cut off.
import type { FaultClass } from './fault-class.js';
import { alarmed, lastWordsAbout } from './shared/own-account.js';
import { WHOLE } from './shared/verification.js';

/** As members of the store say it, as text or by its code. Nothing broader: this leads to a rebuild. */
const DAMAGED =
  /"code":"(log|data-directory)-damaged"|were acknowledged and are damaged|(write-ahead log in|log of keyspace) .+ is damaged|state of keyspace .+ cannot be read/;

export const CORRUPTION: FaultClass = {
  name: 'corruption',
  title: 'acknowledged data are damaged on its disk',
  severity: 60,
  scope: 'process',
  evidence: [
    alarmed(7, 'a checksum failed in what was acknowledged', 'rot', 'corrupt'),
    lastWordsAbout(4, 'it ended saying that its log or its state is damaged', DAMAGED),
    {
      id: 'peers-damaged-too',
      from: 'neighbours',
      means: 'the data of another member are damaged too: there may be no good copy',
      weight: -6,
      finding: ({ neighbours }) => {
        const damaged = neighbours.filter(({ sameGroup, verdict }) => sameGroup === true && verdict === 'corruption');
        return damaged.length === 0
          ? undefined
          : `the data of ${damaged.map(({ subject }) => subject).join(', ')} are damaged too`;
      },
    },
  ],
  experiments: ['read-exit-journal', 'read-log'],
  ladder: [['rebuild'], ['replace'], ['page']],
  cooldownMs: 600_000,
  verification: WHOLE,
  neighbours: ['torn-tail', 'lost-write', 'diverged', 'correlated'],
  suppresses: ['crash', 'crash-loop', 'torn-tail', 'lagging', 'unhealthy'],
  waitsFor: ['quorum-lost'],
  follows: ['sameHost'],
  runbook: 'docs/runbooks/corruption.md',
};
