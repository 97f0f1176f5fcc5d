export type * from './replica.js';
export * from './types.js';
