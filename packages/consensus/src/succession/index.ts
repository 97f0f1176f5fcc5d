export { type ControlMessage, decodeControl, encodeControl } from './messages.js';
export { decodeStage, encodeStage, type Stage } from './stage.js';
export { Succession } from './succession.js';
export type * from './types.js';
