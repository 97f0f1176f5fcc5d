// It is ill because what it needs is down, and that is known and being mended. Restarting it heals nothing, and many dependants
// restarted at once are a storm against what has just come back. So it waits, and is started only if it does not recover alone.
//
// Surprising: the dependency must have fallen ill first, by its onset and not by when it was noticed.
import type { Facts, Neighbour } from '../detect/facts.js';
import type { FaultClass } from './fault-class.js';
import { illnessOf } from './shared/illness.js';
import { DEAD_AND_NOT_LOOPING, KERNEL_NOT_ASKED, STOPPED } from './shared/process.js';
import { computes } from './shared/silence.js';
import { WHOLE } from './shared/verification.js';

const sickDependencies = ({ neighbours }: Facts): readonly Neighbour[] =>
  neighbours.filter(({ dependsOn, verdict }) => dependsOn && verdict !== 'planned-stop' && verdict !== 'dependency-down');
const earlier = (f: Facts): readonly Neighbour[] =>
  sickDependencies(f).filter(({ since }) => f.onset !== undefined && since <= f.onset);

export const DEPENDENCY_DOWN: FaultClass = {
  name: 'dependency-down',
  title: 'what it depends on is down',
  severity: 45,
  scope: 'component',
  evidence: [
    KERNEL_NOT_ASKED,
    DEAD_AND_NOT_LOOPING,
    STOPPED,
    {
      id: 'well-itself',
      from: 'detectors',
      means: 'nothing is wrong with it',
      weight: 'rules-out',
      finding: (f) => (illnessOf(f) === undefined ? 'nothing is wrong with it itself' : undefined),
    },
    {
      id: 'dependency-diagnosed',
      from: 'neighbours',
      means: 'what it depends on fell ill before it, and is diagnosed',
      weight: 6,
      finding: (f) => {
        const [sick] = earlier(f).filter(({ verdict }) => verdict !== undefined);
        return sick === undefined ? undefined : `it depends on ${sick.subject}, which fell ill before it: ${sick.verdict}`;
      },
    },
    {
      id: 'dependency-suspected',
      from: 'neighbours',
      means: 'what it depends on fell ill before it, and is not diagnosed yet',
      weight: 2,
      finding: (f) => {
        const [sick] = earlier(f).filter(({ verdict }) => verdict === undefined);
        return sick === undefined ? undefined : `it depends on ${sick.subject}, which is suspected too`;
      },
    },
    {
      id: 'dependency-later',
      from: 'neighbours',
      means: 'what it depends on fell ill after it',
      weight: -2,
      finding: (f) => {
        const later = sickDependencies(f).find(({ since }) => f.onset !== undefined && since > f.onset);
        return later === undefined ? undefined : `${later.subject}, on which it depends, fell ill after it`;
      },
    },
    {
      id: 'other-dependants',
      from: 'neighbours',
      means: 'others that depend on something are ill for the same reason',
      weight: 1,
      finding: ({ neighbours }) => {
        const others = neighbours.filter(({ verdict }) => verdict === 'dependency-down');
        return others.length === 0 ? undefined : `so are ${others.map(({ subject }) => subject).join(', ')}`;
      },
    },
    {
      id: 'computes',
      from: 'effort',
      means: 'its main thread computes: nobody waits like that',
      weight: -4,
      finding: (f) => (computes(f) ? 'its main thread computes: it does not wait for anybody' : undefined),
    },
  ],
  experiments: ['connect', 'read-log'],
  ladder: [['wait'], ['restart'], ['page']],
  cooldownMs: 60_000,
  verification: WHOLE,
  neighbours: ['crash', 'crash-loop', 'config-error', 'hang', 'blocked-loop', 'correlated', 'unhealthy'],
  suppresses: ['crash', 'crash-loop', 'config-error', 'hang', 'gray', 'overload', 'lagging', 'unhealthy'],
  waitsFor: [],
  follows: ['dependsOn'],
  runbook: 'docs/runbooks/dependency-down.md',
};
