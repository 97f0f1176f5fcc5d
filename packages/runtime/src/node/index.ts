export { createNodeClock } from './clock.js';
export { createNodeDisk } from './disk.js';
export { exitFatally, FATAL_EXIT_CODE, type FatalHook } from './fatal.js';
export { createNodeNetwork } from './network.js';
export { createNodeProcesses } from './processes.js';
export { createNodeRandom } from './random.js';
export { createNodeRuntime, type NodeRuntimeOptions } from './runtime.js';
