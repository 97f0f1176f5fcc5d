// Crashes after every single write of a flush, of a compaction and of an installation.
import { type KeySpace, openKeySpace, type SnapshotSource } from '@reknit/mvcc';
import { describe, expect, test } from 'vitest';
import { type CrashingHome, crashingHome, dump } from './support/crashing-home.js';
import { ALL, deleteOf, granted, positionAt, put, rangeOf, text } from './support/requests.js';

const TABLES = ['index', 'long', 'records', 'leases', 'meta'];
const LONG = 'l'.repeat(1000);

type Entry = (space: KeySpace) => void;

/** An entry's index is its place here, from 1 on. */
const LOG: readonly Entry[] = [
  (space) => put(space, 'a', '1'),
  (space) => put(space, 'b', '1'),
  (space) => put(space, LONG, '1'),
  (space) => put(space, 'a', '2'),
  (space) => void space.deleteRange(deleteOf('b')),
  (space) => void space.deleteRange(deleteOf(LONG, '\0')),
  (space) => put(space, 'a', '3'),
  (space) => put(space, LONG, '2'),
  (space) => put(space, 'c', '1'),
  (space) => void space.deleteRange(deleteOf('a', 'c')),
  (space) => void space.compact(9),
  (space) => put(space, 'b', '2'),
  (space) => put(space, 'd', '1'),
];

function applyUpTo(space: KeySpace, index: number): void {
  for (let at = space.applied.index; at < index; at++) {
    LOG[at]!(space);
    space.end(positionAt(at + 1));
  }
}

function finishNow<T>(job: { step(): T | undefined }, home: CrashingHome): T {
  for (;;) {
    const result = job.step();
    if (result !== undefined) return result;
    home.settle();
  }
}

const open = (home: CrashingHome): KeySpace => openKeySpace(home, { branch: 'b' });
const hash = (space: KeySpace, home: CrashingHome): number => granted(finishNow(space.hashJob(0), home)).hash;

function flushNow(space: KeySpace, home: CrashingHome): void {
  space.flush((error) => expect(error).toBeUndefined());
  home.settle();
}

function compactNow(space: KeySpace, home: CrashingHome): void {
  const job = space.compactionJob();
  if (job !== undefined) finishNow(job, home);
}

const contents = (space: KeySpace, revision = 0): string[] =>
  granted(space.range(rangeOf({ ...ALL, revision }))).kvs.map((kv) => `${text(kv.key)}=${text(kv.value)}@${kv.modRevision}`);

/** What an undisturbed member has. */
const EXPECTED = (() => {
  const home = crashingHome();
  const space = open(home);
  applyUpTo(space, LOG.length);
  const state = { contents: contents(space), at9: contents(space, 9), hash: hash(space, home), revision: space.revision };
  flushNow(space, home);
  compactNow(space, home);
  return { ...state, tables: dump(home.openCurrent().view(), ['index', 'records']) };
})();

/** What a member that never stopped has after each entry. */
const UNDISTURBED = (() => {
  const home = crashingHome();
  const space = open(home);
  return [undefined, ...LOG].map((_, index) => {
    applyUpTo(space, index);
    return summary(space, home);
  });
})();

function summary(space: KeySpace, home: CrashingHome): unknown {
  return { contents: contents(space), hash: hash(space, home), revision: space.revision, keys: space.statistics().keys };
}

function expectWhole(space: KeySpace, home: CrashingHome): void {
  expect(contents(space)).toEqual(EXPECTED.contents);
  expect(contents(space, 9)).toEqual(EXPECTED.at9);
  expect(hash(space, home)).toBe(EXPECTED.hash);
  expect(space.revision).toBe(EXPECTED.revision);
}

/** Replays, and goes on to a compacted state that must be that of a member that never crashed, to the byte. */
function expectRecovery(home: CrashingHome): void {
  const space = open(home);
  for (let index = space.applied.index; index <= LOG.length; index++) {
    applyUpTo(space, index);
    expect(summary(space, home)).toEqual(UNDISTURBED[index]);
  }
  expectWhole(space, home);
  flushNow(space, home);
  expectWhole(space, home);
  compactNow(space, home);
  expectWhole(space, home);
  expect(dump(home.openCurrent().view(), ['index', 'records'])).toEqual(EXPECTED.tables);
  expectWhole(open(home), home);
}

/** Runs `attempt` again and again, with one more durable write at the crash each time, until all of them are. */
function atEveryCrash(attempt: (survivors: number) => { readonly writes: number }): number {
  let survivors = 0;
  while (attempt(survivors).writes > survivors) survivors++;
  return survivors;
}

