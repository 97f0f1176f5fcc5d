export { openWal } from './open.js';
export type * from './types.js';
