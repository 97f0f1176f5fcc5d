import type { Job } from './types.js';

/** For what was decided before it began, or was too small to be sliced. */
export const finishedJob = <T>(result: T): Job<T> => ({ step: () => result, cancel: () => {} });
