// The process exists and the kernel still completes connections for it, but the application is silent and does nothing:
// stopped (SIGSTOP), in uninterruptible sleep, or waiting for what never comes. It may wake up at any moment and go on as
// if nothing had happened, so it is fenced before it is replaced.
import type { Silence } from '../detect/facts.js';
import type { FaultClass } from './fault-class.js';
import { KERNEL_NOT_ASKED, PROCESS_GONE } from './shared/process.js';
import {
  ANSWERS,
  acceptsButSilent,
  computes,
  isIdle,
  NOT_SILENT,
  OBSERVER_LATE,
  PEERS_HEAR,
  PEERS_SUSPECT,
  PORT_REFUSES,
  STARVED,
} from './shared/silence.js';
import { WHOLE } from './shared/verification.js';

/** Whoever is idle, or waits for a disk, and says nothing for so long has missed every turn of its event loop. */
const LONG_SILENCE_MS = 2000;

/** A sync on a disk that is well takes a few milliseconds. */
const SLOW_SYNC_MS = 500;

const isLong = (silence: Silence | undefined): boolean => silence !== undefined && silence.ms >= LONG_SILENCE_MS;

export const HANG: FaultClass = {
  name: 'hang',
  title: 'the process lives but does nothing',
  severity: 20,
  scope: 'process',
  evidence: [
    KERNEL_NOT_ASKED,
    PROCESS_GONE,
    NOT_SILENT,
    ANSWERS,
    {
      id: 'stopped',
      from: 'kernel',
      means: 'its process is stopped (state T)',
      weight: 5,
      finding: (f) => (f.processState === 'stopped' ? 'the kernel says that it is stopped (state T)' : undefined),
    },
    {
      id: 'blocked',
      from: 'kernel',
      means: `its process is in uninterruptible sleep (state D), after ${LONG_SILENCE_MS / 1000} s of silence`,
      weight: 2,
      finding: (f) =>
        f.processState === 'blocked' && isLong(f.silence) ? 'it is in uninterruptible sleep (state D)' : undefined,
    },
    acceptsButSilent(2),
    {
      id: 'idle',
      from: 'effort',
      means: `its main thread neither ran nor wanted to, through ${LONG_SILENCE_MS / 1000} s of silence`,
      weight: 1,
      finding: (f) =>
        isIdle(f) && isLong(f.silence)
          ? `it has hardly run in ${Math.round(f.silence?.ms ?? 0)} ms of silence, and did not want to`
          : undefined,
    },
    {
      id: 'computes',
      from: 'effort',
      means: 'its main thread runs: it is busy, not hung',
      weight: -4,
      finding: (f) => (computes(f) ? 'its main thread runs: it is busy, not hung' : undefined),
    },
    {
      id: 'log-was-slow',
      from: 'own word',
      means: `state D, and syncs of its log took ${SLOW_SYNC_MS} ms before it fell silent`,
      weight: 1,
      finding: ({ vitals, processState }) =>
        processState === 'blocked' && (vitals?.logSyncMs ?? 0) >= SLOW_SYNC_MS
          ? `syncs of its log took ${vitals?.logSyncMs} ms before it fell silent: look at its disk`
          : undefined,
    },
    PEERS_SUSPECT,
    PEERS_HEAR,
    STARVED,
    OBSERVER_LATE,
    PORT_REFUSES,
  ],
  experiments: ['connect', 'read-log'],
  ladder: [['fence', 'restart'], ['relocate'], ['page']],
  cooldownMs: 10_000,
  verification: WHOLE,
  neighbours: ['crash', 'blocked-loop', 'slow-disk', 'dependency-down', 'observer-fault', 'unhealthy', 'correlated'],
  suppresses: ['unhealthy'],
  waitsFor: [],
  follows: ['dependsOn', 'sameHost'],
  runbook: 'docs/runbooks/hang.md',
};
