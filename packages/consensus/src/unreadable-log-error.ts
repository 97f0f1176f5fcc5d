// A replica cannot begin: an entry stands in its log, and its bytes are not what was written. Where one that runs meets such an
// entry it goes on without it, and has it from others; one that begins does not even know yet whether its stage has ended.
import type { Index } from './types.js';

export class UnreadableLogError extends Error {
  override readonly name: string = 'UnreadableLogError';
  readonly index: Index;

  constructor(index: Index) {
    super(`entry ${index} of the log cannot be read`);
    this.index = index;
  }
}
