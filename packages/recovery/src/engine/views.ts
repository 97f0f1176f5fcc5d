// What the members last said of themselves and of each other: the inside view of a subject, and the outside view of its
// peers. A failure is gray where these differ.
//
// Surprising: how long a word has stood counts as much as the word. On a busy machine peers suspect each other for moments, each
// at another one, and a matrix of such moments shows links that were never cut.
import type { Millis } from '@reknit/base';
import type { Clock } from '@reknit/runtime';
import type { PeerVitals, PeerVote, QuorumView, Reach, Vitals } from '../detect/facts.js';

/** An older word is no vote: a peer needs a few heartbeats to notice a silence. */
const FRESH_MS: Millis = 1000;

interface Word {
  readonly ok: boolean;
  readonly since: Millis;
}

interface Heard {
  readonly at: Millis;
  readonly vitals: Vitals;
  readonly since: Millis;
  /** Of those that it has ever suspected; of all others it has said since `since` that it hears them. */
  readonly words: ReadonlyMap<string, Word>;
}

export class Views {
  readonly #clock: Clock;
  /** One for each subject of the agent. */
  readonly #heard: Map<string, Heard> = new Map();
  readonly #since: Millis;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  note(subject: string, vitals: Vitals): void {
    const at = this.#clock.now();
    const before = this.#heard.get(subject);
    const goesOn = before !== undefined && at - before.at <= FRESH_MS;
    const since = goesOn ? before.since : at;
    const words = wordsAfter(goesOn ? before.words : new Map(), vitals.suspectedPeers, at);
    this.#heard.set(subject, { at, vitals, since, words });
  }

  of(subject: string): { readonly vitals: Vitals | undefined; readonly votes: readonly PeerVote[] } {
    const votes = this.#fresh()
      .filter(([name]) => name !== subject)
      .map(([name, heard]): PeerVote => {
        const { ok, forMs } = this.#wordOf(heard, subject);
        return { name, vote: ok ? 'up' : 'down', forMs };
      });
    return { vitals: this.#heard.get(subject)?.vitals, votes };
  }

  /** Among these, by the word of those that were heard a moment ago. */
  reach(members: readonly string[]): readonly Reach[] {
    return this.#freshOf(members).flatMap(([from, heard]) => {
      const named = new Set([...members, ...heard.words.keys()]);
      named.delete(from);
      return [...named].map((to) => ({ from, to, ...this.#wordOf(heard, to) }));
    });
  }

  peers(members: readonly string[]): readonly PeerVitals[] {
    return this.#freshOf(members).map(([name, { vitals }]) => ({ name, vitals }));
  }

  /** How many of all voters were heard a moment ago; where they are no majority, since when they were none. */
  quorum(voters: readonly string[]): QuorumView {
    const now = this.#clock.now();
    const lastHeard = voters.map((name) => this.#heard.get(name)?.at ?? this.#since).sort((a, b) => b - a);
    const reachable = this.#freshOf(voters).length;
    const majority = Math.floor(voters.length / 2) + 1;
    return {
      voters: voters.length,
      reachable,
      forMs: reachable >= majority ? 0 : now - (lastHeard[majority - 1] ?? this.#since),
    };
  }

  #wordOf({ since, words }: Heard, to: string): { readonly ok: boolean; readonly forMs: Millis } {
    const word = words.get(to) ?? { ok: true, since };
    return { ok: word.ok, forMs: this.#clock.now() - word.since };
  }

  #freshOf(members: readonly string[]): readonly (readonly [string, Heard])[] {
    return this.#fresh().filter(([name]) => members.includes(name));
  }

  #fresh(): readonly (readonly [string, Heard])[] {
    const now = this.#clock.now();
    return [...this.#heard].filter(([, { at }]) => now - at <= FRESH_MS);
  }
}

function wordsAfter(before: ReadonlyMap<string, Word>, suspected: readonly string[], at: Millis): ReadonlyMap<string, Word> {
  const named = new Set([...before.keys(), ...suspected]);
  return new Map(
    [...named].map((name) => {
      const ok = !suspected.includes(name);
      const known = before.get(name);
      return [name, known !== undefined && known.ok === ok ? known : { ok, since: at }];
    }),
  );
}
