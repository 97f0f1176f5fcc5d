// Somebody announced the stop with an end time. Nothing is done until then; without a valid announcement it is not
// this class, however orderly the process ended. Whoever is not back by the end is started, and its failure has a name then.
import type { FaultClass } from './fault-class.js';
import { FATAL_MARK, ORDERLY_EXIT } from './shared/process.js';

export const PLANNED_STOP: FaultClass = {
  name: 'planned-stop',
  title: 'stopped on purpose, until a known time',
  severity: 0,
  scope: 'process',
  evidence: [
    {
      id: 'no-mark',
      from: 'marks',
      means: 'no valid announcement of a stop',
      weight: 'rules-out',
      finding: (f) => (f.plannedStop === undefined ? 'no valid planned-stop mark' : undefined),
    },
    {
      id: 'mark',
      from: 'marks',
      means: 'a planned stop is in force',
      weight: 5,
      finding: (f) => (f.plannedStop === undefined ? undefined : `planned stop by ${f.plannedStop.by} in force`),
    },
    { ...ORDERLY_EXIT, weight: 1 },
    {
      id: 'no-exit-mark',
      from: 'exit journal',
      means: 'it left no exit journal',
      weight: -1,
      finding: (f) => (f.processState === 'gone' && f.exitMark === undefined ? 'it left no exit journal' : undefined),
    },
    { ...FATAL_MARK, weight: -3 },
  ],
  experiments: ['read-exit-journal'],
  ladder: [['wait'], ['page']],
  cooldownMs: 0,
  verification: [],
  neighbours: ['crash', 'correlated'],
  suppresses: [
    'crash',
    'crash-loop',
    'config-error',
    'torn-tail',
    'hang',
    'blocked-loop',
    'gray',
    'overload',
    'lagging',
    'dependency-down',
    'correlated',
    'full-partition',
    'partial-partition',
    'flapping',
    'observer-fault',
    'unhealthy',
  ],
  waitsFor: [],
  follows: [],
  runbook: 'docs/runbooks/planned-stop.md',
};
