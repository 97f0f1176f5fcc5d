// Histograms of what is measured while it happens: etcd's names and buckets where etcd has the figure.
import type { MemberMeters } from '@reknit/store';
import { exponentialBuckets, Histogram, type Registry } from 'prom-client';

/** etcd's: 1 ms to 8 s. */
const DISK_BUCKETS = exponentialBuckets(0.001, 2, 14);
const LOOP_BUCKETS = exponentialBuckets(0.001, 2, 13);
const MS_PER_SECOND = 1000;

export function createMeters(registry: Registry): MemberMeters {
  const meter = (name: string, help: string, buckets: readonly number[]): ((milliseconds: number) => void) => {
    const histogram = new Histogram({ name, help, buckets: [...buckets], registers: [registry] });
    return (milliseconds) => histogram.observe(milliseconds / MS_PER_SECOND);
  };
  return {
    loopDelay: meter('reknit_event_loop_delay_seconds', 'How late the ticks of the event loop come.', LOOP_BUCKETS),
    logSync: meter('etcd_disk_wal_fsync_duration_seconds', 'One batch of the log, written and synced.', DISK_BUCKETS),
    flush: meter(
      'etcd_disk_backend_commit_duration_seconds',
      'The state’s changes made durable, from the beginning of a flush to its end.',
      DISK_BUCKETS,
    ),
  };
}
