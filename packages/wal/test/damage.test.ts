import { DiskError, type DiskFile } from '@reknit/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GroupId, type GroupLog, type LogHardState, openWal, type WalOpened } from '../src/index.js';
import { allReadable, appendOf, Bench, contentOf, DIRECTORY, entryOf, find, INCARNATION, identityOf, slotOf } from './support.js';

const GROUP = 1 as GroupId;
const SECTOR = 512;

/** Ten entries of some 900 bytes, each a batch of its own, in a log that has ended. */
function tenEntries(): { bench: Bench; content: string[]; hardState: unknown } {
  const bench = new Bench({ segmentBytes: 16 * 1024 });
  const wal = bench.open();
  const log = wal.createGroup(identityOf(1), { index: 0, round: 0 });
  for (let index = 1; index <= 10; index++) {
    const hardState = { round: index, vote: 'node-1', history: 0, commit: index - 1 };
    bench.write(wal, appendOf(1, { entries: [entryOf(index, index, String(index % 10).repeat(900))], hardState }));
  }
  const content = contentOf(wal, 1);
  bench.machine.kill();
  return { bench, content, hardState: log.hardState };
}

/** Entries, then an epoch of slots: some accepted again, one missing. In a log that has ended. */
function slotsAfterEntries(): { bench: Bench; content: ReturnType<typeof everythingOf> } {
  const bench = new Bench({ segmentBytes: 16 * 1024 });
  const wal = bench.open();
  const log = wal.createGroup(identityOf(1), { index: 0, round: 0 });
  for (let index = 1; index <= 4; index++) bench.write(wal, appendOf(1, { entries: [entryOf(index, 1, 'e'.repeat(700))] }));
  bench.beginEpoch(wal, identityOf(1, 2), 3);
  const accept = (index: number, ballot: number): void =>
    bench.write(wal, {
      ...appendOf(1, { entries: [slotOf(index, 1, ballot, `${ballot}`.repeat(600))], hardState: voteOf(ballot) }),
      epoch: 2,
    });
  for (const [index, ballot] of [
    [5, 1],
    [4, 1],
    [8, 1],
    [4, 3],
    [6, 3],
    [8, 5],
    [9, 5],
  ] as const)
    accept(index, ballot);
  const content = everythingOf(log);
  bench.machine.kill();
  return { bench, content };
}

const voteOf = (round: number): LogHardState => ({ round, vote: undefined, history: 0, commit: 3 });

function everythingOf(log: GroupLog) {
  const indexes = Array.from({ length: log.lastIndex + 1 }, (_, index) => index);
  const { identity, hardState, epochStart, heldThrough } = log;
  return {
    ...{ identity, hardState, epochStart, heldThrough },
    entries: indexes.map((index) => [log.roundAt(index), log.ballotAt(index), log.epochAt(index), ...log.read(index, index, 0)]),
  };
}

/** What is known of an entry stays when it cannot be read. */
const withoutPayloads = ({ entries, ...rest }: ReturnType<typeof everythingOf>, damaged: readonly number[]) => ({
  ...rest,
  entries: entries.map((entry, index) => (damaged.includes(index) ? entry.slice(0, 3) : entry)),
});

function zeroSector(bench: Bench, path: string, sector: number): void {
  const file = bench.files().get(path)!;
  for (let at = sector * SECTOR; at < (sector + 1) * SECTOR; at++)
    if (file[at] !== 0) bench.machine.disk.corrupt(path, at, file[at]);
}

function expectRefused(opened: WalOpened): Extract<WalOpened, { ok: false }> {
  if (opened.ok) throw new Error('was opened');
  return opened;
}

