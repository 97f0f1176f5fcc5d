// What the members last said of themselves and of each other: the inside view of a subject, and the outside view of its
// peers. A failure is gray where these differ.
import type { Millis } from '@reknit/base';
import type { Clock } from '@reknit/runtime';
import type { PeerVote, Vitals } from '../detect/facts.js';

/** An older word is no vote: a peer needs a few heartbeats to notice a silence. */
const FRESH_MS: Millis = 1000;

export class Views {
  readonly #clock: Clock;
  /** One for each subject of the agent. */
  readonly #heard: Map<string, { readonly at: Millis; readonly vitals: Vitals }> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(subject: string, vitals: Vitals): void {
    this.#heard.set(subject, { at: this.#clock.now(), vitals });
  }

  /** Those heard a moment ago, by name. */
  fresh(): readonly (readonly [string, Vitals])[] {
    const now = this.#clock.now();
    return [...this.#heard].flatMap(([name, { at, vitals }]) => (now - at <= FRESH_MS ? [[name, vitals] as const] : []));
  }

  of(subject: string): { readonly vitals: Vitals | undefined; readonly votes: readonly PeerVote[] } {
    const others = this.fresh().filter(([name]) => name !== subject);
    const votes = others.map(([name, { suspectedPeers }]): PeerVote => {
      return { name, vote: suspectedPeers.includes(subject) ? 'down' : 'up' };
    });
    return { vitals: this.#heard.get(subject)?.vitals, votes };
  }
}
