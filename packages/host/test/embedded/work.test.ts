import { memoryPagesHome } from '@reknit/mvcc';
import { createMemoryDisk } from '@reknit/runtime';
import { expect, test } from 'vitest';
import { Work, watchedDisk, watchedHome } from '../../src/embedded/work.js';

const later: (() => void)[] = [];
const soon = (callback: () => void): void => void later.push(callback);

async function isIdle(work: Work): Promise<boolean> {
  return await Promise.race([work.idle().then(() => true), new Promise<false>((resolve) => setImmediate(resolve, false))]);
}

test('a member is at rest when its last write to the log and to the pages has called back', async () => {
  const work = new Work();
  const disk = watchedDisk(createMemoryDisk(soon), work);
  const home = watchedHome(memoryPagesHome({ schedule: soon }), work);
  expect(await isIdle(work)).toBe(true);
  const calls: string[] = [];
  disk.makeDirectory('/d');
  disk.open('/d/log', 'create').writeAndSync(0, [Uint8Array.of(1)], () => calls.push('log'));
  home.openCurrent().write([], () => calls.push('pages'));
  const states: boolean[] = [];
  for (;;) {
    states.push(await isIdle(work));
    const next = later.shift();
    if (next === undefined) break;
    next();
  }
  expect(calls.toSorted()).toEqual(['log', 'pages']);
  expect([states[0], states.at(-1)]).toEqual([false, true]);
});
