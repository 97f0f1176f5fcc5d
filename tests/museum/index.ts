// What the runner (scripts/museum.mjs) needs of this folder, in one bundle.
export { describeGround } from './mutant.js';
export { MUTANTS } from './mutants/index.js';
export { renderPage } from './page.js';
