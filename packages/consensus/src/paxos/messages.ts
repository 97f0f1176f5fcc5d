// Multi-Paxos' messages and their bytes. Every message carries the ballot that its sender is in (a pre-vote: the one it would
// begin), under the name that all protocols share: round.
//
// Phase 1 is prepare and promise ("Paxos Made Simple", section 2.2), for all open slots at once (section 3) and in pages; phase 2 is
// accept and accepted. The values in an accept were all accepted at its ballot: it is not written beside each of them.
import { type ByteReader, type ByteWriter, MalformedBytesError } from '@reknit/base';
import { following } from '../arithmetic.js';
import {
  decodeEntries,
  decodeEntry,
  decodeShared,
  encodeEntries,
  encodeEntry,
  encodeShared,
  type Probe,
  readCount,
  readIndex,
  readRound,
  type SharedMessage,
} from '../common/messages.js';
import type { Entry, Index, Round } from '../types.js';
import type { SlotRange } from './ranges.js';

/** What it would lead with: all that is decided up to there. */
export interface PreVote extends Probe {
  readonly decided: Index;
}

export interface Prepare {
  readonly kind: 'prepare';
  readonly round: Round;
  /** The slots above are asked for. */
  readonly after: Index;
  /** 'transfer': the leader itself asked for this election, so that its being alive is no objection. */
  readonly cause: 'time-out' | 'transfer';
}

/** Nothing of a lower ballot will be accepted any more; this is what was. */
export interface Promised {
  readonly kind: 'promise';
  readonly round: Round;
  /** As asked: an answer to what was asked for before a crash, or to another page, is told apart. */
  readonly after: Index;
  /** The sender knows all up to here as decided, at whatever ballot its copies were accepted. */
  readonly decided: Index;
  /** What lies up to here is gone from the sender's log. */
  readonly base: Index;
  readonly baseRound: Round;
  /** There are slots above the last of these: another page. */
  readonly more: boolean;
  /** All that is filled above `after` and `base`, up to the last of them, each with the ballot at which it was accepted. */
  readonly entries: readonly Entry[];
}

export interface Accept {
  readonly kind: 'accept';
  readonly round: Round;
  /** All slots up to here were sent before. */
  readonly previous: Index;
  readonly commit: Index;
  /** Rises with each heartbeat and each read barrier; never reused within a round. */
  readonly sequence: number;
  /** Follow `previous`; each has this round as its ballot. */
  readonly entries: readonly Entry[];
}

export interface Accepted {
  readonly kind: 'accepted';
  readonly round: Round;
  /** Up to here, each slot is durable at the sender: accepted at this ballot, or known to be decided. */
  readonly match: Index;
  /** And so are these, beyond a hole. */
  readonly beyond: readonly SlotRange[];
  readonly sequence: number;
}

/** What the sender lacks: the slots above `after`, up to and including `through`. */
export interface Learn {
  readonly kind: 'learn';
  readonly round: Round;
  readonly after: Index;
  readonly through: Index;
}

export type PaxosMessage = PreVote | Prepare | Promised | Accept | Accepted | Learn | SharedMessage;

type Kind = PaxosMessage['kind'];

/** The byte that stands for each kind on the wire: never renumbered. */
const TAGS: { readonly [K in Kind]: number } = {
  'pre-vote': 1,
  'pre-vote-answer': 2,
  prepare: 3,
  promise: 4,
  accept: 5,
  accepted: 6,
  learn: 7,
  outdated: 8,
  'offer-snapshot': 9,
  'timeout-now': 10,
  read: 11,
  'read-answer': 12,
};
const KINDS: ReadonlyMap<number, Kind> = new Map(Object.entries(TAGS).map(([kind, tag]) => [tag, kind as Kind]));

/** Index, ballot, round, kind and length. */
const SLOT_BYTES_MIN = 29;
const RANGE_BYTES = 16;

export function encode(message: PaxosMessage, writer: ByteWriter): void {
  writer.u8(TAGS[message.kind]).u64(message.round);
  switch (message.kind) {
    case 'pre-vote':
      writer.u64(message.decided).u64(message.attempt);
      return;
    case 'prepare':
      writer.u64(message.after).bool(message.cause === 'transfer');
      return;
    case 'promise':
      writer.u64(message.after).u64(message.decided).u64(message.base).u64(message.baseRound).bool(message.more);
      return encodeSlots(message.entries, writer);
    case 'accept':
      writer.u64(message.previous).u64(message.commit).u64(message.sequence);
      return encodeEntries(message.entries, writer);
    case 'accepted':
      writer.u64(message.match).u64(message.sequence);
      return encodeRanges(message.beyond, writer);
    case 'learn':
      writer.u64(message.after).u64(message.through);
      return;
    default:
      return encodeShared(message, writer);
  }
}

export function decode(reader: ByteReader): PaxosMessage {
  const tag = reader.u8();
  const kind = KINDS.get(tag);
  if (kind === undefined) throw new MalformedBytesError(`no message has the tag ${tag}`);
  const round = readRound(reader);
  switch (kind) {
    case 'pre-vote':
      return { kind, round, decided: readIndex(reader), attempt: reader.u64() };
    case 'prepare':
      return { kind, round, after: readIndex(reader), cause: reader.bool() ? 'transfer' : 'time-out' };
    case 'promise':
      return decodePromise(round, reader);
    case 'accept':
      return decodeAccept(round, reader);
    case 'accepted':
      return { kind, round, match: readIndex(reader), sequence: reader.u64(), beyond: decodeRanges(reader) };
    case 'learn':
      return { kind, round, after: readIndex(reader), through: readIndex(reader) };
    default:
      return decodeShared(kind, round, reader);
  }
}

function decodePromise(round: Round, reader: ByteReader): Promised {
  const after = readIndex(reader);
  const decided = readIndex(reader);
  const base = readIndex(reader);
  const baseRound = readRound(reader);
  const more = reader.bool();
  return { kind: 'promise', round, after, decided, base, baseRound, more, entries: decodeSlots(reader) };
}

function decodeAccept(round: Round, reader: ByteReader): Accept {
  const previous = readIndex(reader);
  const commit = readIndex(reader);
  const sequence = reader.u64();
  return { kind: 'accept', round, previous, commit, sequence, entries: decodeEntries(following(previous), reader, round) };
}

function encodeSlots(slots: readonly Entry[], writer: ByteWriter): void {
  writer.u32(slots.length);
  for (const slot of slots) {
    writer.u64(slot.index).u64(slot.ballot ?? slot.round);
    encodeEntry(slot, writer);
  }
}

function decodeSlots(reader: ByteReader): readonly Entry[] {
  const slots: Entry[] = [];
  for (let left = readCount(SLOT_BYTES_MIN, reader); left > 0; left--) {
    const index = readIndex(reader);
    const ballot = readRound(reader);
    slots.push(decodeEntry(index, reader, ballot));
  }
  return slots;
}

function encodeRanges(ranges: readonly SlotRange[], writer: ByteWriter): void {
  writer.u32(ranges.length);
  for (const { first, last } of ranges) writer.u64(first).u64(last);
}

const NO_RANGES: readonly SlotRange[] = [];

function decodeRanges(reader: ByteReader): readonly SlotRange[] {
  const count = readCount(RANGE_BYTES, reader);
  if (count === 0) return NO_RANGES;
  const ranges: SlotRange[] = [];
  for (let left = count; left > 0; left--) ranges.push({ first: readIndex(reader), last: readIndex(reader) });
  return ranges;
}