describe('a damaged log', () => {
  it('opens where an acknowledged entry is rotten: it is known by round and kind, never missing, and whole once appended again', () => {
    const { bench, content } = tenEntries();
    const place = find(bench, '4'.repeat(900));
    bench.machine.disk.corrupt(place.path, place.offset + 10);
    const opened = bench.tryOpen();
    expect(opened).toMatchObject({ ok: true, repaired: [{ kind: 'rot', segment: place.path.split('/').at(-1) }] });
    bench.machine.kill();
    const wal = bench.open();
    const log = wal.groups.get(GROUP)!;
    expect(log.damaged).toEqual([4]);
    expect([log.roundAt(4), log.kindAt(4), log.lastIndex, log.heldThrough]).toEqual([4, 'normal', 10, 10]);
    expect(log.read(1, 10, 100_000).map(({ index }) => index)).toEqual([1, 2, 3]);
    expect(log.read(5, 10, 100_000).map(({ index }) => index)).toEqual([5, 6, 7, 8, 9, 10]);
    bench.write(wal, appendOf(1, { truncateFrom: 4, entries: content.slice(3).map((_, at) => entryOf(4 + at, 10)) }));
    expect(log.damaged).toEqual([]);
    bench.machine.kill();
    expect(contentOf(bench.open(), 1)).toHaveLength(10);
  });

  it('is refused with the place where not even the next batch tells what was lost, and not a byte of it is changed', () => {
    const { bench } = tenEntries();
    for (const text of ['4', '5']) {
      const { path, offset } = find(bench, text.repeat(900));
      bench.machine.disk.corrupt(path, offset + 10);
      zeroSector(bench, path, Math.floor(offset / SECTOR) - (text === '5' ? 1 : 0));
    }
    const before = bench.fingerprint();
    const refused = expectRefused(bench.tryOpen());
    expect(bench.fingerprint()).toEqual(before);
    expect(refused.damage[0]).toMatchObject({ kind: 'rot' });
    expect(refused.hint).toContain('Nothing was changed');
  });

  it('is refused as suspect when the last batch holds other bytes than were written', () => {
    const { bench } = tenEntries();
    const place = find(bench, '0'.repeat(900));
    bench.machine.disk.corrupt(place.path, place.offset + 10);
    const before = bench.fingerprint();
    const refused = expectRefused(bench.tryOpen());
    expect(refused.damage).toMatchObject([{ kind: 'suspect' }]);
    expect(bench.fingerprint()).toEqual(before);
  });

  it('is cut where sectors of the last batch are missing', () => {
    const { bench, content } = tenEntries();
    const place = find(bench, '0'.repeat(900));
    zeroSector(bench, place.path, Math.floor(place.offset / SECTOR) + 1);
    const opened = bench.tryOpen();
    expect(opened).toMatchObject({ ok: true, repaired: [{ kind: 'torn' }] });
    expect(opened.ok && contentOf(opened.wal, 1)).toEqual(content.slice(0, -1));
    expect(contentOf(bench.open(), 1)).toEqual(content.slice(0, -1));
  });

  it('is refused when what the last opening wrote is missing: it was durable before it counted', () => {
    const { bench } = tenEntries();
    bench.open();
    bench.machine.kill();
    const newest = bench.segments().at(-1)!;
    zeroSector(bench, newest, 3);
    expect(expectRefused(bench.tryOpen()).damage).toMatchObject([{ kind: 'rot', segment: newest.split('/').at(-1) }]);
    for (let sector = 1; sector < 8; sector++) zeroSector(bench, newest, sector);
    expect(expectRefused(bench.tryOpen()).damage).toMatchObject([{ kind: 'rot', segment: newest.split('/').at(-1) }]);
  });

  it('is not cut where sectors are missing that a later batch proves durable', () => {
    const { bench } = tenEntries();
    const place = find(bench, '9'.repeat(900));
    zeroSector(bench, place.path, Math.floor(place.offset / SECTOR) + 1);
    const opened = bench.tryOpen();
    expect(opened).toMatchObject({ ok: true, repaired: [{ kind: 'rot' }] });
    expect(opened.ok && opened.wal.groups.get(GROUP)).toMatchObject({ lastIndex: 10, damaged: [9] });
  });

  it('keeps hard state and entries that damage has left whole, by their echo in the next batch', () => {
    const { bench, content, hardState } = tenEntries();
    const again = bench.open();
    bench.write(again, appendOf(1, { hardState: { round: 77, vote: 'node-3', history: 0, commit: 10 } }));
    bench.write(again, appendOf(1, { entries: [entryOf(11, 77)] }));
    bench.machine.kill();
    expect(hardState).toMatchObject({ round: 10 });
    const place = find(bench, 'node-3');
    for (let byte = 0; byte < 6; byte++) bench.machine.disk.corrupt(place.path, place.offset + byte, 0x5a);
    const opened = bench.tryOpen();
    expect(opened).toMatchObject({ ok: true, repaired: [{ kind: 'rot' }] });
    if (!opened.ok) return;
    expect(opened.wal.groups.get(GROUP)!.hardState).toEqual({ round: 77, vote: 'node-3', history: 0, commit: 10 });
    expect(contentOf(opened.wal, 1).slice(0, 10)).toEqual(content);
  });

  it('opens when what is rotten was no longer needed', () => {
    const { bench } = tenEntries();
    const wal = bench.open();
    bench.setBase(wal, 1, 5, 5);
    bench.machine.kill();
    const place = find(bench, '4'.repeat(900));
    bench.machine.disk.corrupt(place.path, place.offset + 10);
    const opened = bench.tryOpen();
    expect(opened).toMatchObject({ ok: true, repaired: [{ kind: 'rot' }] });
    expect(opened.ok && contentOf(opened.wal, 1)).toHaveLength(5);
  });

  it('of another data directory is refused', () => {
    const { bench } = tenEntries();
    const before = bench.fingerprint();
    const refused = expectRefused(bench.tryOpen({ incarnation: 'f'.repeat(32) }));
    expect(refused.hint).toContain('another data directory');
    expect(bench.fingerprint()).toEqual(before);
  });

  it('is refused when a segment is gone', () => {
    const { bench } = tenEntries();
    const wal = bench.open();
    for (let index = 11; index <= 40; index++)
      bench.write(wal, appendOf(1, { entries: [entryOf(index, index, 'x'.repeat(900))] }));
    bench.settle();
    bench.machine.kill();
    expect(bench.segments().length).toBeGreaterThan(3);
    const tree = bench.machine.disk.tree;
    tree.remove(bench.segments()[1]!);
    const before = bench.fingerprint();
    const refused = expectRefused(bench.tryOpen());
    expect(refused.damage[0]!.detail).toContain('of group 1 cannot be read');
    expect(bench.fingerprint()).toEqual(before);
  });

  it('never loses or invents anything by one flipped bit: all of it is there or named as damaged, or it is refused untouched', () => {
    const { bench, content, hardState } = tenEntries();
    const files = [...bench.files()].map(([path, bytes]) => ({ path, size: bytes.length }));
    const flip = fc.constantFrom(...files).chain(({ path, size }) => {
      return fc.record({ path: fc.constant(path), offset: fc.nat({ max: Math.min(size, 14_000) - 1 }), bit: fc.nat({ max: 7 }) });
    });
    fc.assert(
      fc.property(flip, ({ path, offset, bit }) => {
        const fresh = tenEntries().bench;
        fresh.machine.disk.corrupt(path, offset, 1 << bit);
        const before = fresh.fingerprint();
        const opened = fresh.tryOpen();
        if (!opened.ok) {
          expect(fresh.fingerprint()).toEqual(before);
          return;
        }
        const log = opened.wal.groups.get(GROUP)!;
        const { damaged } = log;
        expect(damaged.length).toBeLessThan(2);
        expect(allReadable(log)).toEqual(content.filter((_, at) => !damaged.includes(at + 1)));
        expect(damaged.map((index) => log.roundAt(index))).toEqual(damaged);
        expect(log).toMatchObject({ lastIndex: 10, hardState });
      }),
      { numRuns: 150 },
    );
  });

  it('never loses or invents a slot or an epoch by one flipped bit, either', () => {
    const { bench, content } = slotsAfterEntries();
    const files = [...bench.files()].map(([path, bytes]) => ({ path, size: bytes.length }));
    const flip = fc.constantFrom(...files).chain(({ path, size }) => {
      return fc.record({ path: fc.constant(path), offset: fc.nat({ max: Math.min(size, 16_000) - 1 }), bit: fc.nat({ max: 7 }) });
    });
    let mended = 0;
    fc.assert(
      fc.property(flip, ({ path, offset, bit }) => {
        const fresh = slotsAfterEntries().bench;
        fresh.machine.disk.corrupt(path, offset, 1 << bit);
        const before = fresh.fingerprint();
        const opened = fresh.tryOpen();
        if (!opened.ok) return void expect(fresh.fingerprint()).toEqual(before);
        if (opened.repaired.length > 0) mended++;
        const log = opened.wal.groups.get(GROUP)!;
        expect(everythingOf(log)).toEqual(withoutPayloads(content, log.damaged));
      }),
      { numRuns: 150 },
    );
    expect(mended).toBeGreaterThan(0);
  });

  it('is taken for one where the disk gives no answer at all', () => {
    const bench = new Bench();
    const written = bench.open();
    written.createGroup(identityOf(1), { index: 0, round: 0 });
    bench.write(written, appendOf(1, { entries: [entryOf(1, 1), entryOf(2, 1)] }));
    bench.machine.kill();
    const { clock, disk } = bench.machine.boot();
    const files: DiskFile[] = [];
    const open = disk.open.bind(disk);
    disk.open = (path, mode) => {
      const file = open(path, mode);
      files.push(file);
      return file;
    };
    const options = { directory: DIRECTORY, incarnation: INCARNATION, cacheBytes: 0, onFatal: () => undefined };
    const opened = openWal({ clock, disk }, options);
    for (const file of files) {
      file.read = () => {
        throw new DiskError('io', file.path, 'input/output error');
      };
    }
    const log = opened.ok ? opened.wal.groups.get(GROUP) : undefined;
    expect(log?.read(1, 2, 1000)).toEqual([]);
    expect(log?.damaged).toEqual([1]);
  });

  it('found while running ends a read before it, and an entry that is appended again is whole', () => {
    const bench = new Bench();
    const wal = bench.open();
    const log = wal.createGroup(identityOf(1), { index: 0, round: 0 });
    for (let index = 1; index <= 4; index++) bench.write(wal, appendOf(1, { entries: [entryOf(index, 1, `payload-${index}`)] }));
    const place = find(bench, 'payload-3');
    bench.machine.disk.corrupt(place.path, place.offset);
    expect(log.read(1, 4, 1000).map(({ index }) => index)).toEqual([1, 2]);
    expect(log.damaged).toEqual([3]);
    expect(log.read(3, 4, 1000)).toEqual([]);
    bench.write(wal, appendOf(1, { entries: [entryOf(3, 1, 'payload-3')] }));
    expect(log.damaged).toEqual([]);
    expect(contentOf(wal, 1)).toHaveLength(4);
  });
});
