// What members tell each other: plain data, to be carried by any transport that authenticates its sender. Names refer to SWIM
// (Das, Gupta and Motivala, 2002) and Lifeguard (Dadgar, Phillips and Currey, 2018).

/** Who somebody is, and where to be reached. `host` is the machine: of several members there one is enough as a witness. */
export interface Peer {
  readonly name: string;
  readonly address: string;
  readonly host: string;
  /** Raised by the member itself alone, to refute what is said of it (SWIM, 4.2). */
  readonly incarnation: number;
}

export type Standing = 'alive' | 'suspect' | 'dead' | 'left';

/** What is said of a member. */
export interface Rumor extends Peer {
  readonly standing: Standing;
  /** Who suspects it: so many independent ones shorten the wait (Lifeguard, LHA-Suspicion). */
  readonly by: string;
}

export type SwimBody =
  /** `to`: whoever has this address now may be somebody else. */
  | { readonly kind: 'ping'; readonly sequence: number; readonly to: string }
  /** Ping it for me (SWIM, 3.1), and tell me within the time-out that you are there at least. */
  | { readonly kind: 'ping-req'; readonly sequence: number; readonly target: string; readonly nackAfterMs: number }
  | { readonly kind: 'ack'; readonly sequence: number }
  /** No answer from the target so far; but I have heard you (Lifeguard, LHA-Probe). */
  | { readonly kind: 'nack'; readonly sequence: number }
  /** All that I know is in the rumors; `answer` asks for the same in return. */
  | { readonly kind: 'sync'; readonly answer: 'wanted' | 'given' };

export interface SwimMessage {
  readonly from: Peer;
  readonly body: SwimBody;
  readonly rumors: readonly Rumor[];
}

/** Whether a rumor is news to who believes the other: the order of SWIM's 4.2, in which no two sayings are equal but the same. */
export function overrides(rumor: Said, believed: Said): boolean {
  if (rumor.incarnation !== believed.incarnation) return rumor.incarnation > believed.incarnation;
  return RANK[rumor.standing] > RANK[believed.standing];
}

type Said = Pick<Rumor, 'incarnation' | 'standing'>;

const RANK: Readonly<Record<Standing, number>> = { alive: 0, suspect: 1, dead: 2, left: 3 };
