import { expect, test } from 'vitest';
import { memoryPagesHome, openKeySpace } from '../src/index.js';
import { ALL, compactPhysically, flush, get, granted, hashOf, keysOf, positionAt, put, rangeOf } from './support/requests.js';

test('what was flushed is there after opening again, whatever was compacted', async () => {
  const home = memoryPagesHome();
  const space = openKeySpace(home, { branch: 'b' });
  for (let round = 0; round < 3; round++) for (let at = 0; at < 1000; at++) put(space, `k${at}`, `v${round}-${at}`);
  space.end(positionAt(1));
  const before = await hashOf(space);
  await flush(space);
  expect(await hashOf(space)).toBe(before);
  expect(granted(space.compact(space.revision - 10)));
  space.end(positionAt(2));
  const compacted = await hashOf(space);
  await flush(space);
  await compactPhysically(space);
  expect(await hashOf(space)).toBe(compacted);
  expect(get(space, 'k7')).toBe('v2-7');
  const again = openKeySpace(home, { branch: 'b' });
  expect(again.revision).toBe(3001);
  expect(again.flushed).toEqual(positionAt(2));
  expect(await hashOf(again)).toBe(compacted);
  expect(keysOf(granted(again.range(rangeOf({ ...ALL, limit: 2 }))))).toEqual(['k0', 'k1']);
  expect(granted(again.range(rangeOf({ ...ALL, countOnly: true }))).count).toBe(1000);
});
