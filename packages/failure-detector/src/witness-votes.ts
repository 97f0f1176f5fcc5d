// What witnesses say of a subject, and what follows from it. A verdict needs a strict majority of all that were *expected* to
// speak, each fresh; whoever is silent or outdated counts against every verdict. So it fails closed: with too few witnesses there
// is no verdict, and nothing that rests on one is done.
//
// Witnesses of one host share its network and its fate: they have one vote together, and where they differ it is "up", because
// one of them has seen the subject alive.
//
// Surprising: no clocks are compared. A vote comes with its age by the reporter's own monotonic clock; the listener adds the time
// since it arrived by its own.
import { assert, type Millis } from '@reknit/base';

export interface Witness {
  readonly observer: string;
  readonly host: string;
}

export type Ballot = 'up' | 'down';

/** As it was reported. */
export interface WitnessReport extends Witness {
  readonly subject: string;
  readonly vote: Ballot;
  /** Since it was seen, when it was reported. */
  readonly ageMs: Millis;
}

/** What one observer's word is worth now. */
export interface CountedVote extends Witness {
  readonly vote: Ballot | 'stale';
  /** Undefined: it has never spoken of the subject. */
  readonly ageMs: Millis | undefined;
}

export interface VoteCount {
  readonly verdict: Ballot | 'undecided';
  /** Hosts by what they say. */
  readonly up: number;
  readonly down: number;
  readonly stale: number;
  /** Hosts that must agree. */
  readonly needed: number;
  readonly votes: readonly CountedVote[];
}

/** @param expected all who should be able to see the subject; whoever is not among them is not heard */
export function countVotes(expected: readonly Witness[], votes: readonly CountedVote[]): VoteCount {
  const hosts = new Map<string, CountedVote['vote']>();
  for (const { observer, host } of expected) {
    const vote = votes.find((each) => each.observer === observer && each.host === host)?.vote ?? 'stale';
    hosts.set(host, together(hosts.get(host), vote));
  }
  const saying = (vote: CountedVote['vote']): number => [...hosts.values()].filter((each) => each === vote).length;
  const [up, down, stale] = [saying('up'), saying('down'), saying('stale')];
  const needed = Math.floor(hosts.size / 2) + 1;
  const verdict = down >= needed ? 'down' : up >= needed ? 'up' : 'undecided';
  return { verdict, up, down, stale, needed, votes };
}

/** Of one host. */
function together(before: CountedVote['vote'] | undefined, vote: CountedVote['vote']): CountedVote['vote'] {
  if (before === 'up' || vote === 'up') return 'up';
  return before === 'down' || vote === 'down' ? 'down' : 'stale';
}

interface Kept {
  readonly report: WitnessReport;
  readonly arrivedAt: Millis;
}

/** Agents times subjects, with room; the oldest makes way. */
const REPORTS_MAX = 16_384;

export class VoteBox {
  readonly #freshMs: Millis;
  /** By observer and subject, the newest. */
  readonly #kept = new Map<string, Kept>();

  /** @param freshMs an older vote is stale: a few times the pace at which they are given */
  constructor(freshMs: Millis) {
    assert(freshMs > 0, 'a vote is fresh for a while', () => freshMs);
    this.#freshMs = freshMs;
  }

  /** @param now of the listener's own time, which stands still while it does not run */
  note(report: WitnessReport, now: Millis): void {
    const key = keyOf(report);
    this.#kept.delete(key);
    if (this.#kept.size >= REPORTS_MAX) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(key, { report, arrivedAt: now });
  }

  /** Nothing that it said counts any more, e.g. because it found out that it was itself cut off. */
  forget(observer: string): void {
    for (const [key, { report }] of this.#kept) if (report.observer === observer) this.#kept.delete(key);
  }

  count(subject: string, expected: readonly Witness[], now: Millis): VoteCount {
    return countVotes(
      expected,
      expected.map((witness) => this.#voteOf(witness, subject, now)),
    );
  }

  #voteOf({ observer, host }: Witness, subject: string, now: Millis): CountedVote {
    const kept = this.#kept.get(keyOf({ observer, host, subject }));
    if (kept === undefined) return { observer, host, vote: 'stale', ageMs: undefined };
    const ageMs = kept.report.ageMs + (now - kept.arrivedAt);
    return { observer, host, vote: ageMs <= this.#freshMs ? kept.report.vote : 'stale', ageMs };
  }
}

const keyOf = ({ observer, host, subject }: Witness & { readonly subject: string }): string => `${subject}\n${observer}\n${host}`;
