// How far the local log holds what is decided: only so far may the state be flushed, or a crash would leave a state whose last
// entry its log does not have. What is being replaced does not count, though something durable stands there: after a
// truncation, or where Paxos accepts another value for a slot, a member may apply the new value before its own log has it.
import type { StoreEffect } from '@reknit/consensus';
import type { GroupLog } from '@reknit/wal';

type Stored = Pick<StoreEffect<unknown>, 'truncateFrom' | 'entries' | 'durableThrough'>;

export class DurableIndex {
  #through: number;
  /** Of each effect on its way to the disk, in order: the first index that it writes or removes. */
  readonly #writing: number[] = [];

  constructor(log: Pick<GroupLog, 'heldThrough'>) {
    this.#through = log.heldThrough;
  }

  get value(): number {
    return Math.min(this.#through, ...this.#writing.map((index) => index - 1));
  }

  handedOut(effect: Stored): void {
    this.#writing.push(firstIndexOf(effect));
  }

  /** The oldest of those that were handed out. */
  stored(effect: Stored): void {
    this.#writing.shift();
    this.#through = effect.durableThrough;
  }

  /** A stage begins durably behind it: what lay beyond is gone. */
  begun(index: number): void {
    this.#through = index;
  }

  /** The state stands at it, and so does the log's base. */
  installed(index: number, log: 'kept' | 'replaced'): void {
    this.#through = log === 'replaced' ? index : Math.max(this.#through, index);
  }
}

function firstIndexOf({ truncateFrom, entries }: Stored): number {
  let lowest: number = truncateFrom ?? Number.POSITIVE_INFINITY;
  for (const { index, ballot } of entries) {
    if (index < lowest) lowest = index;
    // Only slots come in any order.
    if (ballot === undefined) break;
  }
  return lowest;
}
