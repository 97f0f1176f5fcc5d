import fc from 'fast-check';
import { describe, test } from 'vitest';
import { historyOf, runHistory } from '../support/model-run.js';
import { backEnds } from './back-ends.js';

describe.each(backEnds())('against the model, on $name', ({ name, newHome }) => {
  test('every read at every revision and every hash agree, whatever is flushed, compacted or restarted when', async () => {
    await fc.assert(
      fc.asyncProperty(historyOf(5, 60), (steps) => runHistory(newHome(), steps)),
      { numRuns: name === 'memory' ? 150 : 40 },
    );
  });
});
