export { CliError } from './cli-error.js';
export { type DemoOptions, type DemoParts, runDemo } from './demo/run-demo.js';
export { runSoak, type SoakOptions } from './load/soak.js';
