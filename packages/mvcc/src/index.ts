export type * from './pages.js';
export type * from './types.js';
