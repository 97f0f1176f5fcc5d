// Its disk takes ten or a hundred times what those of its peers take. It still serves, as fast as its disk, so a restart
// would only add a replay from that very disk: what it leads goes to a peer.
//
// Surprising: slow is a comparison. Where all disks are slow together it is the load, or a machine that they share.
import type { Facts } from '../detect/facts.js';
import type { FaultClass } from './fault-class.js';
import { current } from './shared/current-signals.js';
import { PROCESS_GONE, STOPPED } from './shared/process.js';
import { isStarved } from './shared/silence.js';
import { WHOLE } from './shared/verification.js';

/** A sync on a disk that is well takes a few milliseconds, on a busy one some tens. */
const SLOW_SYNC_MS = 200;
/** Times its peers'. */
const SLOWER_BY = 5;

const slowestPeerOf = (f: Facts): number | undefined =>
  f.peers.length === 0 ? undefined : Math.max(...f.peers.map(({ vitals }) => vitals.logSyncMs));

const isSlow = (f: Facts): boolean => f.vitals !== undefined && f.vitals.logSyncMs >= SLOW_SYNC_MS;
const isSlowerThanPeers = (f: Facts): boolean => {
  const peers = slowestPeerOf(f);
  return f.vitals !== undefined && peers !== undefined && f.vitals.logSyncMs >= SLOWER_BY * Math.max(1, peers);
};
const disksBeside = ({ neighbours }: Facts) =>
  neighbours.filter(({ sameHost, verdict }) => sameHost === true && (verdict === 'slow-disk' || verdict === 'disk-full'));

export const SLOW_DISK: FaultClass = {
  name: 'slow-disk',
  title: 'its disk is slow, and those of its peers are not',
  severity: 25,
  scope: 'host',
  evidence: [
    PROCESS_GONE,
    STOPPED,
    {
      id: 'slow-syncs',
      from: 'detectors',
      means: 'syncs of its log are slow, by its detector',
      weight: 2,
      finding: (f) => {
        const slow = current(f, 'disk-latency').find((signal) => signal.slow);
        return slow === undefined ? undefined : `99 of 100 syncs of its log take up to ${Math.round(slow.p99Ms)} ms`;
      },
    },
    {
      id: 'slower-than-peers',
      from: 'own word',
      means: `syncs of its log take ${SLOW_SYNC_MS} ms or more, and ${SLOWER_BY} times what they take at its peers`,
      weight: 3,
      finding: (f) =>
        isSlow(f) && isSlowerThanPeers(f)
          ? `syncs of its log take ${f.vitals?.logSyncMs} ms, those of its peers at most ${slowestPeerOf(f)} ms`
          : undefined,
    },
    {
      id: 'as-slow-as-peers',
      from: 'own word',
      means: 'the disks of its peers are about as slow: it is the load, or what they share',
      weight: -4,
      finding: (f) =>
        isSlow(f) && f.peers.length > 0 && !isSlowerThanPeers(f)
          ? `syncs take ${slowestPeerOf(f)} ms at its peers too: the load, or what they share`
          : undefined,
    },
    {
      id: 'blocked',
      from: 'kernel',
      means: 'it is silent, and its process is in uninterruptible sleep (state D); at work every process is, for moments',
      weight: 2,
      finding: (f) =>
        f.silence !== undefined && f.processState === 'blocked' ? 'it is silent, in uninterruptible sleep (state D)' : undefined,
    },
    {
      id: 'disk-of-host-sick',
      from: 'neighbours',
      means: 'the disk of another subject on its machine is sick too',
      weight: 1,
      finding: (f) => {
        const [beside] = disksBeside(f);
        return beside === undefined ? undefined : `${beside.subject} on the same machine: ${beside.verdict}`;
      },
    },
    {
      id: 'silent-not-blocked',
      from: 'kernel',
      means: 'it is silent, and the kernel does not show it waiting for a disk',
      weight: -3,
      finding: (f) =>
        f.silence !== undefined && f.processState !== 'blocked' ? 'it is silent, but does not wait for a disk' : undefined,
    },
    {
      id: 'starved',
      from: 'effort',
      means: 'it waits for a processor',
      weight: -3,
      finding: (f) => (isStarved(f) ? 'it waits for a processor, not for its disk' : undefined),
    },
  ],
  experiments: ['connect'],
  ladder: [['hand-over'], ['page']],
  cooldownMs: 120_000,
  verification: WHOLE,
  neighbours: ['hang', 'gray', 'overload', 'disk-full', 'lagging'],
  suppresses: ['hang', 'gray', 'overload', 'lagging', 'unhealthy'],
  waitsFor: [],
  follows: ['sameHost'],
  runbook: 'docs/runbooks/slow-disk.md',
};
