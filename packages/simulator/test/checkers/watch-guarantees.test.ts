import { describe, expect, it } from 'vitest';
import { checkWatch } from '../../src/checkers/watch-guarantees.js';
import type { SeenEvent, SeenVersion, WatchSpec, WatchStep } from '../../src/history/watch-log.js';
import { type Change, RevisionHistory } from '../../src/model/revision-history.js';

const NOTHING: SeenVersion = { value: '', createRevision: 0, modRevision: 0, version: 0, lease: 0n };
const version = (value: string, modRevision: number, of = 1): SeenVersion => ({
  value,
  createRevision: modRevision,
  modRevision,
  version: of,
  lease: 0n,
});
const put = (key: string, value: string, revision: number): Change => ({ key, now: version(value, revision), before: undefined });

/** 2: a, 3: b, 4: a and c at once, 5: a goes, 6: b. */
function history(): RevisionHistory {
  const revisions = new RevisionHistory();
  revisions.add(0, [put('a', '1', 2)]);
  revisions.add(0, [put('b', '1', 3)]);
  revisions.add(0, [{ key: 'a', now: { ...version('2', 4, 2), createRevision: 2 }, before: version('1', 2) }, put('c', '1', 4)]);
  revisions.add(0, [{ key: 'a', now: undefined, before: { ...version('2', 4, 2), createRevision: 2 } }]);
  revisions.add(0, [{ key: 'b', now: { ...version('2', 6, 2), createRevision: 3 }, before: version('1', 3) }]);
  return revisions;
}

const ALL: WatchSpec = { id: 1, key: 'a', rangeEnd: 'd', without: 'nothing', previous: false, fragment: false };
const ONE: WatchSpec = { ...ALL, rangeEnd: '' };

/** As a faithful server would send it. */
function event(key: string, revision: number, previous: boolean = false): SeenEvent {
  const change = history()
    .at(revision)!
    .changes.find((one) => one.key === key)!;
  const before = previous ? change.before : undefined;
  if (change.now === undefined) return { kind: 'delete', key, now: { ...NOTHING, modRevision: revision }, before };
  return { kind: 'put', key, now: change.now, before };
}

const created = (from: number, revision = 1): WatchStep => ({ kind: 'created', at: 0, member: 'n1', from, revision });
const events = (...seen: SeenEvent[]): WatchStep => ({ kind: 'events', at: 0, events: seen, more: false });
const piece = (...seen: SeenEvent[]): WatchStep => ({ kind: 'events', at: 0, events: seen, more: true });
const mark = (revision: number): WatchStep => ({ kind: 'progress', at: 0, revision });
const compacted = (revision: number): WatchStep => ({ kind: 'compacted', at: 0, revision });
const CUT: WatchStep = { kind: 'cut', at: 0 };

const [A2, B3, A4, C4, A5, B6] = [event('a', 2), event('b', 3), event('a', 4), event('c', 4), event('a', 5), event('b', 6)];

function broken(spec: WatchSpec, steps: readonly WatchStep[], revisions: RevisionHistory = history()): string | undefined {
  return checkWatch({ spec, steps }, revisions, 6).violation?.rule;
}

describe('a watch that keeps its promises', () => {
  it.each<[string, WatchSpec, readonly WatchStep[]]>([
    ['shows everything from the revision asked for', ALL, [created(2), events(A2, B3), events(A4, C4), events(A5, B6)]],
    ['shows only its keys', ONE, [created(2), events(A2), events(A4), events(A5)]],
    ['begins with what follows its creation', ALL, [created(0, 4), events(A5), events(B6)]],
    ['goes on after a cut', ALL, [created(2), events(A2), CUT, created(3), events(B3, A4, C4, A5, B6)]],
    ['goes on after a mark', ONE, [created(2), events(A2), mark(3), CUT, created(4), events(A4, A5), mark(6)]],
    ['may split a revision into fragments', ALL, [created(4), piece(A4), events(C4), piece(A5), events(B6)]],
    ['may lose the rest of a revision to a cut', ALL, [created(4), piece(A4), CUT, created(4), events(A4, C4, A5, B6)]],
    ['leaves out what was filtered', { ...ONE, without: 'deletes' }, [created(2), events(A2, A4)]],
    ['leaves out puts', { ...ONE, without: 'puts' }, [created(2), events(A5)]],
    ['shows what was before', { ...ONE, previous: true }, [created(3), events(event('a', 4, true), event('a', 5, true))]],
    ['may be behind when it ends', ALL, [created(2), events(A2), CUT]],
  ])('%s', (_, spec, steps) => expect(broken(spec, steps)).toBeUndefined());

  it('is told when what it asked for is compacted, and may miss what was before a key then', () => {
    const revisions = history();
    revisions.compact(5);
    expect(broken(ALL, [created(2), compacted(5), created(5), events(A5, B6)], revisions)).toBeUndefined();
    expect(broken({ ...ONE, previous: true }, [created(4), events(A4, A5)], revisions)).toBeUndefined();
  });
});

describe('a watch breaks its promise', () => {
  it.each<[string, string, WatchSpec, readonly WatchStep[]]>([
    [
      'ordered',
      'with an event of nothing between later ones',
      ONE,
      [created(2), events(A2, A4), events({ ...A4, now: version('?', 3) })],
    ],
    ['unique', 'with an event that comes again', ALL, [created(2), events(A2, B3, A4, C4), events(B3)]],
    ['reliable', 'when it leaves out a revision', ALL, [created(2), events(A2), events(A4, C4)]],
    ['reliable', 'when the last one never comes', ALL, [created(2), events(A2, B3, A4, C4, A5)]],
    ['atomic', 'when half of a revision is missing', ALL, [created(4), events(A4), events(A5)]],
    ['atomic', 'when a revision comes in two responses', ALL, [created(3), events(B3, A4, C4), events(C4)]],
    ['resumable', 'when it begins too late', ALL, [created(2), events(A2), CUT, created(3), events(A4, C4)]],
    ['resumable', 'when it begins too early', ALL, [created(3), events(A2, B3)]],
    ['resumable', 'when it begins later than with what follows its creation', ALL, [created(0, 3), events(A5)]],
    ['bookmarkable', 'when a mark overtakes an event', ALL, [created(2), events(A2), mark(3), events(B3)]],
    ['bookmarkable', 'when a mark overtakes the last fragment', ALL, [created(4), piece(A4), mark(4)]],
    ['true', 'with a mark that nobody wrote', ALL, [created(0, 6), mark(7)]],
    ['true', 'with another value', ALL, [created(2), events({ ...A2, now: version('x', 2) })]],
    ['true', 'with a key outside of its range', ONE, [created(2), events(A2), events(B3)]],
    ['true', 'with what it did not ask for', { ...ONE, without: 'deletes' }, [created(2), events(A2, A4), events(A5)]],
    ['true', 'without what was before', { ...ONE, previous: true }, [created(4), events(A4)]],
    ['true', 'as compacted when nothing was', ALL, [created(2), compacted(5)]],
    ['true', 'before it is there', ALL, [created(2), CUT, events(A2)]],
  ])('%s: %s', (rule, _, spec, steps) => expect(broken(spec, steps)).toBe(rule));
});
