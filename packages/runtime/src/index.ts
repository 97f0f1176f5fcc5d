export type { Clock, Timer } from './clock.js';
export { type Disk, DiskError, type DiskErrorCode, type DiskFile } from './disk.js';
export type { Logger, LogLevel } from './logger.js';
export { createMemoryDisk } from './memory-disk.js';
export { type CloseReason, type Listener, MAX_FRAME_BYTES, type Network, type Session, type SessionHandlers } from './network.js';
export type { ProcessExit, Processes, ProcessIdentity, ProcessState, SpawnOptions } from './processes.js';
export type { Random } from './random.js';
export type { Runtime } from './runtime.js';
