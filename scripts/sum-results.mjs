// Prints `N passed, N failed` over all result files of vitest in a folder. A step that failed without a failed test (the
// compiler, the linter, an installation) counts as one failure, so that the line can never look better than the run was.
// Usage: node scripts/sum-results.mjs FOLDER FAILED_STEPS
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, failedSteps] = [process.argv[2] ?? '', Number(process.argv[3])];
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
const results = files.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
const sum = (count) => results.map(count).reduce((total, value) => total + value, 0);

const passed = sum((result) => result.numPassedTests);
const failedTests = sum((result) => result.numFailedTests);
const failed = Math.max(failedTests, failedSteps);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
