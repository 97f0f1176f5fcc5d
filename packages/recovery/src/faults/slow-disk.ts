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
/** Times its peers'. Disks of one kind under one load differ by less. */
const SLOWER_BY = 4;

interface Comparison {
  readonly ownMs: number;
  readonly slowestPeerMs: number;
}

/** Where both sides are known. */
function comparisonOf(f: Facts): Comparison | undefined {
  const own = current(f, 'disk-latency')[0]?.p99Ms;
  const peers = f.peers.flatMap(({ syncP99Ms }) => (syncP99Ms === undefined ? [] : [syncP99Ms]));
  if (own === undefined || own < SLOW_SYNC_MS || peers.length === 0) return undefined;
  return { ownMs: Math.round(own), slowestPeerMs: Math.round(Math.max(...peers)) };
}

const isSlower = ({ ownMs, slowestPeerMs }: Comparison): boolean => ownMs >= SLOWER_BY * Math.max(1, slowestPeerMs);
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
      from: 'detectors',
      means: `syncs of its log take ${SLOW_SYNC_MS} ms or more, and ${SLOWER_BY} times what they take at any of its peers`,
      weight: 3,
      finding: (f) => {
        const found = comparisonOf(f);
        return found !== undefined && isSlower(found)
          ? `syncs take up to ${found.ownMs} ms, at its peers up to ${found.slowestPeerMs} ms`
          : undefined;
      },
    },
    {
      id: 'as-slow-as-peers',
      from: 'detectors',
      means: 'the disks of its peers are about as slow: it is the load, or what they share',
      weight: -4,
      finding: (f) => {
        const found = comparisonOf(f);
        return found !== undefined && !isSlower(found)
          ? `syncs take up to ${found.slowestPeerMs} ms at its peers too: the load, or what they share`
          : undefined;
      },
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
