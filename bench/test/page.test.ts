import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PAGE, renderPage } from '../src/report/page.js';
import { publishedResults } from '../src/report/results.js';

test('docs/bench.md holds no figure but those of the published results (npm run bench:docs)', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(renderPage(publishedResults()));
});
