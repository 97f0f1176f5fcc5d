// The wall clocks of other agents' machines, read against this one's. A message tells the sender's wall clock; that it also
// returns our own last time stamp tells the round trip, and so how far off the reading may be.
import type { ClockReading } from '@reknit/recovery';
import type { Clock } from '@reknit/runtime';
import type { Views } from './gossip-message.js';

/** A few times the pace of messages: an older reading says nothing about now, where a clock may have been set since. */
const FRESH_MS = 5000;

interface Heard {
  readonly sentMs: number;
  readonly arrivedAt: number;
  readonly reading: ClockReading | undefined;
}

export class RemoteClocks {
  readonly #clock: Clock;
  /** By agent; as many as there are. */
  readonly #heard: Map<string, Heard> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note({ from, sentMs, wall, echo }: Views): void {
    const now = this.#clock.now();
    const roundTripMs = echo === undefined ? undefined : now - echo.sentMs - echo.heldMs;
    const isPlausible = roundTripMs !== undefined && roundTripMs >= 0 && roundTripMs <= FRESH_MS;
    const reading = isPlausible
      ? { name: from, offsetMs: wall - (this.#clock.wall() - roundTripMs / 2), uncertaintyMs: roundTripMs / 2 }
      : undefined;
    this.#heard.set(from, { sentMs, arrivedAt: now, reading });
  }

  /** For the next message to it. */
  echoTo(name: string): Views['echo'] {
    const heard = this.#heard.get(name);
    return heard === undefined ? undefined : { sentMs: heard.sentMs, heldMs: this.#clock.now() - heard.arrivedAt };
  }

  forget(name: string): void {
    this.#heard.delete(name);
  }

  get readings(): readonly ClockReading[] {
    const now = this.#clock.now();
    return [...this.#heard.values()].flatMap(({ reading, arrivedAt }) =>
      reading !== undefined && now - arrivedAt <= FRESH_MS ? [reading] : [],
    );
  }
}
