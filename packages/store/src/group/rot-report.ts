// Tells people that the disk has changed what was decided, once for each place, and that another member's copy took its place. The
// member goes on by itself; its disk is what they should look at.
import type { Logger } from '@reknit/runtime';
import type { KeyspaceName } from '../options.js';

export class RotReport {
  readonly #keyspace: KeyspaceName;
  readonly #log: Logger;
  #index: number | undefined;

  constructor(keyspace: KeyspaceName, log: Logger) {
    this.#keyspace = keyspace;
    this.#log = log;
  }

  /** @param index the next entry to be applied, where the log cannot give it */
  observe(index: number | undefined): void {
    if (index === this.#index) return;
    if (index !== undefined)
      this.#log.log('error', 'the disk has changed an entry of the log; asking the other members for it', this.#place(index));
    else if (this.#index !== undefined)
      this.#log.log('warn', 'an entry that the disk has changed was had from another member', this.#place(this.#index));
    this.#index = index;
  }

  #place(index: number): { readonly keyspace: KeyspaceName; readonly index: number } {
    return { keyspace: this.#keyspace, index };
  }
}
