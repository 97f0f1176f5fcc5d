// The main thread computes and does not come back to its event loop: nobody is served, no heartbeat leaves, but the
// process is anything but idle. It may end by itself (a large range, a collection of garbage), so it is given a while
// before it is fenced; its peers have deposed it long before, if it led.
import type { FaultClass } from './fault-class.js';
import {
  ANSWERS,
  acceptsButSilent,
  computes,
  isIdle,
  OBSERVER_LATE,
  PEERS_HEAR,
  PEERS_SUSPECT,
  PORT_REFUSES,
  PROCESS_GONE,
  STARVED,
} from './silence.js';

/** Collections of garbage and large requests stay below. */
const LATE_LOOP_MS = 200;

export const BLOCKED_LOOP: FaultClass = {
  name: 'blocked-loop',
  title: 'the event loop does not turn',
  severity: 10,
  scope: 'process',
  evidence: [
    PROCESS_GONE,
    ANSWERS,
    {
      id: 'stopped',
      weight: 'rules-out',
      finding: (f) => (f.processState === 'stopped' ? 'it is stopped (state T) and runs nothing' : undefined),
    },
    {
      id: 'computes',
      weight: 3,
      finding: (f) =>
        computes(f)
          ? `its main thread ran for ${f.silence?.ranMs} of ${Math.round(f.silence?.ms ?? 0)} ms of silence`
          : undefined,
    },
    acceptsButSilent(2),
    {
      id: 'idle',
      weight: -3,
      finding: (f) => (isIdle(f) ? 'its main thread hardly runs, and does not want to' : undefined),
    },
    {
      id: 'blocked',
      weight: -3,
      finding: (f) => (f.processState === 'blocked' ? 'it is in uninterruptible sleep (state D)' : undefined),
    },
    {
      id: 'loop-was-late',
      weight: 1,
      // Tells of the past, and by its own word: it supports what the kernel shows now, and replaces it never.
      finding: (f) =>
        computes(f) && (f.vitals?.loopDelayMs ?? 0) >= LATE_LOOP_MS
          ? `its loop was ${f.vitals?.loopDelayMs} ms late before it fell silent`
          : undefined,
    },
    PEERS_SUSPECT,
    PEERS_HEAR,
    STARVED,
    OBSERVER_LATE,
    PORT_REFUSES,
  ],
  experiments: ['connect', 'read-log'],
  ladder: [['wait'], ['fence', 'restart'], ['page']],
  cooldownMs: 30_000,
  verification: ['identity', 'canary', 'lag', 'redundancy', 'hash', 'soak', 'identity'],
  suppresses: [],
  waitsFor: ['crash', 'hang'],
  runbook: 'docs/runbooks/blocked-loop.md',
};
