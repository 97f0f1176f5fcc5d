import { describe, expect, it } from 'vitest';
import { openWal, type Wal } from '../src/index.js';
import { appendOf, Bench, contentOf, DIRECTORY, entryOf, INCARNATION, identityOf } from './support.js';

const PAYLOAD = 'x'.repeat(700);

function opened(bench: Bench): Wal {
  const wal = bench.open();
  wal.createGroup(identityOf(1), { index: 0, round: 0 });
  return wal;
}

describe('the size of the log', () => {
  it('is bounded while bases move, for ever and over restarts', () => {
    const bench = new Bench({ segmentBytes: 16 * 1024 });
    let wal = opened(bench);
    let most = 0;
    for (let index = 1; index <= 600; index++) {
      bench.write(wal, appendOf(1, { entries: [entryOf(index, 1, PAYLOAD)] }));
      if (index % 10 === 0) bench.setBase(wal, 1, index - 5, 1);
      if (index % 50 === 0) wal = bench.open();
      most = Math.max(most, bench.files().size);
    }
    expect(most).toBeLessThanOrEqual(6);
    expect(contentOf(wal, 1)).toHaveLength(5);
  });

  it('does not grow by restarts alone', () => {
    const bench = new Bench({ segmentBytes: 16 * 1024 });
    bench.write(opened(bench), appendOf(1, { entries: [entryOf(1, 1)] }));
    for (let restart = 0; restart < 20; restart++) bench.open();
    expect(bench.files().size).toBeLessThanOrEqual(2);
  });

  it('is held by a group whose base does not move, and freed when it does', () => {
    const bench = new Bench({ segmentBytes: 16 * 1024 });
    const wal = opened(bench);
    wal.createGroup(identityOf(2), { index: 0, round: 0 });
    bench.write(wal, appendOf(2, { entries: [entryOf(1, 1, 'idle')] }));
    for (let index = 1; index <= 100; index++) {
      bench.write(wal, appendOf(1, { entries: [entryOf(index, 1, PAYLOAD)] }));
      bench.setBase(wal, 1, index, 1);
    }
    const held = wal.statistics().segments;
    expect(held).toBeGreaterThan(5);
    bench.setBase(wal, 2, 1, 1);
    bench.setBase(wal, 1, 100, 1);
    expect(wal.statistics().segments).toBe(1);
    expect(contentOf(bench.open(), 2)).toEqual([]);
  });
});

describe('a full disk', () => {
  it('stops acknowledging without a fault, and goes on when there is room again', () => {
    const bench = new Bench({ segmentBytes: 16 * 1024 });
    const wal = opened(bench);
    bench.machine.disk.capacityBytes = 20 * 1024;
    let acknowledged = 0;
    for (let index = 1; index <= 30; index++) {
      wal.append([appendOf(1, { entries: [entryOf(index, 1, PAYLOAD)] })], () => {
        acknowledged = index;
      });
      bench.world.run(bench.world.now + 10);
    }
    const before = acknowledged;
    expect(before).toBeGreaterThan(3);
    expect(before).toBeLessThan(30);
    expect(wal.statistics().room).toBeLessThan(2048);
    expect(wal.statistics().pendingSince).toBeGreaterThan(0);
    bench.machine.disk.capacityBytes = Number.POSITIVE_INFINITY;
    bench.world.run(bench.world.now + 1500);
    expect(acknowledged).toBe(30);
    expect(bench.fatal).toEqual([]);
    expect(contentOf(bench.open(), 1)).toHaveLength(30);
  });

  it('lets the log be opened again in the room that was made ahead', () => {
    const bench = new Bench({ segmentBytes: 16 * 1024 });
    const wal = opened(bench);
    for (let index = 1; index <= 9; index++) bench.write(wal, appendOf(1, { entries: [entryOf(index, 1, PAYLOAD)] }));
    bench.settle();
    expect(bench.segments()).toHaveLength(2);
    bench.machine.disk.capacityBytes = 32 * 1024;
    expect(contentOf(bench.open(), 1)).toHaveLength(9);
  });

  it('is reported by opening, and leaves the log as it was', () => {
    const bench = new Bench({ segmentBytes: 16 * 1024 });
    bench.write(opened(bench), appendOf(1, { entries: [entryOf(1, 1, PAYLOAD)] }));
    bench.machine.disk.capacityBytes = 17 * 1024;
    expect(() => bench.tryOpen()).toThrow(/no space/);
    bench.machine.disk.capacityBytes = Number.POSITIVE_INFINITY;
    expect(contentOf(bench.open(), 1)).toHaveLength(1);
  });
});

describe('a failed sync', () => {
  it('is fatal once, and nothing is acknowledged after it', () => {
    const bench = new Bench();
    const wal = opened(bench);
    bench.write(wal, appendOf(1, { entries: [entryOf(1, 1)] }));
    bench.machine.disk.failNextSync();
    let calls = 0;
    for (let index = 2; index <= 6; index++) wal.append([appendOf(1, { entries: [entryOf(index, 1)] })], () => calls++);
    wal.setBase({ ...identityOf(1), index: 1, round: 1 }, () => calls++);
    bench.settle();
    wal.append([], () => calls++);
    bench.settle();
    expect(calls).toBe(0);
    expect(bench.fatal).toHaveLength(1);
    expect(wal.statistics().pendingSince).toBeGreaterThanOrEqual(0);
  });

  it('leaves a page cache that is not believed: what is read after it survives the next loss of power', () => {
    const bench = new Bench({ disk: { keepSector: 0, keepEntry: 0 } });
    const wal = opened(bench);
    bench.write(wal, appendOf(1, { entries: [entryOf(1, 1)] }));
    bench.machine.disk.failNextSync();
    wal.append([appendOf(1, { entries: [entryOf(2, 1)] })], () => {});
    bench.settle();
    const seen = contentOf(bench.open(), 1);
    bench.machine.crash();
    expect(contentOf(bench.open(), 1)).toEqual(seen);
  });
});

describe('a closed log', () => {
  it('calls nothing any more, even for a write that was under way', () => {
    const bench = new Bench();
    const wal = opened(bench);
    let calls = 0;
    wal.append([appendOf(1, { entries: [entryOf(1, 1)] })], () => calls++);
    wal.close();
    wal.append([appendOf(1, { entries: [entryOf(2, 1)] })], () => calls++);
    bench.settle();
    expect(calls).toBe(0);
  });

  it('is one of sane options', () => {
    const { disk, clock } = new Bench().machine.boot();
    const options = { directory: DIRECTORY, incarnation: INCARNATION, onFatal: () => {} };
    expect(() => openWal({ disk, clock }, { ...options, segmentBytes: 1000 })).toThrow(/whole sectors/);
    expect(() => openWal({ disk, clock }, { ...options, incarnation: 'x'.repeat(200) })).toThrow(/incarnation/);
  });
});
