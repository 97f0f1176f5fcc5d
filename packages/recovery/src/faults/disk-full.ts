// Writes fail for want of room, reads do not. What helps is room: the history is compacted, a reserve is given back, the
// lead goes to a member that can write. A restart needs room too, and finds none.
//
// Surprising: little free space alone is no fault. Many disks are 95 % full for years; it counts when writes fail, or when it
// will be used up within the hour.
import type { Facts } from '../detect/facts.js';
import type { DiskSpaceSignal } from '../detect/signal.js';
import type { FaultClass } from './fault-class.js';
import { current, saying, storeAlarm } from './shared/current-signals.js';
import { DEAD_AND_NOT_LOOPING, isAlive } from './shared/process.js';
import { WHOLE } from './shared/verification.js';

/** Time for a human, and for a compaction to be of use. */
const SOON_MS = 3_600_000;
/** Less than one segment of a log. */
const NOTHING_LEFT_BYTES = 8 << 20;

const NO_SPACE = /ENOSPC|no space left on device|database space exceeded|disk quota exceeded|EDQUOT/i;

const lowDisk = (f: Facts): DiskSpaceSignal | undefined => current(f, 'disk-space').find(({ low }) => low);
const fullWithinMs = ({ freeBytes, shrinkingBytesPerSecond: rate }: DiskSpaceSignal): number =>
  rate <= 0 ? Number.POSITIVE_INFINITY : (freeBytes / rate) * 1000;

export const DISK_FULL: FaultClass = {
  name: 'disk-full',
  title: 'there is no room left to write',
  severity: 41,
  scope: 'host',
  evidence: [
    DEAD_AND_NOT_LOOPING,
    {
      id: 'silent',
      from: 'kernel',
      means: 'it lives and is silent: want of room silences nobody',
      weight: 'rules-out',
      finding: (f) => (f.silence !== undefined && isAlive(f) ? 'it is silent, which want of room does not explain' : undefined),
    },
    {
      id: 'store-refuses-writes',
      from: 'store alarms',
      means: 'its store refuses writes for want of room',
      weight: 6,
      finding: (f) => {
        const alarm = storeAlarm(f, 'nospace');
        return alarm === undefined ? undefined : `its store refuses writes: ${alarm.detail}`;
      },
    },
    {
      id: 'words-of-no-space',
      from: 'log',
      means: 'its last words or an alarming line of its log speak of no space (ENOSPC, a quota)',
      weight: 4,
      finding: (f) => {
        const words = saying(f, NO_SPACE);
        return words === undefined ? undefined : `it says "${words}"`;
      },
    },
    {
      id: 'low',
      from: 'detectors',
      means: 'its file system has less free space than it should',
      weight: 2,
      finding: (f) => {
        const low = lowDisk(f);
        return low === undefined ? undefined : `${low.freeBytes} of ${low.totalBytes} bytes are free on ${low.name}`;
      },
    },
    {
      id: 'nothing-left',
      from: 'detectors',
      means: `less than ${NOTHING_LEFT_BYTES >> 20} MiB are free`,
      weight: 3,
      finding: (f) =>
        (lowDisk(f)?.freeBytes ?? NOTHING_LEFT_BYTES) < NOTHING_LEFT_BYTES ? 'next to nothing is free' : undefined,
    },
    {
      id: 'full-soon',
      from: 'detectors',
      means: 'at this rate it is full within the hour',
      weight: 2,
      finding: (f) => {
        const low = lowDisk(f);
        const leftMs = low === undefined ? Number.POSITIVE_INFINITY : fullWithinMs(low);
        return leftMs < SOON_MS ? `full in ${Math.round(leftMs / 60_000)} minutes at this rate` : undefined;
      },
    },
  ],
  experiments: ['read-exit-journal', 'read-log'],
  ladder: [['compact', 'alarm'], ['hand-over'], ['page']],
  cooldownMs: 300_000,
  verification: WHOLE,
  neighbours: ['crash-loop', 'slow-disk', 'unhealthy'],
  suppresses: ['crash', 'crash-loop', 'slow-disk', 'overload', 'lagging', 'unhealthy'],
  waitsFor: [],
  follows: ['sameHost'],
  runbook: 'docs/runbooks/disk-full.md',
};
