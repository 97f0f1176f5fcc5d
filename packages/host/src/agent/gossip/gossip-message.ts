// What passes between agents: one JSON text a frame. Everything is checked field by field before it is believed: the sender has
// the cluster's secret, but may be of another version.
import { utf8Decode, utf8Encode } from '@reknit/base';
import type { Ballot, Peer, Rumor, SwimBody, SwimMessage } from '@reknit/failure-detector';

/** How others can see a subject. A command is never run for somebody else. */
export type OutsideProbe = { readonly kind: 'http'; readonly url: string } | { readonly kind: 'tcp'; readonly address: string };

export interface Owned {
  readonly subject: string;
  readonly probe: OutsideProbe;
}

/** What one agent says of the subjects that it sees, and of its clocks. */
export interface Views {
  readonly from: string;
  readonly host: string;
  /** Its monotonic clock, when it was sent. */
  readonly sentMs: number;
  /** Its wall clock, when it was sent. */
  readonly wall: number;
  /** The receiver's last `sentMs` that it has got, and how long ago: so the receiver knows the round trip. */
  readonly echo: { readonly sentMs: number; readonly heldMs: number } | undefined;
  /** The subjects in its own care. */
  readonly owns: readonly Owned[];
  readonly reports: readonly { readonly subject: string; readonly vote: Ballot; readonly ageMs: number }[];
}

export type GossipMessage =
  | { readonly kind: 'swim'; readonly message: SwimMessage }
  | { readonly kind: 'views'; readonly views: Views };

/** Members times about 200 bytes, with room. */
const MESSAGE_BYTES_MAX = 1024 * 1024;
/** In the care of one agent. */
export const SUBJECTS_MAX = 256;

export const encodeMessage = (message: GossipMessage): Uint8Array => utf8Encode(JSON.stringify(message));

/** Undefined for whatever is no message of this version. */
export function decodeMessage(payload: Uint8Array): GossipMessage | undefined {
  if (payload.length > MESSAGE_BYTES_MAX) return undefined;
  try {
    const value: unknown = JSON.parse(utf8Decode(payload));
    return isMessage(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const isText: Check = (value) => typeof value === 'string' && value.length > 0 && value.length <= 1024;
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isTime: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isOneOf =
  (...texts: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && texts.includes(value);
const isList =
  (check: Check, max: number): Check =>
  (value) =>
    Array.isArray(value) && value.length <= max && value.every(check);
const has =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(fields).every(([name, check]) => check(value[name]));

/** As many as a group can have members. */
const RUMORS_MAX = 1024;

const PEER: Readonly<Record<keyof Peer, Check>> = { name: isText, address: isText, host: isText, incarnation: isCount };
const RUMOR: Readonly<Record<keyof Rumor, Check>> = {
  ...PEER,
  standing: isOneOf('alive', 'suspect', 'dead', 'left'),
  by: isText,
};
const BODIES: Readonly<Record<SwimBody['kind'], Readonly<Record<string, Check>>>> = {
  ping: { sequence: isCount, to: isText },
  'ping-req': { sequence: isCount, target: isText, nackAfterMs: isTime },
  ack: { sequence: isCount },
  nack: { sequence: isCount },
  sync: { answer: isOneOf('wanted', 'given') },
};
const isBody: Check = (value) =>
  isObject(value) &&
  typeof value.kind === 'string' &&
  Object.hasOwn(BODIES, value.kind) &&
  has(BODIES[value.kind as SwimBody['kind']])(value);
const isSwim = has({ from: has(PEER), body: isBody, rumors: isList(has(RUMOR), RUMORS_MAX) });

const isProbe: Check = (value) =>
  has({ kind: isOneOf('http'), url: isText })(value) || has({ kind: isOneOf('tcp'), address: isText })(value);
const VIEWS: Readonly<Record<keyof Views, Check>> = {
  from: isText,
  host: isText,
  sentMs: isTime,
  wall: isTime,
  echo: (value) => value === undefined || has({ sentMs: isTime, heldMs: isTime })(value),
  owns: isList(has({ subject: isText, probe: isProbe }), SUBJECTS_MAX),
  reports: isList(
    has({ subject: isText, vote: isOneOf('up', 'down'), ageMs: (value) => isTime(value) && (value as number) >= 0 }),
    SUBJECTS_MAX * 64,
  ),
};

const isMessage = (value: unknown): value is GossipMessage =>
  has({ kind: isOneOf('swim'), message: isSwim })(value) || has({ kind: isOneOf('views'), views: has(VIEWS) })(value);
