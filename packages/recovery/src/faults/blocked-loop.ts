// The main thread computes and does not come back to its event loop: nobody is served, no heartbeat leaves, but the
// process is anything but idle. It may end by itself (a large range, a collection of garbage), so it is given a while
// before it is fenced; its peers have deposed it long before, if it led.
import type { FaultClass } from './fault-class.js';
import { KERNEL_NOT_ASKED, PROCESS_GONE, STOPPED } from './shared/process.js';
import {
  ANSWERS,
  acceptsButSilent,
  computes,
  isIdle,
  LATE_LOOP_MS,
  loopDelayOf,
  NOT_SILENT,
  OBSERVER_LATE,
  PEERS_HEAR,
  PEERS_SUSPECT,
  PORT_REFUSES,
  STARVED,
} from './shared/silence.js';
import { WHOLE } from './shared/verification.js';

export const BLOCKED_LOOP: FaultClass = {
  name: 'blocked-loop',
  title: 'the event loop does not turn',
  severity: 10,
  scope: 'process',
  evidence: [
    KERNEL_NOT_ASKED,
    PROCESS_GONE,
    NOT_SILENT,
    ANSWERS,
    STOPPED,
    {
      id: 'computes',
      from: 'effort',
      means: 'its main thread ran for half of the silence, or for long',
      weight: 3,
      finding: (f) =>
        computes(f)
          ? `its main thread ran for ${f.silence?.ranMs} of ${Math.round(f.silence?.ms ?? 0)} ms of silence`
          : undefined,
    },
    acceptsButSilent(2),
    {
      id: 'idle',
      from: 'effort',
      means: 'its main thread hardly runs, and does not want to',
      weight: -3,
      finding: (f) => (isIdle(f) ? 'its main thread hardly runs, and does not want to' : undefined),
    },
    {
      id: 'blocked',
      from: 'kernel',
      means: 'its process is in uninterruptible sleep (state D)',
      weight: -3,
      finding: (f) => (f.processState === 'blocked' ? 'it is in uninterruptible sleep (state D)' : undefined),
    },
    {
      id: 'loop-was-late',
      from: 'own word',
      means: `it computes, and its loop was ${LATE_LOOP_MS} ms late before it fell silent`,
      weight: 1,
      // Tells of the past, and by its own word: it supports what the kernel shows now, and replaces it never.
      finding: (f) =>
        computes(f) && loopDelayOf(f) >= LATE_LOOP_MS
          ? `its loop was ${loopDelayOf(f)} ms late before it fell silent`
          : undefined,
    },
    PEERS_SUSPECT,
    PEERS_HEAR,
    STARVED,
    OBSERVER_LATE,
    PORT_REFUSES,
  ],
  experiments: ['connect', 'read-log'],
  ladder: [['wait'], ['fence', 'restart'], ['relocate'], ['page']],
  cooldownMs: 30_000,
  verification: WHOLE,
  neighbours: ['hang', 'overload', 'unhealthy', 'dependency-down', 'flapping', 'observer-fault'],
  suppresses: ['unhealthy'],
  waitsFor: ['crash', 'hang'],
  follows: ['dependsOn'],
  runbook: 'docs/runbooks/blocked-loop.md',
};
