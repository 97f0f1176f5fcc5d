import { openKeySpace } from '@reknit/mvcc';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { runWatchHistory, WatchRun, watchHistory } from '../support/watch-run.js';
import { backEnds } from './back-ends.js';

describe.each(backEnds())('watchers over $name', ({ name, newHome }) => {
  test('each sees exactly the changes it asked for, in order, each revision whole, or learns that they are compacted', async () => {
    await fc.assert(
      fc.asyncProperty(watchHistory, (steps) => runWatchHistory(newHome(), steps)),
      // On LMDB the same with less patience: its transactions are real.
      { numRuns: name === 'memory' ? 150 : 30 },
    );
  });

  test('who begins at a revision that is written and not yet published makes nobody miss it', async () => {
    const run = new WatchRun(openKeySpace(newHome(), { branch: 'b' }));
    const watch = { kind: 'watch', filter: 'none', previous: 'without-previous' } as const;
    await run.take({ ...watch, range: ['a', ''], start: 0, stream: 0 });
    await run.take({ kind: 'put', key: 'a', value: '1' });
    await run.take({ kind: 'put', key: 'a', value: '2' });
    await run.take({ ...watch, range: ['a', ''], start: 3, stream: 1 });
    run.finish();
  });
});
