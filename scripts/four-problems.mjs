// `npm run docs:four-problems [-- FILE…]`: takes what `reknit drill … --json` printed into the ledger, and makes the pages anew.
import { readFileSync, writeFileSync } from 'node:fs';
import * as show from '../packages/cli/dist/drill/show.js';
import { availabilityOf } from '../packages/simulator/dist/recovery-availability.js';
import { readDrills, runOf, withRun, writeDrills } from './drill-ledger.mjs';
import { renderDrills } from './drills-page.mjs';
import { renderFourProblems } from './four-problems-page.mjs';

const files = process.argv.slice(2);
const ledger = files.map((file) => runOf(readFileSync(file, 'utf8'), show)).reduce(withRun, readDrills());
if (ledger.runs.length === 0) {
  console.error('no drill is known yet: run  npx reknit drill all --rounds 20 --json > drill.jsonl  and name that file');
  process.exit(2);
}
if (files.length > 0) writeDrills(ledger);
writeFileSync(new URL('../docs/drills.md', import.meta.url), renderDrills(ledger));
writeFileSync(new URL('../docs/four-problems.md', import.meta.url), renderFourProblems(ledger, availabilityOf));
console.log(`docs/drills.md and docs/four-problems.md, from ${ledger.runs.length} runs`);
