// The process exists and the kernel still completes connections for it, but the application is silent. Stopped
// (SIGSTOP) and uninterruptible processes look alike from outside; neither is dead. No ladder yet: a hung process must
// be fenced before it is replaced, and that needs the coordinated tier.
import type { FaultClass } from './fault-class.js';

export const HANG: FaultClass = {
  name: 'hang',
  title: 'the process lives but does not answer',
  severity: 20,
  evidence: [
    {
      id: 'process-gone',
      weight: 'rules-out',
      finding: (f) => (f.processState === 'gone' ? `process ${f.process?.pid ?? '?'} is gone (kernel)` : undefined),
    },
    {
      id: 'answers-health',
      weight: 'rules-out',
      finding: (f) => (f.health === 'good' || f.health === 'bad' ? `it answers its health probe (${f.health})` : undefined),
    },
    {
      id: 'stopped',
      weight: 3,
      finding: (f) => (f.processState === 'stopped' ? 'the kernel says that it is stopped (state T)' : undefined),
    },
    {
      id: 'blocked',
      weight: 1,
      finding: (f) => (f.processState === 'blocked' ? 'it is in uninterruptible sleep (state D)' : undefined),
    },
    {
      id: 'accepts-but-silent',
      weight: 2,
      finding: (f) =>
        f.connect === 'accepted' && f.health === 'silent' ? 'its port accepts, the application is silent' : undefined,
    },
    {
      id: 'silent-repeatedly',
      weight: 1,
      finding: (f) => (f.silentProbes >= 3 ? `${f.silentProbes} probes in a row without an answer` : undefined),
    },
    {
      id: 'port-refuses',
      weight: -3,
      finding: (f) => (f.connect === 'refused' ? 'its port refuses connections: a hung process keeps its socket' : undefined),
    },
  ],
  experiments: ['connect'],
  ladder: [],
  verification: ['identity', 'canary', 'soak'],
  suppresses: [],
  waitsFor: [],
};
