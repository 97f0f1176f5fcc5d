export { type ExitRecord, writeExitRecord } from './exit-journal.js';
export type { Fault } from './fault.js';
export { disarmExits } from './fault-switches.js';
export { createLogger } from './logger.js';
export { runMember } from './run-member.js';
export { throwFault } from './throw-fault.js';
