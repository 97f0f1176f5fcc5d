// What the operator declared (a probe, a metric, a pattern in the log) says that it is ill, and no other class explains it: the
// class of all that this catalogue does not know. It is restarted because the operator asked for it by declaring so.
//
// Surprising: its own health endpoint is not enough. It may say "bad" because of somebody else (no leader, no database), and a
// restart would take away what still answers.

import { describeSignal } from '../detect/signal.js';
import type { FaultClass } from './fault-class.js';
import { alarmingLogs, breached, failingProbes } from './shared/current-signals.js';
import { KERNEL_NOT_ASKED, PROCESS_GONE, STOPPED } from './shared/process.js';
import { OBSERVER_LATE, STARVED } from './shared/silence.js';
import { WHOLE } from './shared/verification.js';

export const UNHEALTHY: FaultClass = {
  name: 'unhealthy',
  title: 'what was declared says that it is ill',
  severity: 5,
  scope: 'process',
  evidence: [
    KERNEL_NOT_ASKED,
    PROCESS_GONE,
    STOPPED,
    {
      id: 'probe-fails',
      from: 'detectors',
      means: 'a declared probe fails, as often in a row as declared',
      weight: 3,
      finding: (f) => {
        const [probe] = failingProbes(f);
        return probe === undefined ? undefined : describeSignal(probe);
      },
    },
    {
      id: 'metric-out-of-band',
      from: 'detectors',
      means: 'a declared metric is out of band, for as long as declared',
      weight: 3,
      finding: (f) => {
        const [metric] = breached(f);
        return metric === undefined ? undefined : describeSignal(metric);
      },
    },
    {
      id: 'log-says-so',
      from: 'detectors',
      means: 'a declared pattern stands in its log, as often as declared',
      weight: 3,
      finding: (f) => {
        const [log] = alarmingLogs(f);
        return log === undefined ? undefined : describeSignal(log);
      },
    },
    {
      id: 'bad-by-own-word',
      from: 'health probe',
      means: 'it answers its health probe, and says that it is ill',
      weight: 1,
      finding: (f) => (f.health === 'bad' ? 'its health probe says bad' : undefined),
    },
    STARVED,
    OBSERVER_LATE,
    {
      id: 'dependency-unwell',
      from: 'neighbours',
      means: 'something that it depends on is unwell too',
      weight: -2,
      finding: ({ neighbours }) => {
        const sick = neighbours.find(({ dependsOn }) => dependsOn);
        return sick === undefined ? undefined : `${sick.subject}, on which it depends, is unwell too`;
      },
    },
  ],
  experiments: ['connect', 'read-log'],
  ladder: [['restart'], ['relocate'], ['page']],
  cooldownMs: 60_000,
  verification: WHOLE,
  neighbours: [
    'hang',
    'blocked-loop',
    'gray',
    'overload',
    'disk-full',
    'lagging',
    'leaked-lock',
    'dependency-down',
    'flapping',
    'observer-fault',
  ],
  suppresses: [],
  waitsFor: ['crash', 'hang', 'slow-disk', 'disk-full', 'dependency-down', 'overload'],
  follows: ['dependsOn', 'sameHost'],
  runbook: 'docs/runbooks/unhealthy.md',
};
