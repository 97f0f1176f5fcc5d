// The process has ended and nobody had announced it. The kernel's word (no such process, or a zombie) is proof and
// needs no vote. An orderly exit without an announcement is still treated here: the subject is down and nothing
// promises that it comes back; only the confidence is lower.
import { describeExit, endedInOrder } from '../detect/facts.js';
import type { FaultClass } from './fault-class.js';

export const CRASH: FaultClass = {
  name: 'crash',
  title: 'the process ended unasked',
  severity: 30,
  scope: 'process',
  evidence: [
    {
      id: 'process-lives',
      weight: 'rules-out',
      finding: (f) => (livingState(f.processState) ? `the kernel says that the process is ${f.processState}` : undefined),
    },
    {
      id: 'process-gone',
      weight: 6,
      finding: (f) => (f.processState === 'gone' ? `process ${f.process?.pid ?? '?'} is gone or a zombie (kernel)` : undefined),
    },
    {
      id: 'kernel-not-asked',
      weight: -4,
      finding: (f) => (f.processState === 'unknown' ? 'no process is known whose end the kernel could confirm' : undefined),
    },
    { id: 'ended-by-signal', weight: 2, finding: (f) => (f.exit?.signal === undefined ? undefined : describeExit(f.exit)) },
    { id: 'exit-code', weight: 2, finding: (f) => ((f.exit?.code ?? 0) === 0 ? undefined : describeExit(f.exit)) },
    {
      id: 'fatal-mark',
      weight: 2,
      finding: (f) => (f.exitMark?.reason.startsWith('fatal') ? `its exit journal says "${f.exitMark.reason}"` : undefined),
    },
    {
      id: 'no-exit-mark',
      weight: 1,
      finding: (f) => (f.processState === 'gone' && f.exitMark === undefined ? 'it left no exit journal' : undefined),
    },
    {
      id: 'refused-at-once',
      weight: 1,
      finding: (f) => (f.connect === 'refused' ? 'its port refuses connections at once' : undefined),
    },
    {
      id: 'port-answers',
      weight: -1,
      finding: (f) => (f.connect === 'accepted' ? 'something accepts connections on its port' : undefined),
    },
    {
      id: 'orderly-exit',
      weight: -2,
      finding: (f) => (endedInOrder(f) ? `it ended in order (${f.exitMark?.reason})` : undefined),
    },
    {
      id: 'announced',
      weight: -8,
      finding: (f) => (f.plannedStop === undefined ? undefined : `a planned stop by ${f.plannedStop.by} is in force`),
    },
  ],
  experiments: ['connect', 'read-exit-journal', 'read-log'],
  ladder: [['restart'], ['page']],
  cooldownMs: 0,
  verification: ['identity', 'canary', 'lag', 'redundancy', 'hash', 'soak', 'identity'],
  suppresses: ['hang'],
  waitsFor: [],
  runbook: 'docs/runbooks/crash.md',
};

const livingState = (state: string): boolean => state === 'running' || state === 'stopped' || state === 'blocked';
