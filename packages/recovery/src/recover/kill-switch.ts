// The operator's last word: a switch beside the agent that turns it into an observer. Nothing is needed to throw it but
// the right to create a file, so that it works while everything else is broken.
//
// Surprising: "cannot be read" is a third answer. Coordinated actions then stop, as if it were thrown; reflexes go by the
// last answer that could be read, because a full file table must not keep a dead node down.
export type SwitchState = 'present' | 'absent' | 'unreadable';

export interface KillSwitchReader {
  /** For people: where it is. */
  readonly path: string;
  read(): SwitchState;
}

export class KillSwitch {
  readonly path: string;
  readonly #reader: KillSwitchReader;
  /** Thrown until it was read once: an agent that knows nothing does nothing. */
  #lastKnown: 'present' | 'absent' = 'present';

  constructor(reader: KillSwitchReader) {
    this.path = reader.path;
    this.#reader = reader;
  }

  read(): SwitchState {
    const state = this.#reader.read();
    if (state !== 'unreadable') this.#lastKnown = state;
    return state;
  }

  /** Why an action of this tier must not be taken now; undefined: it may. */
  objection(tier: 'reflex' | 'coordinated'): string | undefined {
    const state = this.read();
    if (state === 'present') return `the kill switch ${this.path} is present: only observing until it is removed`;
    if (state === 'absent' || (tier === 'reflex' && this.#lastKnown === 'absent')) return undefined;
    return `the kill switch ${this.path} cannot be read: only observing`;
  }
}

/** For an engine without one. */
export const NO_KILL_SWITCH: KillSwitchReader = { path: '', read: () => 'absent' };
