import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createMeters } from '../../src/member/meters.js';

test('durations go into histograms in seconds, under etcd’s names where it has them', async () => {
  const registry = new Registry();
  const meters = createMeters(registry);
  meters.logSync(3);
  meters.flush(100);
  meters.loopDelay(0.5);
  const text = await registry.metrics();
  expect(text).toContain('etcd_disk_wal_fsync_duration_seconds_bucket{le="0.002"} 0');
  expect(text).toContain('etcd_disk_wal_fsync_duration_seconds_bucket{le="0.004"} 1');
  expect(text).toContain('etcd_disk_wal_fsync_duration_seconds_bucket{le="8.192"} 1');
  expect(text).toContain('etcd_disk_backend_commit_duration_seconds_sum 0.1');
  expect(text).toContain('reknit_event_loop_delay_seconds_bucket{le="0.001"} 1');
});
