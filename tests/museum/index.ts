// What the runner (scripts/museum.mjs) needs of this folder, in one bundle.
export { describeGround } from './mutant.js';
export { MUTANTS } from './mutants/index.js';
export { type Found, renderPage } from './page.js';
