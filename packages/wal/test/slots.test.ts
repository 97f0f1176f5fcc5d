import { describe, expect, it } from 'vitest';
import type { GroupId, GroupLog, Wal } from '../src/index.js';
import { appendOf, Bench, contentOf, entryOf, find, identityOf, slotOf } from './support.js';

const GROUP = 1 as GroupId;

function opened(bench: Bench): { wal: Wal; log: GroupLog } {
  const wal = bench.open();
  return { wal, log: wal.createGroup(identityOf(1), { index: 0, round: 0 }) };
}

const reopened = (bench: Bench): { wal: Wal; log: GroupLog } => {
  const wal = bench.open();
  return { wal, log: wal.groups.get(GROUP)! };
};

const indexes = (log: GroupLog, from: number, to: number): number[] => log.read(from, to, 10_000).map(({ index }) => index);

describe('slots', () => {
  it('stand where they were put, with holes before them, also after a restart', () => {
    const bench = new Bench();
    const { wal, log } = opened(bench);
    bench.write(wal, appendOf(1, { entries: [slotOf(2, 1, 4), slotOf(6, 1, 4), slotOf(1, 1, 4)] }));
    for (const look of [() => log, () => reopened(bench).log]) {
      const now = look();
      expect(now.lastIndex).toBe(6);
      expect(indexes(now, 1, 6)).toEqual([1, 2]);
      expect(indexes(now, 3, 6)).toEqual([]);
      expect(indexes(now, 6, 6)).toEqual([6]);
      expect([now.roundAt(3), now.ballotAt(3), now.epochAt(3)]).toEqual([undefined, undefined, 1]);
      expect([now.roundAt(6), now.ballotAt(6)]).toEqual([1, 4]);
      expect(now.damaged).toEqual([]);
    }
  });

  it('replace one another, the last that was written, and truncate nothing', () => {
    const bench = new Bench();
    const { wal } = opened(bench);
    bench.write(wal, appendOf(1, { entries: [1, 2, 3].map((index) => slotOf(index, 1, 4)) }));
    bench.write(wal, appendOf(1, { entries: [slotOf(2, 1, 7, 'at 7'), slotOf(2, 1, 9, 'at 9')] }));
    const expected = ['1/1/normal/slot 1 of round 1 at ballot 4', '2/1/normal/at 9', '3/1/normal/slot 3 of round 1 at ballot 4'];
    expect(contentOf(wal, 1)).toEqual(expected);
    const again = reopened(bench);
    expect(contentOf(again.wal, 1)).toEqual(expected);
    expect([1, 2, 3].map((index) => again.log.ballotAt(index))).toEqual([4, 9, 4]);
  });

  it('above the base are kept whatever stood at it: they are promises', () => {
    const bench = new Bench();
    const { wal } = opened(bench);
    bench.write(wal, appendOf(1, { entries: [slotOf(1, 1, 1), slotOf(3, 2, 5), slotOf(6, 2, 5)] }));
    bench.setBase(wal, 1, 2, 9);
    bench.setBase(wal, 1, 3, 9);
    const { log } = reopened(bench);
    expect(log.base).toEqual({ index: 3, round: 9 });
    expect([log.lastIndex, log.ballotAt(6)]).toEqual([6, 5]);
  });

  it('free the segment of what they replace', () => {
    const bench = new Bench({ segmentBytes: 16 * 1024 });
    const { wal } = opened(bench);
    let most = 0;
    for (let ballot = 1; ballot <= 300; ballot++) {
      const entries = [slotOf(1 + (ballot % 3), 1, ballot, 'x'.repeat(700)), slotOf(6, 1, ballot)];
      bench.write(wal, appendOf(1, { entries }));
      most = Math.max(most, bench.files().size);
    }
    expect(most).toBeLessThanOrEqual(4);
    const { log } = reopened(bench);
    expect([1, 2, 3, 6].map((index) => log.ballotAt(index))).toEqual([300, 298, 299, 300]);
    expect(indexes(log, 4, 6)).toEqual([]);
  });

  it('that are damaged are named, and read as neither hole nor value', () => {
    const bench = new Bench();
    const { wal, log } = opened(bench);
    bench.write(wal, appendOf(1, { entries: [slotOf(1, 1, 4, 'whole'), slotOf(3, 1, 4, 'to be rotten')] }));
    const place = find(bench, 'to be rotten');
    bench.machine.disk.corrupt(place.path, place.offset);
    expect(indexes(log, 3, 3)).toEqual([]);
    expect(log.damaged).toEqual([3]);
    expect([log.roundAt(3), log.ballotAt(3)]).toEqual([1, 4]);
    bench.write(wal, appendOf(1, { entries: [slotOf(3, 1, 8, 'mended')] }));
    expect(log.damaged).toEqual([]);
    expect(indexes(reopened(bench).log, 3, 3)).toEqual([3]);
  });

  it('are not taken for what they were at another ballot', () => {
    const bench = new Bench();
    const { wal, log } = opened(bench);
    bench.write(wal, appendOf(1, { entries: [slotOf(1, 1, 4, 'at a ballot')] }));
    const place = find(bench, 'at a ballot');
    // The last twelve bytes of a slot's header are the ballot and its checksum.
    bench.machine.disk.corrupt(place.path, place.offset - 12);
    expect(indexes(log, 1, 1)).toEqual([]);
    expect(log.damaged).toEqual([1]);
  });

  it('that lie beyond reach, or among entries that are none, are refused', () => {
    const { wal } = opened(new Bench());
    const append = (entries: Parameters<typeof appendOf>[1]['entries']): void =>
      wal.append([appendOf(1, { entries: entries! })], () => {});
    expect(() => append([slotOf(2_000_000, 1, 1)])).toThrow(/within reach/);
    expect(() => append([slotOf(1, 1, 0)])).toThrow(/ballot/);
    expect(() => append([slotOf(1, 1, 1), entryOf(2, 1)])).toThrow(/separate units/);
  });
});

