// The last events of this agent's life, for whoever begins to follow a little late, and everybody who follows.
import type { EngineEvent } from '@reknit/recovery';

/** A whole recovery is about twenty events; more than a start-up's worth of several at once. */
const KEPT_MAX = 256;

export class EventLog {
  readonly #kept: EngineEvent[] = [];
  readonly #followers: Set<(event: EngineEvent) => void> = new Set();

  add(event: EngineEvent): void {
    this.#kept.push(event);
    if (this.#kept.length > KEPT_MAX) this.#kept.shift();
    for (const follower of this.#followers) follower(event);
  }

  /** The kept events after this sequence, now, then each as it happens. The result ends it. */
  follow(after: number, follower: (event: EngineEvent) => void): () => void {
    for (const event of this.#kept) if (event.sequence > after) follower(event);
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }
}
