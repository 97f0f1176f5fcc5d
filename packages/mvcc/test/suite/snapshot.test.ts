import { type KeySpace, openKeySpace, type PagesHome, SnapshotError, type SnapshotSource } from '@reknit/mvcc';
import { describe, expect, test } from 'vitest';
import {
  ALL,
  compactPhysically,
  deleteOf,
  finish,
  flush,
  get,
  granted,
  hashOf,
  positionAt,
  put,
  rangeOf,
} from '../support/requests.js';
import { backEnds } from './back-ends.js';

const LONG = 'l'.repeat(2000);

async function filled(home: PagesHome): Promise<KeySpace> {
  const space = openKeySpace(home, { branch: 'b' });
  for (let at = 0; at < 600; at++) put(space, `key ${at % 100}`, `value ${at}`);
  put(space, LONG, 'long');
  granted(space.deleteRange(deleteOf('key 1', 'key 2')));
  granted(space.compact(500));
  put(space, 'after', 'the compaction');
  space.end(positionAt(604));
  await flush(space);
  return space;
}

function pieces(source: SnapshotSource, bytesMax: number): Uint8Array[] {
  const taken: Uint8Array[] = [];
  for (let piece = source.next(bytesMax); piece !== undefined; piece = source.next(bytesMax)) taken.push(piece);
  source.close();
  return taken;
}

const install = (space: KeySpace, taken: readonly Uint8Array[], index = 604): Promise<void> =>
  new Promise((resolve, reject) => {
    const sink = space.beginInstall(positionAt(index));
    for (const piece of taken) sink.add(piece);
    sink.finish((error) => (error === undefined ? resolve() : reject(error)));
  });

describe.each(backEnds())('snapshots on $name', ({ newHome }) => {
  test.each([1, 1000, 1_000_000])('an installed snapshot of pieces of %i bytes is equal to its source', async (bytesMax) => {
    const source = await filled(newHome());
    const home = newHome();
    const space = openKeySpace(home, { branch: 'b' });
    put(space, 'old', 'gone afterwards');
    const snapshot = source.snapshot();
    expect(snapshot.position).toEqual(positionAt(604));
    await install(space, pieces(snapshot, bytesMax));
    for (const installed of [space, openKeySpace(home, { branch: 'b' })]) {
      expect(installed.revision).toBe(source.revision);
      expect(installed.compactRevision).toBe(500);
      expect(installed.applied).toEqual(positionAt(604));
      expect(installed.flushed).toEqual(positionAt(604));
      expect(installed.statistics().keys).toBe(source.statistics().keys);
      expect(await hashOf(installed)).toBe(await hashOf(source));
      expect(await hashOf(installed, 550)).toBe(await hashOf(source, 550));
      expect(granted(installed.range(rangeOf(ALL)))).toEqual(granted(source.range(rangeOf(ALL))));
      expect(get(installed, LONG)).toBe('long');
      expect(get(installed, 'old')).toBeUndefined();
      expect(installed.compactionJob()).toBeUndefined();
    }
    put(space, 'key 3', 'goes on');
    put(source, 'key 3', 'goes on');
    expect(await hashOf(space)).toBe(await hashOf(source));
    source.close();
    space.close();
  });

  test('a snapshot is of the flushed state, whatever is written, flushed and compacted meanwhile', async () => {
    const source = await filled(newHome());
    const hash = await hashOf(source);
    put(source, 'unflushed', '1');
    const snapshot = source.snapshot();
    const first = snapshot.next(1000)!;
    for (let at = 0; at < 300; at++) put(source, 'key 5', String(at));
    granted(source.compact(source.revision));
    source.end(positionAt(700));
    await flush(source);
    await compactPhysically(source);
    const space = openKeySpace(newHome(), { branch: 'b' });
    await install(space, [first, ...pieces(snapshot, 1000)]);
    expect(await hashOf(space)).toBe(hash);
    expect(get(space, 'unflushed')).toBeUndefined();
    source.close();
    space.close();
  });

  test('damaged, missing, repeated or foreign pieces are refused and the old state goes on', async () => {
    const source = await filled(newHome());
    const space = openKeySpace(newHome(), { branch: 'b' });
    put(space, 'old', 'here');
    space.end(positionAt(1));
    await flush(space);
    const good = pieces(source.snapshot(), 1000);
    const flipped = good.map((piece) => piece.slice());
    flipped[3]![500]! ^= 1;
    const bad = [flipped, good.slice(1), good.slice(0, -1), [...good, good[0]!], [good[0]!, ...good], [new Uint8Array([9])], []];
    for (const taken of bad) await expect(install(space, taken)).rejects.toThrow();
    await expect(install(space, good, 605)).rejects.toThrow(SnapshotError);
    expect(get(space, 'old')).toBe('here');
    expect(space.flushed).toEqual(positionAt(1));
    put(space, 'old', 'still');
    await flush(space);
    await install(space, good);
    expect(get(space, 'old')).toBeUndefined();
    source.close();
    space.close();
  });

  test('an aborted installation leaves no trace', async () => {
    const source = await filled(newHome());
    const space = openKeySpace(newHome(), { branch: 'b' });
    put(space, 'old', 'here');
    const sink = space.beginInstall(positionAt(604));
    sink.add(pieces(source.snapshot(), 1000)[0]!);
    sink.abort();
    sink.abort();
    await install(space, pieces(source.snapshot(), 1000));
    expect(await hashOf(space)).toBe(await hashOf(source));
    source.close();
    space.close();
  });

  test('jobs that began before an installation end with what they began on', async () => {
    const source = await filled(newHome());
    const space = await filled(newHome());
    for (let at = 0; at < 1000; at++) put(space, `more ${at}`, '1');
    granted(space.compact(space.revision));
    await flush(space);
    const range = space.rangeJob(rangeOf(ALL));
    const hash = space.hashJob(0);
    const compaction = space.compactionJob()!;
    range.step();
    compaction.step();
    await install(space, pieces(source.snapshot(), 100_000));
    expect(granted(await finish(range)).count).toBe(1091);
    expect(granted(await finish(hash)).revision).toBe(1604);
    expect(await finish(compaction)).toBe(true);
    expect(space.compactionJob()).toBeUndefined();
    expect(await hashOf(space)).toBe(await hashOf(source));
    source.close();
    space.close();
  });

  test('a flush under way at an installation does not bring the old state back', async () => {
    const source = await filled(newHome());
    const home = newHome();
    const space = openKeySpace(home, { branch: 'b' });
    for (let at = 0; at < 3000; at++) put(space, `old ${at}`, '1');
    const flushing = flush(space);
    await Promise.all([flushing, install(space, pieces(source.snapshot(), 100_000))]);
    expect(space.flushed).toEqual(positionAt(604));
    expect(get(space, 'old 7')).toBeUndefined();
    put(space, 'new', '1');
    await flush(space);
    expect(get(openKeySpace(home, { branch: 'b' }), 'new')).toBe('1');
    source.close();
    space.close();
  });
});
