// Pings that are made for others: an acknowledgement is passed on, and where none comes in time, who asked is told that at least
// we are here.
import type { Millis } from '@reknit/base';

export interface Relay {
  /** Who asked. */
  readonly to: string;
  /** Its own number of the probe. */
  readonly sequence: number;
  readonly nackAt: Millis;
}

/** Each member asks once a period; more than that are abandoned by whoever asked. */
const RELAYS_MAX = 256;
/** After the nack an acknowledgement is still passed on for so long. */
const KEPT_MS: Millis = 10_000;

export class Relays {
  /** By our own number of the ping. */
  readonly #open = new Map<number, { readonly relay: Relay; told: boolean }>();

  add(sequence: number, relay: Relay): void {
    if (this.#open.size >= RELAYS_MAX) this.#open.delete(this.#open.keys().next().value!);
    this.#open.set(sequence, { relay, told: false });
  }

  take(sequence: number): Relay | undefined {
    const open = this.#open.get(sequence);
    this.#open.delete(sequence);
    return open?.relay;
  }

  /** Who is to be told now. */
  due(own: Millis): readonly Relay[] {
    const due: Relay[] = [];
    for (const [sequence, open] of this.#open) {
      if (own >= open.relay.nackAt + KEPT_MS) this.#open.delete(sequence);
      if (open.told || own < open.relay.nackAt) continue;
      open.told = true;
      due.push(open.relay);
    }
    return due;
  }
}