describe('a damaged log with slots', () => {
  /** Three batches: both slots, the first again, and one that proves them durable. */
  function rewritten(): Bench {
    const bench = new Bench();
    const { wal } = opened(bench);
    bench.write(wal, appendOf(1, { entries: [slotOf(1, 1, 4, 'first copy'), slotOf(2, 1, 4, 'only copy')] }));
    bench.write(wal, appendOf(1, { entries: [slotOf(1, 1, 6, 'second copy')] }));
    bench.write(wal, appendOf(1, { entries: [slotOf(3, 1, 6)] }));
    bench.machine.kill();
    return bench;
  }

  it('opens when the damaged copy was replaced', () => {
    const bench = rewritten();
    const place = find(bench, 'first copy');
    bench.machine.disk.corrupt(place.path, place.offset);
    const opened = bench.tryOpen();
    expect(opened).toMatchObject({ ok: true, repaired: [{ kind: 'rot' }] });
    expect(opened.ok && contentOf(opened.wal, 1).slice(0, 2)).toEqual(['1/1/normal/second copy', '2/1/normal/only copy']);
  });

  it('opens when a live slot is rotten: it is neither a hole nor a value', () => {
    const bench = rewritten();
    const place = find(bench, 'only copy');
    bench.machine.disk.corrupt(place.path, place.offset);
    const opened = bench.tryOpen();
    expect(opened).toMatchObject({ ok: true, repaired: [{ kind: 'rot' }] });
    const log = opened.ok ? opened.wal.groups.get(GROUP)! : undefined;
    expect(log).toMatchObject({ damaged: [2], heldThrough: 3 });
    expect([log?.roundAt(2), log?.ballotAt(2), log?.kindAt(2), log?.read(2, 2, 1)]).toEqual([1, 4, 'normal', []]);
  });
});
