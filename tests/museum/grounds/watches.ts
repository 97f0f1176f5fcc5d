import { memoryPagesHome } from '@reknit/mvcc';
import fc from 'fast-check';
import { runWatchHistory, watchHistory } from '../../../packages/mvcc/test/support/watch-run.js';
import { hunter, messageOf } from '../hunter.js';

hunter<'watches'>(async (_ground, seed) => {
  const [steps] = fc.sample(watchHistory, { seed, numRuns: 1 });
  try {
    await runWatchHistory(memoryPagesHome(), steps!);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
});
