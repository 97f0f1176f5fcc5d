export type { SimulatedDisk } from './disk.js';
export { DEFAULT_DISK, DEFAULT_NETWORK, type DiskFaults, type NetworkFaults } from './faults.js';
export type { BootOptions, Machine } from './machine.js';
export { Prng } from './prng.js';
export { type PeersSee, ProcessEndedError } from './process.js';
export type { Program } from './processes.js';
export type { TraceKind, TraceListener } from './trace.js';
export { createWorld, type Direction, type World, type WorldOptions } from './world.js';
