import { describe, expect, it } from 'vitest';
import { appendOf, Bench, entryOf, identityOf, slotOf } from './support.js';

/** Sixteen bytes a line; lines of zeroes are left out. */
function hex(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const line = bytes.subarray(at, at + 16);
    if (line.every((byte) => byte === 0)) continue;
    lines.push(
      `${at.toString(16).padStart(8, '0')}  ${Array.from(line, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}`,
    );
  }
  return lines.join('\n');
}

describe('the format', () => {
  it('is, byte for byte, as it was', async () => {
    const bench = new Bench({ segmentBytes: 16 * 1024 });
    const wal = bench.open();
    wal.createGroup(identityOf(1), { index: 10, round: 2 });
    wal.createGroup(identityOf(2), { index: 0, round: 0 });
    const hardState = { round: 3, vote: 'node-1', history: 2, commit: 11 };
    const stopSign = { ...entryOf(12, 3, 'stop'), kind: 'stop-sign' as const };
    bench.write(wal, appendOf(1, { entries: [entryOf(11, 3, 'first'), stopSign], hardState }));
    bench.write(wal, appendOf(1, { truncateFrom: 12, entries: [{ ...entryOf(12, 4, ''), kind: 'noop' }] }));
    bench.beginEpoch(wal, identityOf(1, 2), 12);
    bench.write(wal, appendOf(1, { epoch: 2, entries: [slotOf(15, 5, 7, 'beyond a hole'), slotOf(13, 5, 7, 'slot')] }));
    bench.write(wal, appendOf(2, { entries: [entryOf(1, 1, 'x'.repeat(600))] }));
    bench.setBase(wal, 2, 1, 1);
    const again = bench.open();
    again.append([appendOf(2, { entries: [entryOf(2, 1, 'after a restart')] })], () => {});
    bench.settle();
    const files = [...bench.files()].map(([path, bytes]) => `${path}: ${bytes.length} bytes\n${hex(bytes)}\n`);
    await expect(files.join('\n')).toMatchFileSnapshot('golden/log.hex');
  });
});
