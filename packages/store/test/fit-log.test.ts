import type { AppliedPosition } from '@reknit/mvcc';
import { createWorld } from '@reknit/runtime/simulated';
import { type GroupId, type LogEntry, openWal } from '@reknit/wal';
import { describe, expect, it } from 'vitest';
import { fitLog, type LogPlace } from '../src/group/fit-log.js';
import { readInstallNote, writeInstallNote } from '../src/install-notes.js';

const identity = { group: 2 as GroupId, branch: '0123456789abcdef', epoch: 1 };
const at = (index: number, round: number): AppliedPosition => ({ branch: identity.branch, epoch: 1, index, round });
const entry = (index: number, round: number): LogEntry => ({ index, round, kind: 'noop', payload: new Uint8Array(0) });

/** A log of these rounds, from index 1 on. */
function setUp(rounds: readonly number[]): { place: LogPlace; settle: () => void } {
  const world = createWorld({ seed: 1 });
  const runtime = world.machine('n1').boot();
  const options = { directory: '/data/wal', incarnation: 'a', segmentBytes: 64 * 1024, onFatal: () => undefined };
  const opened = openWal(runtime, options);
  if (!opened.ok) throw new Error('a new log opens');
  const { wal } = opened;
  wal.createGroup(identity, { index: 0, round: 0 });
  const entries = rounds.map((round, index) => entry(index + 1, round));
  wal.append([{ ...identity, truncateFrom: undefined, entries, hardState: undefined }], () => undefined);
  const settle = (): void => world.run(world.now + 100);
  settle();
  return { place: { runtime, directory: '/data', wal }, settle };
}

describe('a log and its state', () => {
  it('fit while the log holds the last entry of the state', () => {
    const { place } = setUp([1, 1, 2]);
    for (const position of [at(0, 0), at(1, 1), at(3, 2)])
      expect(fitLog(place, 'default', identity, position, undefined).lastIndex).toBe(3);
  });

  it('do not fit when the log ends before the state, or has another entry there: a lost write', () => {
    const { place } = setUp([1, 1, 2]);
    expect(() => fitLog(place, 'default', identity, at(4, 2), undefined)).toThrow(
      /log ends at 3: the disk lost an acknowledged write/,
    );
    expect(() => fitLog(place, 'default', identity, at(3, 3), undefined)).toThrow(
      /has one of round 2, configuration 1 in its place/,
    );
  });

  it('do not fit when the log begins behind the state', () => {
    const { place, settle } = setUp([1, 1, 2]);
    place.wal.setBase({ ...identity, index: 2, round: 1 }, () => undefined);
    settle();
    expect(() => fitLog(place, 'default', identity, at(1, 1), undefined)).toThrow(/its log begins after 2/);
  });

  it.each([
    ['ends before it', at(9, 4)],
    ['still has what the snapshot contradicts', at(2, 4)],
  ])('are made to fit after an install that a crash interrupted, when the log %s', (_, position) => {
    const { place, settle } = setUp([1, 1, 2]);
    writeInstallNote(place.runtime, '/data', 'default', position);
    const log = fitLog(place, 'default', identity, position, undefined);
    expect(log.base).toEqual({ index: position.index, round: 4 });
    expect(log.lastIndex).toBe(position.index);
    expect(readInstallNote(place.runtime.disk, '/data', 'default')).toEqual(position);
    settle();
    expect(readInstallNote(place.runtime.disk, '/data', 'default')).toBeUndefined();
  });

  it('are not made to fit by the note of another install', () => {
    const { place } = setUp([1, 1, 2]);
    writeInstallNote(place.runtime, '/data', 'default', at(8, 4));
    expect(() => fitLog(place, 'default', identity, at(9, 4), undefined)).toThrow(/lost/);
  });
});
