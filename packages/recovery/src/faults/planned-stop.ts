// Somebody announced the stop with an end time. Nothing is done until then; without a valid announcement it is not
// this class, however orderly the process ended.
import { endedInOrder } from '../detect/facts.js';
import type { FaultClass } from './fault-class.js';

export const PLANNED_STOP: FaultClass = {
  name: 'planned-stop',
  title: 'stopped on purpose, until a known time',
  severity: 0,
  scope: 'process',
  evidence: [
    {
      id: 'no-mark',
      weight: 'rules-out',
      finding: (f) => (f.plannedStop === undefined ? 'no valid planned-stop mark' : undefined),
    },
    {
      id: 'mark',
      weight: 5,
      finding: (f) => (f.plannedStop === undefined ? undefined : `planned stop by ${f.plannedStop.by} in force`),
    },
    {
      id: 'orderly-exit',
      weight: 1,
      finding: (f) => (endedInOrder(f) ? `it ended in order (${f.exitMark?.reason})` : undefined),
    },
    {
      id: 'no-exit-mark',
      weight: -1,
      finding: (f) => (f.processState === 'gone' && f.exitMark === undefined ? 'it left no exit journal' : undefined),
    },
    {
      id: 'fatal-mark',
      weight: -3,
      finding: (f) => (f.exitMark?.reason.startsWith('fatal') ? `its exit journal says "${f.exitMark.reason}"` : undefined),
    },
  ],
  experiments: ['read-exit-journal'],
  ladder: [],
  cooldownMs: 0,
  verification: [],
  suppresses: ['crash', 'crash-loop', 'hang', 'blocked-loop'],
  waitsFor: [],
  runbook: 'docs/runbooks/planned-stop.md',
};
