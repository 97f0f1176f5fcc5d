// Three names for one class, so that `import HashRing from`, `import { HashRing } from` and `require()` all do what they did.
export type { Hasher, HashRingOptions, RingPoint } from './hash-ring.js';
// biome-ignore lint/style/noDefaultExport: npm's hashring is imported by default; a drop-in must be too
export { HashRing, HashRing as 'module.exports', HashRing as default } from './hash-ring.js';
export type { Server, ServerAddress, ServerConfig, Servers } from './servers.js';
