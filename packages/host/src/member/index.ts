export { type ExitRecord, writeExitRecord } from './exit-journal.js';
export { createLogger } from './logger.js';
export { runMember } from './run-member.js';
