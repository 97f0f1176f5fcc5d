import { describe, expect, it } from 'vitest';
import type { GroupId, GroupLog, Wal } from '../src/index.js';
import { appendOf, Bench, entryOf, identityOf, slotOf } from './support.js';

const GROUP = 1 as GroupId;
const vote = { round: 5, vote: 'node-1', history: 0, commit: 3 };

/** Three entries of epoch 1, two of them decided; then epoch 2 begins after the second. */
function twoEpochs(): { bench: Bench; wal: Wal; log: GroupLog } {
  const bench = new Bench();
  const wal = bench.open();
  const log = wal.createGroup(identityOf(1), { index: 0, round: 0 });
  bench.write(wal, appendOf(1, { entries: [entryOf(1, 4), entryOf(2, 5), entryOf(3, 5, 'void')], hardState: vote }));
  bench.beginEpoch(wal, identityOf(1, 2), 2);
  return { bench, wal, log };
}

const reopened = (bench: Bench): GroupLog => bench.open().groups.get(GROUP)!;

describe('an epoch that begins', () => {
  it('voids what came after its start, keeps what came before, and has no hard state yet; for ever', () => {
    const { bench, log } = twoEpochs();
    for (const look of [() => log, () => reopened(bench)]) {
      const now = look();
      expect(now.identity).toEqual(identityOf(1, 2));
      expect([now.epochStart, now.lastIndex, now.hardState]).toEqual([2, 2, undefined]);
      expect(now.read(1, 9, 1000).map(({ round }) => round)).toEqual([4, 5]);
      expect([1, 2, 3].map((index) => now.epochAt(index))).toEqual([1, 1, undefined]);
    }
  });

  it('shows its replica a log of its own, on the base (start, round 0)', () => {
    const { bench, wal, log } = twoEpochs();
    bench.write(wal, appendOf(1, { epoch: 2, entries: [slotOf(3, 1, 1), slotOf(5, 1, 1)], hardState: { ...vote, round: 1 } }));
    for (const look of [() => log, () => reopened(bench)]) {
      const now = look();
      const view = now.view();
      expect([view.base, view.lastIndex]).toEqual([{ index: 2, round: 0 }, 5]);
      expect([1, 2, 3, 4, 5].map((index) => view.roundAt(index))).toEqual([undefined, 0, 1, undefined, 1]);
      expect(view.read(1, 9, 1000).map(({ index }) => index)).toEqual([3]);
      expect([2, 3, 4, 5].map((index) => now.epochAt(index))).toEqual([1, 2, 2, 2]);
      expect(now.hardState).toMatchObject({ round: 1 });
    }
  });

  it('leaves the replica before it a log that ends there', () => {
    const { bench, wal, log } = twoEpochs();
    const before = log.view();
    bench.beginEpoch(wal, identityOf(1, 3), 2);
    bench.write(wal, appendOf(1, { epoch: 3, entries: [entryOf(3, 1)] }));
    expect([before.lastIndex, before.roundAt(3)]).toEqual([2, undefined]);
    expect(before.read(1, 9, 1000)).toEqual([]);
    expect(log.epochAt(3)).toBe(3);
  });

  it('takes the place of the base once the state has everything before it', () => {
    const { bench, wal } = twoEpochs();
    bench.write(wal, appendOf(1, { epoch: 2, entries: [entryOf(3, 1), entryOf(4, 1)] }));
    const setBase = (index: number, round: number): GroupLog => {
      let durable = false;
      wal.setBase({ ...identityOf(1, 2), index, round }, () => {
        durable = true;
      });
      while (!durable) bench.world.step();
      return wal.groups.get(GROUP)!;
    };
    expect(setBase(1, 4).view().base).toEqual({ index: 2, round: 0 });
    expect(setBase(2, 5).view().base).toEqual({ index: 2, round: 0 });
    expect(setBase(2, 5).epochAt(2)).toBe(1);
    expect(setBase(3, 1).view().base).toEqual({ index: 3, round: 1 });
    expect(reopened(bench).epochAt(3)).toBe(2);
  });

  it('may begin by a snapshot of a later one, which keeps nothing', () => {
    const { bench, wal, log } = twoEpochs();
    bench.write(wal, appendOf(1, { epoch: 2, entries: [slotOf(9, 1, 1)], hardState: vote }));
    let durable = false;
    wal.setBase({ ...identityOf(1, 6), index: 8, round: 3, epochStart: 7 }, () => {
      durable = true;
    });
    while (!durable) bench.world.step();
    for (const look of [() => log, () => reopened(bench)]) {
      const now = look();
      expect(now.identity.epoch).toBe(6);
      expect([now.base, now.lastIndex, now.epochStart]).toEqual([{ index: 8, round: 3 }, 8, 7]);
      expect([now.hardState, now.epochAt(8)]).toEqual([undefined, 6]);
      expect(now.view().base).toEqual({ index: 8, round: 3 });
    }
  });

  it('may be of another branch, and then of any number', () => {
    const { bench, wal } = twoEpochs();
    const branch = 'fedcba9876543210';
    bench.beginEpoch(wal, { ...identityOf(1, 1), branch }, 2);
    const log = reopened(bench);
    expect(log.identity).toEqual({ ...identityOf(1, 1), branch });
    expect([log.lastIndex, log.epochStart]).toEqual([2, 2]);
  });

  it('is refused where something is missing before it, or when it is not a later one', () => {
    const { bench, wal } = twoEpochs();
    bench.write(wal, appendOf(1, { epoch: 2, entries: [slotOf(5, 1, 1)] }));
    const begin = (epoch: number, start: number): void => wal.beginEpoch(identityOf(1, epoch), start, () => {});
    expect(() => begin(2, 5)).toThrow(/only rises/);
    expect(() => begin(3, 1)).toThrow(/where it was/);
    expect(() => begin(3, 6)).toThrow(/is there/);
    expect(() => begin(3, 5)).toThrow(/nothing is missing/);
  });

  it('refuses what its predecessor still wanted to write', () => {
    const { wal } = twoEpochs();
    expect(() => wal.append([appendOf(1, { entries: [entryOf(3, 5)] })], () => {})).toThrow(/as it is now/);
    expect(() => wal.append([appendOf(1, { epoch: 2, truncateFrom: 2 })], () => {})).toThrow(/earlier epoch/);
    expect(() => wal.setBase({ ...identityOf(1, 3), index: 9, round: 1 }, () => {})).toThrow(/before its snapshot/);
  });
});

describe('a log of an older format', () => {
  it('is refused with its version, and not a byte of it is changed', () => {
    const bench = new Bench();
    bench.open();
    const [path] = bench.segments();
    bench.machine.kill();
    bench.rewriteHeader(path!, 1);
    const before = bench.fingerprint();
    const opened = bench.tryOpen();
    expect(opened).toMatchObject({ ok: false, damage: [{ kind: 'suspect' }] });
    expect(!opened.ok && opened.damage[0]!.detail).toContain('format version 1');
    expect(!opened.ok && opened.hint).toContain('Start the version of Reknit that wrote');
    expect(bench.fingerprint()).toEqual(before);
  });
});
