// What is still to be told, riding on messages that are sent anyway (SWIM, 4.1). Each rumor leaves λ · log₁₀(n + 1) times from
// each member, which infects all with high probability; what has left least often goes first; a newer one about the same
// member takes the place of the older.
import type { Rumor } from './message.js';

/** λ, memberlist's value: all of a thousand hear of it, at a third of the messages lost. */
const REPEATS = 4;
/** So many in a message fit into a datagram, about 100 bytes each. */
const PER_MESSAGE = 10;

interface Told {
  readonly rumor: Rumor;
  times: number;
}

export class Rumors {
  /** By member: bounded by how many there are. */
  readonly #told = new Map<string, Told>();

  add(rumor: Rumor): void {
    this.#told.set(rumor.name, { rumor, times: 0 });
  }

  /** @param first about whom the receiver must hear: about itself (Lifeguard's buddy system) */
  take(members: number, first: Rumor | undefined): readonly Rumor[] {
    const timesMax = REPEATS * Math.ceil(Math.log10(members + 1));
    const waiting = [...this.#told.values()].sort((a, b) => a.times - b.times).slice(0, PER_MESSAGE);
    for (const told of waiting) if (++told.times >= timesMax) this.#told.delete(told.rumor.name);
    const rumors = waiting.map(({ rumor }) => rumor);
    return first === undefined || rumors.some(({ name }) => name === first.name) ? rumors : [first, ...rumors];
  }
}
