// Which hard state is durable, and which has been handed out for storing. A replica may act on a promise (a vote, a
// round) only once `durable` shows it.
import { assert } from '@reknit/base';
import type { HardState } from './types.js';

interface UnderWay {
  readonly sequence: number;
  readonly hardState: HardState;
}

export class HardStateLedger {
  private durableState: HardState;
  private handedOut: HardState;
  private readonly underWay: UnderWay[] = [];

  constructor(durable: HardState) {
    this.durableState = durable;
    this.handedOut = durable;
  }

  get durable(): HardState {
    return this.durableState;
  }

  /** Whether `current` holds a promise that was not yet handed out. A risen commit index alone is none. */
  mustStore(current: HardState): boolean {
    const known = this.handedOut;
    return current.round !== known.round || current.vote !== known.vote || current.history !== known.history;
  }

  /** @returns what the store effect must carry: undefined when nothing changed */
  handOut(sequence: number, current: HardState): HardState | undefined {
    const known = this.handedOut;
    assert(current.round >= known.round, 'a round never falls', () => ({ current, known }));
    assert(current.commit >= known.commit, 'the commit index never falls', () => ({ current, known }));
    if (!this.mustStore(current) && current.commit === known.commit) return undefined;
    this.handedOut = current;
    this.underWay.push({ sequence, hardState: current });
    return current;
  }

  acknowledge(sequence: number): void {
    while (this.underWay.length > 0 && this.underWay[0]!.sequence <= sequence) {
      this.durableState = this.underWay.shift()!.hardState;
    }
  }
}
