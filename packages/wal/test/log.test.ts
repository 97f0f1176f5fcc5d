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
    const bench = new Bench();
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
});
