import { memoryPagesHome } from '@reknit/mvcc';
import fc from 'fast-check';
import { historyOf, runHistory } from '../../../packages/mvcc/test/support/model-run.js';
import { hunter, messageOf } from '../hunter.js';

/** Long enough that what was compacted is met again. */
const history = historyOf(100, 300);

hunter<'key space'>(async (_ground, seed) => {
  const [steps] = fc.sample(history, { seed, numRuns: 1 });
  try {
    await runHistory(memoryPagesHome({ schedule: setImmediate }), steps!);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
});
