// The process has ended and nobody had announced it. The kernel's word (no such process, or a zombie) is proof and
// needs no vote. An orderly exit without an announcement is still treated here: the subject is down and nothing
// promises that it comes back; only the confidence is lower.
import { describeExit } from '../detect/facts.js';
import type { FaultClass } from './fault-class.js';
import { ANNOUNCED, FATAL_MARK, ORDERLY_EXIT, PROCESS_LIVES } from './shared/process.js';
import { WHOLE } from './shared/verification.js';

export const CRASH: FaultClass = {
  name: 'crash',
  title: 'the process ended unasked',
  severity: 30,
  scope: 'process',
  evidence: [
    PROCESS_LIVES,
    {
      id: 'process-gone',
      from: 'kernel',
      means: 'its process is gone or a zombie',
      weight: 6,
      finding: (f) => (f.processState === 'gone' ? `process ${f.process?.pid ?? '?'} is gone or a zombie (kernel)` : undefined),
    },
    {
      id: 'kernel-not-asked',
      from: 'kernel',
      means: 'nobody knows a process whose end the kernel could confirm',
      weight: -4,
      finding: (f) => (f.processState === 'unknown' ? 'no process is known whose end the kernel could confirm' : undefined),
    },
    {
      id: 'ended-by-signal',
      from: 'exit status',
      means: 'a signal ended it',
      weight: 2,
      finding: (f) => (f.exit?.signal === undefined ? undefined : describeExit(f.exit)),
    },
    {
      id: 'exit-code',
      from: 'exit status',
      means: 'its exit code is not 0',
      weight: 2,
      finding: (f) => ((f.exit?.code ?? 0) === 0 ? undefined : describeExit(f.exit)),
    },
    FATAL_MARK,
    {
      id: 'refused-at-once',
      from: 'port',
      means: 'its port refuses connections at once',
      weight: 1,
      finding: (f) => (f.connect === 'refused' ? 'its port refuses connections at once' : undefined),
    },
    {
      id: 'port-answers',
      from: 'port',
      means: 'something accepts connections on its port',
      weight: -1,
      finding: (f) => (f.connect === 'accepted' ? 'something accepts connections on its port' : undefined),
    },
    ORDERLY_EXIT,
    ANNOUNCED,
  ],
  experiments: ['connect', 'read-exit-journal', 'read-log'],
  ladder: [['restart'], ['relocate'], ['page']],
  cooldownMs: 0,
  verification: WHOLE,
  neighbours: ['crash-loop', 'hang', 'planned-stop', 'torn-tail', 'dependency-down'],
  suppresses: [],
  waitsFor: [],
  follows: ['dependsOn', 'sameHost'],
  runbook: 'docs/runbooks/crash.md',
};
