// Others wait for a lock whose holder is gone, or lives and has long done nothing under it. Nothing else is wrong, so nothing is
// restarted: the lock is taken from its holder by epoch, so that a holder that wakes up is refused.
import type { ContendedLock, Facts } from '../detect/facts.js';
import type { FaultClass } from './fault-class.js';
import { WHOLE } from './shared/verification.js';

/** A lease ends within this time by itself; the lock of a holder that is gone and has none never does. */
const GONE_MS = 10_000;
const IDLE_MS = 60_000;

const locksHeld = (f: Facts, state: ContendedLock['holderState'], forMs: number): readonly ContendedLock[] =>
  f.locks.filter((lock) => lock.holderState === state && lock.waiters > 0 && lock.heldMs >= forMs);

const inWords = ({ key, holder, waiters, heldMs }: ContendedLock, state: string): string =>
  `${waiters} wait for ${key}, held for ${Math.round(heldMs / 1000)} s by ${holder}, which is ${state}`;

export const LEAKED_LOCK: FaultClass = {
  name: 'leaked-lock',
  title: 'others wait for a lock that nobody uses',
  severity: 16,
  scope: 'component',
  evidence: [
    {
      id: 'holder-works',
      from: 'locks',
      means: 'the holder of the lock works',
      weight: 'rules-out',
      finding: ({ locks }) =>
        locks.length > 0 && locks.every(({ holderState }) => holderState === 'busy') ? 'its holder works' : undefined,
    },
    {
      id: 'holder-gone',
      from: 'locks',
      means: `others wait, and the holder is gone, ${GONE_MS / 1000} s after it took the lock`,
      weight: 5,
      finding: (f) => {
        const [lock] = locksHeld(f, 'gone', GONE_MS);
        return lock === undefined ? undefined : inWords(lock, 'gone');
      },
    },
    {
      id: 'holder-idle',
      from: 'locks',
      means: `others wait, and the holder has done nothing for longer than declared, ${IDLE_MS / 1000} s at least`,
      weight: 3,
      finding: (f) => {
        const [lock] = locksHeld(f, 'idle', IDLE_MS);
        return lock === undefined ? undefined : inWords(lock, 'idle');
      },
    },
  ],
  experiments: [],
  ladder: [['revoke-lock'], ['page']],
  cooldownMs: 60_000,
  verification: WHOLE,
  neighbours: ['gray', 'unhealthy'],
  suppresses: ['unhealthy'],
  waitsFor: ['hang', 'crash'],
  follows: ['dependsOn', 'sameGroup'],
  runbook: 'docs/runbooks/leaked-lock.md',
};
