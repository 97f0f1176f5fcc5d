export { CorruptRecordError, FormatError, SnapshotError } from './errors.js';
export { type KeySpaceOptions, openKeySpace } from './key-space.js';
export { type MemoryPagesHome, type MemoryPagesHomeOptions, memoryPagesHome } from './memory-pages.js';
export type * from './pages.js';
export type * from './types.js';
export { type WatchedSpace, WatchHub } from './watch/hub.js';
export type { WatchStream } from './watch/stream.js';
export type * from './watch/types.js';
export type { Watcher } from './watch/watcher.js';
