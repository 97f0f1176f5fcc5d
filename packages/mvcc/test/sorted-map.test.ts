import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SortedMap } from '../src/sorted-map.js';

const key = fc.integer({ min: 0, max: 2000 }).map((from) => String(from).padStart(4, '0'));
const change = fc.record({ key, kind: fc.constantFrom('set', 'set', 'set', 'delete'), value: fc.nat() });

const contents = (map: SortedMap<number>, from = ''): [string, number][] => {
  const found: [string, number][] = [];
  for (const cursor = map.cursor(from); cursor.key !== undefined; cursor.advance()) found.push([cursor.key, cursor.value!]);
  return found;
};

const sorted = (map: ReadonlyMap<string, number>): [string, number][] =>
  [...map].sort(([left], [right]) => (left < right ? -1 : 1));

const apply = (map: SortedMap<number>, model: Map<string, number>, made: { key: string; kind: string; value: number }): void => {
  if (made.kind === 'set') {
    map.set(made.key, made.value);
    model.set(made.key, made.value);
  } else expect(map.delete(made.key)).toBe(model.delete(made.key));
};

test('holds what a map holds, in order, and snapshots keep what was', () => {
  const changes = fc.array(change, { maxLength: 1500, size: 'max' });
  fc.assert(
    fc.property(changes, changes, key, (before, after, probe) => {
      const map = new SortedMap<number>();
      const model = new Map<string, number>();
      for (const made of before) apply(map, model, made);
      const snapshot = map.snapshot();
      const then = sorted(model);
      for (const made of after) apply(map, model, made);
      const now = sorted(model);
      expect(contents(map)).toEqual(now);
      expect(contents(snapshot)).toEqual(then);
      expect(map.size).toBe(model.size);
      expect(map.get(probe)).toBe(model.get(probe));
      expect(contents(map, probe)).toEqual(now.filter(([found]) => found >= probe));
      expect(map.lower(probe)).toBe(now.findLast(([found]) => found < probe)?.[0]);
      expect(map.lower(undefined)).toBe(now.at(-1)?.[0]);
    }),
    { numRuns: 30 },
  );
});

test('a cursor goes on from its key, whatever is inserted or removed between its steps', () => {
  fc.assert(
    fc.property(
      fc.array(change, { minLength: 300, maxLength: 900, size: 'max' }),
      fc.array(change, { size: '+1' }),
      (before, between) => {
        const map = new SortedMap<number>();
        const model = new Map<string, number>();
        for (const made of before) apply(map, model, made);
        const cursor = map.cursor('');
        for (const made of between) {
          const at = cursor.key;
          apply(map, model, made);
          cursor.advance();
          const next = at === undefined ? undefined : sorted(model).find(([found]) => found > at)?.[0];
          expect(cursor.key).toBe(next);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('keys that come in order fill their chunks', () => {
  const map = new SortedMap<number>();
  for (let at = 0; at < 10_000; at++) map.set(String(at).padStart(6, '0'), at);
  expect(map.chunkAt(0)?.keys.length).toBeGreaterThan(200);
  expect(contents(map).length).toBe(10_000);
});
