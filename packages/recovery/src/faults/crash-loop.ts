// It ends again and again in the same way: the cause is still there, and the next start would only meet it again. So
// the engine stops starting it here, and asks a human unless it can run elsewhere. A healthy soak between two ends starts
// the count anew: a process that is killed once an hour crashes, it does not loop.
import type { FaultClass } from './fault-class.js';
import { endsAlike, LOOP_EXITS, LOOP_WITHIN_MS } from './shared/ends.js';
import { ANNOUNCED, lastEnd, PROCESS_LIVES } from './shared/process.js';
import { WHOLE } from './shared/verification.js';

export const CRASH_LOOP: FaultClass = {
  name: 'crash-loop',
  title: 'it ends again and again in the same way',
  severity: 40,
  scope: 'process',
  evidence: [
    PROCESS_LIVES,
    {
      id: 'too-few-ends',
      from: 'past ends',
      means: `fewer than ${LOOP_EXITS} ends alike since it last held`,
      weight: 'rules-out',
      finding: (f) =>
        endsAlike(f) < LOOP_EXITS ? `${endsAlike(f)} ends alike since it last held, not ${LOOP_EXITS}` : undefined,
    },
    {
      id: 'ends-alike',
      from: 'past ends',
      means: `${LOOP_EXITS} ends by the same code or signal within ${LOOP_WITHIN_MS / 1000} s, without a healthy soak between`,
      weight: 8,
      finding: (f) =>
        endsAlike(f) < LOOP_EXITS
          ? undefined
          : `${endsAlike(f)} times ${lastEnd(f)} within ${LOOP_WITHIN_MS / 1000} s, without a healthy soak between`,
    },
    ANNOUNCED,
  ],
  experiments: ['connect', 'read-exit-journal', 'read-log'],
  ladder: [['relocate'], ['page']],
  cooldownMs: 60_000,
  verification: WHOLE,
  neighbours: ['crash', 'config-error', 'disk-full', 'lost-write', 'disk-lost', 'dependency-down', 'flapping'],
  suppresses: ['crash'],
  waitsFor: [],
  follows: ['dependsOn', 'sameHost'],
  runbook: 'docs/runbooks/crash-loop.md',
};
