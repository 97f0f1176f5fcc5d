// It ends again and again in the same way: the cause is still there, and the next start would only meet it again. So
// the engine stops starting it and asks a human. A healthy soak between two ends starts the count anew: a process that
// is killed once an hour crashes, it does not loop.
import { describeExit, type Facts } from '../detect/facts.js';
import type { FaultClass } from './fault-class.js';

/** The fifth end alike has survived four waits of growing length: it is not the moment that is wrong. */
export const LOOP_EXITS = 5;
/** With the default back-off, five starts that fail at once take about four seconds; slow starts fail slowly. */
const LOOP_WITHIN_MS = 60_000;

/** The newest ends that are alike, one after the other, within the time. An end whose status nobody knows is like none. */
export function endsAlike({ exits, at }: Pick<Facts, 'exits' | 'at'>): number {
  const newest = exits.at(-1)?.exit;
  if (newest === undefined) return 0;
  const isLike = ({ exit, at: then }: (typeof exits)[number]): boolean =>
    exit?.code === newest.code && exit?.signal === newest.signal && at - then <= LOOP_WITHIN_MS;
  const other = exits.findLastIndex((exit) => !isLike(exit));
  return exits.length - 1 - other;
}

export const CRASH_LOOP: FaultClass = {
  name: 'crash-loop',
  title: 'it ends again and again in the same way',
  severity: 40,
  scope: 'process',
  evidence: [
    {
      id: 'process-lives',
      weight: 'rules-out',
      finding: (f) =>
        f.processState === 'gone' || f.processState === 'unknown'
          ? undefined
          : `the kernel says that the process is ${f.processState}`,
    },
    {
      id: 'too-few-ends',
      weight: 'rules-out',
      finding: (f) =>
        endsAlike(f) < LOOP_EXITS ? `${endsAlike(f)} ends alike since it last held, not ${LOOP_EXITS}` : undefined,
    },
    {
      id: 'ends-alike',
      weight: 8,
      finding: (f) =>
        endsAlike(f) < LOOP_EXITS
          ? undefined
          : `${endsAlike(f)} times ${describeExit(f.exits.at(-1)?.exit)} within ${LOOP_WITHIN_MS / 1000} s, without a healthy soak between`,
    },
    {
      id: 'announced',
      weight: -8,
      finding: (f) => (f.plannedStop === undefined ? undefined : `a planned stop by ${f.plannedStop.by} is in force`),
    },
  ],
  experiments: ['connect', 'read-exit-journal', 'read-log'],
  ladder: [['page']],
  cooldownMs: 60_000,
  verification: ['identity', 'canary', 'lag', 'redundancy', 'hash', 'soak', 'identity'],
  suppresses: ['crash'],
  waitsFor: [],
  runbook: 'docs/runbooks/crash-loop.md',
};
