// The end of its log is half a write that nobody was told of: power or a kill came between two sectors. It is cut when the
// member starts, and nothing is lost. Damage anywhere else, or behind a mark that says "acknowledged", is corruption.
//
// Surprising: only of a dead process. One that serves has cut it already, and nothing is left to do.
import type { FaultClass } from './fault-class.js';
import { alarmed, lastWordsAbout } from './shared/own-account.js';
import { ANNOUNCED, PROCESS_LIVES } from './shared/process.js';
import { WHOLE } from './shared/verification.js';

export const TORN_TAIL: FaultClass = {
  name: 'torn-tail',
  title: 'the end of its log is half a write that was never acknowledged',
  severity: 31,
  scope: 'process',
  evidence: [
    PROCESS_LIVES,
    alarmed(7, 'its log ends in a torn write, above all that was acknowledged', 'torn'),
    lastWordsAbout(4, 'its last words speak of a torn end of the log', /torn (tail|end|write)/i),
    ANNOUNCED,
  ],
  experiments: ['read-exit-journal', 'read-log'],
  ladder: [['restart'], ['rebuild'], ['page']],
  cooldownMs: 60_000,
  verification: WHOLE,
  neighbours: ['crash', 'corruption', 'lost-write'],
  suppresses: ['crash'],
  waitsFor: [],
  follows: ['sameHost'],
  runbook: 'docs/runbooks/torn-tail.md',
};
