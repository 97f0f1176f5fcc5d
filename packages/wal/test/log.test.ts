import { describe, expect, it } from 'vitest';
import type { GroupId } from '../src/index.js';
import { appendOf, Bench, contentOf, entryOf, identityOf } from './support.js';

describe('a log', () => {
  it('reads as appended at once, and the same after a restart', () => {
    const bench = new Bench();
    const wal = bench.open();
    const log = wal.createGroup(identityOf(1), { index: 0, round: 0 });
    const hardState = { round: 3, vote: 'node-2', history: 0, commit: 1 };
    wal.append([appendOf(1, { entries: [entryOf(1, 2), entryOf(2, 3)], hardState })], () => {});
    const content = contentOf(wal, 1);
    expect(content).toEqual(['1/2/normal/entry 1 of round 2', '2/3/normal/entry 2 of round 3']);
    expect(log.roundAt(2)).toBe(3);
    bench.settle();
    const again = bench.open();
    expect(contentOf(again, 1)).toEqual(content);
    expect(again.groups.get(1 as GroupId)?.hardState).toEqual(hardState);
  });

  it('goes on after any number of restarts', () => {
    const bench = new Bench();
    let wal = bench.open();
    wal.createGroup(identityOf(1), { index: 0, round: 0 });
    for (let index = 1; index <= 30; index++) {
      bench.write(wal, appendOf(1, { entries: [entryOf(index, 1)] }));
      if (index % 3 === 0) wal = bench.open();
    }
    expect(contentOf(wal, 1)).toHaveLength(30);
    expect(contentOf(bench.open(), 1)).toHaveLength(30);
  });

  it('shares one sync among what arrives while another is under way', () => {
    const bench = new Bench({ segmentBytes: 1024 * 1024 });
    const wal = bench.open();
    wal.createGroup(identityOf(1), { index: 0, round: 0 });
    const order: number[] = [];
    for (let index = 1; index <= 100; index++) {
      wal.append([appendOf(1, { entries: [entryOf(index, 1)] })], () => void order.push(index));
    }
    expect(order).toEqual([]);
    bench.settle();
    expect(order).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
    expect(wal.statistics().syncs).toBe(2);
  });

  it('acknowledges an empty append after what came before it', () => {
    const bench = new Bench();
    const wal = bench.open();
    wal.createGroup(identityOf(1), { index: 0, round: 0 });
    const order: string[] = [];
    wal.append([appendOf(1, { entries: [entryOf(1, 1)] })], () => void order.push('entry'));
    wal.append([], () => void order.push('empty'));
    bench.settle();
    wal.append([], () => void order.push('alone'));
    expect(order).toEqual(['entry', 'empty']);
    bench.settle();
    expect(order).toEqual(['entry', 'empty', 'alone']);
  });

  it('takes what its callbacks append', () => {
    const bench = new Bench();
    const wal = bench.open();
    wal.createGroup(identityOf(1), { index: 0, round: 0 });
    let index = 0;
    const next = (): void => {
      index++;
      if (index <= 20) wal.append([appendOf(1, { entries: [entryOf(index, 1)] })], next);
    };
    next();
    bench.settle();
    expect(contentOf(bench.open(), 1)).toHaveLength(20);
  });

  it('cuts a read once the bytes are exceeded, but gives one entry at least', () => {
    for (const cacheBytes of [0, 1_000_000]) {
      const bench = new Bench();
      bench.cacheBytes = cacheBytes;
      const wal = bench.open();
      const log = wal.createGroup(identityOf(1), { index: 0, round: 0 });
      bench.write(wal, appendOf(1, { entries: [1, 2, 3, 4].map((index) => entryOf(index, 1, 'x'.repeat(100))) }));
      const indexes = (from: number, to: number, bytesMax: number): number[] =>
        log.read(from, to, bytesMax).map(({ index }) => index);
      expect(indexes(1, 4, 250)).toEqual([1, 2]);
      expect(indexes(1, 4, 200)).toEqual([1, 2]);
      expect(indexes(3, 4, 0)).toEqual([3]);
      expect(indexes(0, 2, 1000)).toEqual([1, 2]);
      expect(indexes(4, 9, 1000)).toEqual([4]);
      expect(indexes(5, 9, 1000)).toEqual([]);
    }
  });

  it('replaces a single entry in place when nothing is truncated', () => {
    const bench = new Bench();
    const wal = bench.open();
    wal.createGroup(identityOf(1), { index: 0, round: 0 });
    bench.write(wal, appendOf(1, { entries: [entryOf(1, 1), entryOf(2, 1), entryOf(3, 1)] }));
    bench.write(wal, appendOf(1, { entries: [entryOf(2, 7)] }));
    const expected = ['1/1/normal/entry 1 of round 1', '2/7/normal/entry 2 of round 7', '3/1/normal/entry 3 of round 1'];
    expect(contentOf(wal, 1)).toEqual(expected);
    expect(contentOf(bench.open(), 1)).toEqual(expected);
  });

  it('says how long the oldest append has been waiting', () => {
    const bench = new Bench();
    const wal = bench.open();
    wal.createGroup(identityOf(1), { index: 0, round: 0 });
    bench.machine.disk.slowFactor = 100_000;
    wal.append([appendOf(1, { entries: [entryOf(1, 1)] })], () => {});
    bench.world.run(bench.world.now + 50);
    wal.append([appendOf(1, { entries: [entryOf(2, 1)] })], () => {});
    bench.world.run(bench.world.now + 50);
    expect(wal.statistics().pendingSince).toBe(100);
    bench.settle();
    expect(wal.statistics().pendingSince).toBe(0);
  });

  it('refuses what no correct caller asks for', () => {
    const bench = new Bench();
    const wal = bench.open();
    wal.createGroup(identityOf(1), { index: 5, round: 1 });
    const append = (change: Parameters<typeof appendOf>[1]): void => wal.append([appendOf(1, change)], () => {});
    expect(() => wal.createGroup(identityOf(1), { index: 0, round: 0 })).toThrow(/used once/);
    expect(() => append({ entries: [entryOf(8, 1)] })).toThrow(/a gap/);
    expect(() => append({ entries: [entryOf(5, 1)] })).toThrow(/above the base/);
    expect(() => append({ truncateFrom: 3 })).toThrow(/below the base/);
    expect(() => append({ epoch: 2, entries: [entryOf(6, 1)] })).toThrow(/the group as it is now/);
    expect(() => wal.append([appendOf(2, {})], () => {})).toThrow(/created before/);
    expect(() => wal.setBase({ ...identityOf(1), index: 4, round: 1 }, () => {})).toThrow(/only rises/);
  });
});