function crashKeeping(home: CrashingHome, survivors: number): { readonly writes: number } {
  let writes = 0;
  let left = survivors;
  home.crash((batch) => {
    writes += batch.length;
    const kept = Math.min(left, batch.length);
    left -= kept;
    return kept;
  });
  return { writes };
}

describe('a crash', () => {
  test.each([2, 6, 11, 13])('after any write of a flush at entry %i loses nothing and leaves nothing behind', (firstFlush) => {
    const crashes = atEveryCrash((survivors) => {
      const home = crashingHome();
      const space = open(home);
      applyUpTo(space, firstFlush);
      space.flush(() => expect.unreachable('the process is gone'));
      const crashed = crashKeeping(home, survivors);
      const again = open(home);
      expect([0, firstFlush]).toContain(again.flushed.index);
      expectRecovery(home);
      return crashed;
    });
    expect(crashes).toBeGreaterThan(firstFlush);
  });

  test('after any write of a second flush keeps the first', () => {
    atEveryCrash((survivors) => {
      const home = crashingHome();
      const space = open(home);
      applyUpTo(space, 5);
      flushNow(space, home);
      applyUpTo(space, 12);
      space.flush(() => expect.unreachable('the process is gone'));
      const crashed = crashKeeping(home, survivors);
      const again = open(home);
      const flushed = crashed.writes === survivors ? 12 : 5;
      expect(again.flushed.index).toBe(flushed);
      expect(summary(again, home)).toEqual(UNDISTURBED[flushed]);
      expectRecovery(home);
      return crashed;
    });
  });

  test('of another history than the one that was half flushed leaves nothing of the first', () => {
    atEveryCrash((survivors) => {
      const home = crashingHome();
      const space = open(home);
      applyUpTo(space, 3);
      flushNow(space, home);
      put(space, 'never', 'decided');
      put(space, `${LONG}never`, 'decided');
      space.end(positionAt(4));
      space.flush(() => expect.unreachable('the process is gone'));
      const crashed = crashKeeping(home, Math.min(survivors, 4));
      expectRecovery(home);
      return { writes: Math.min(crashed.writes, 4) };
    });
  });

  test('after any write of a compaction leaves it to be finished, and every read right', () => {
    const crashes = atEveryCrash((survivors) => {
      const home = crashingHome();
      const space = open(home);
      applyUpTo(space, LOG.length);
      flushNow(space, home);
      space.compactionJob()!.step();
      const crashed = crashKeeping(home, survivors);
      expectWhole(open(home), home);
      expectRecovery(home);
      return crashed;
    });
    expect(crashes).toBeGreaterThan(10);
  });

  test('of a compaction that had a second one behind it leaves both to be finished', () => {
    atEveryCrash((survivors) => {
      const home = crashingHome();
      const space = open(home);
      applyUpTo(space, 9);
      granted(space.compact(6));
      flushNow(space, home);
      compactNow(space, home);
      applyUpTo(space, LOG.length);
      flushNow(space, home);
      space.compactionJob()!.step();
      const crashed = crashKeeping(home, survivors);
      expectRecovery(home);
      return crashed;
    });
  });

  test('at any point of an installation leaves the old generation or the new one, whole', () => {
    const source = crashingHome();
    const whole = open(source);
    applyUpTo(whole, LOG.length);
    flushNow(whole, source);
    const attempt = (settled: number, survivors: number): 'crashed' | 'installed' => {
      const home = crashingHome();
      const space = open(home);
      applyUpTo(space, 4);
      flushNow(space, home);
      const before = dump(home.openCurrent().view(), TABLES);
      let installed = false;
      install(space, whole.snapshot(), () => {
        installed = true;
      });
      for (let at = 0; at < settled; at++) if (!home.settleOne()) break;
      crashKeeping(home, survivors);
      const again = open(home);
      if (installed) expectWhole(again, home);
      else expect(dump(home.openCurrent().view(), TABLES)).toEqual(before);
      expect(again.flushed.index).toBe(installed ? LOG.length : 4);
      return installed ? 'installed' : 'crashed';
    };
    let settled = 0;
    while (attempt(settled, settled % 3) === 'crashed') settled++;
    expect(settled).toBeGreaterThan(3);
  });
});

function install(space: KeySpace, source: SnapshotSource, done: () => void): void {
  const sink = space.beginInstall(source.position);
  for (let piece = source.next(64); piece !== undefined; piece = source.next(64)) sink.add(piece);
  source.close();
  sink.finish(done);
}
