// Raft's messages and their bytes. Every message carries the sender's round (a pre-vote: the round it would begin).
//
// Beyond the dissertation: a vote and its answer name the end of the candidate's log, so that a vote asked for before
// a crash can never elect the same candidate with a shorter log (this lets requests leave before the own vote is durable);
// appends carry a heartbeat sequence, by which reads are confirmed (section 6.4) and only those with news are answered.
import { type ByteReader, type ByteWriter, MalformedBytesError, unreachable } from '@reknit/base';
import { following, shift } from '../arithmetic.js';
import type { Entry, EntryKind, Index, Round } from '../types.js';

export interface Append {
  readonly kind: 'append';
  readonly round: Round;
  readonly prevIndex: Index;
  readonly prevRound: Round;
  readonly commit: Index;
  /** Rises with each heartbeat and each read barrier; never reused within a round. */
  readonly sequence: number;
  /** Follow `prevIndex` without a gap. */
  readonly entries: readonly Entry[];
}

export interface Appended {
  readonly kind: 'appended';
  readonly round: Round;
  /** Durable at the sender and equal to the leader's log up to here. */
  readonly match: Index;
  readonly sequence: number;
}

/** The log does not agree at `prevIndex`. The hint is the last place that could (same or older round). */
export interface Rejected {
  readonly kind: 'rejected';
  readonly round: Round;
  readonly prevIndex: Index;
  readonly hintIndex: Index;
  readonly hintRound: Round;
  readonly sequence: number;
}

/** The answer to a leader of an older round. */
export interface Outdated {
  readonly kind: 'outdated';
  readonly round: Round;
}

export interface PreVote {
  readonly kind: 'pre-vote';
  readonly round: Round;
  readonly lastIndex: Index;
  readonly lastRound: Round;
  /** Which of the sender's tries this is; echoed, so that an old grant supports no later try. */
  readonly attempt: number;
}

/** Granted: `round` as asked. Refused: the round of whoever refuses. */
export interface PreVoteAnswer {
  readonly kind: 'pre-vote-answer';
  readonly round: Round;
  readonly granted: boolean;
  readonly attempt: number;
}

export interface Vote {
  readonly kind: 'vote';
  readonly round: Round;
  readonly lastIndex: Index;
  readonly lastRound: Round;
  /** 'transfer': the leader itself asked for this election, so that its being alive is no objection. */
  readonly cause: 'time-out' | 'transfer';
}

export interface VoteAnswer {
  readonly kind: 'vote-answer';
  readonly round: Round;
  readonly granted: boolean;
  readonly lastIndex: Index;
  readonly lastRound: Round;
}

export interface OfferSnapshot {
  readonly kind: 'offer-snapshot';
  readonly round: Round;
  readonly index: Index;
  readonly indexRound: Round;
}

export interface TimeoutNow {
  readonly kind: 'timeout-now';
  readonly round: Round;
}

export interface ReadRequest {
  readonly kind: 'read';
  readonly round: Round;
  readonly id: number;
}

/** Refused when `index` is undefined. */
export interface ReadAnswer {
  readonly kind: 'read-answer';
  readonly round: Round;
  readonly id: number;
  readonly index: Index | undefined;
}

export type RaftMessage =
  | Append
  | Appended
  | Rejected
  | Outdated
  | PreVote
  | PreVoteAnswer
  | Vote
  | VoteAnswer
  | OfferSnapshot
  | TimeoutNow
  | ReadRequest
  | ReadAnswer;

type Kind = RaftMessage['kind'];

/** The byte that stands for each kind on the wire: never renumbered. */
const TAGS: { readonly [K in Kind]: number } = {
  append: 1,
  appended: 2,
  rejected: 3,
  outdated: 4,
  'pre-vote': 5,
  'pre-vote-answer': 6,
  vote: 7,
  'vote-answer': 8,
  'offer-snapshot': 9,
  'timeout-now': 10,
  read: 11,
  'read-answer': 12,
};
const KINDS: ReadonlyMap<number, Kind> = new Map(Object.entries(TAGS).map(([kind, tag]) => [tag, kind as Kind]));

const ENTRY_TAGS: { readonly [K in EntryKind]: number } = { normal: 0, noop: 1, 'stop-sign': 2 };
const ENTRY_KINDS: readonly EntryKind[] = ['normal', 'noop', 'stop-sign'];
/** Round, kind and length: the least that an entry takes. */
const ENTRY_BYTES_MIN = 13;

export function encode(message: RaftMessage, writer: ByteWriter): void {
  writer.u8(TAGS[message.kind]).u64(message.round);
  switch (message.kind) {
    case 'append':
      writer.u64(message.prevIndex).u64(message.prevRound).u64(message.commit).u64(message.sequence);
      return encodeEntries(message.entries, writer);
    case 'appended':
      writer.u64(message.match).u64(message.sequence);
      return;
    case 'rejected':
      writer.u64(message.prevIndex).u64(message.hintIndex).u64(message.hintRound).u64(message.sequence);
      return;
    case 'pre-vote':
      writer.u64(message.lastIndex).u64(message.lastRound).u64(message.attempt);
      return;
    case 'pre-vote-answer':
      writer.bool(message.granted).u64(message.attempt);
      return;
    case 'vote':
      writer
        .u64(message.lastIndex)
        .u64(message.lastRound)
        .bool(message.cause === 'transfer');
      return;
    case 'vote-answer':
      writer.bool(message.granted).u64(message.lastIndex).u64(message.lastRound);
      return;
    case 'offer-snapshot':
      writer.u64(message.index).u64(message.indexRound);
      return;
    case 'read':
      writer.u64(message.id);
      return;
    case 'read-answer':
      writer
        .u64(message.id)
        .bool(message.index !== undefined)
        .u64(message.index ?? 0);
      return;
    case 'outdated':
    case 'timeout-now':
      return;
    default:
      return unreachable(message);
  }
}

export function decode(reader: ByteReader): RaftMessage {
  const tag = reader.u8();
  const kind = KINDS.get(tag);
  if (kind === undefined) throw new MalformedBytesError(`no message has the tag ${tag}`);
  const round = readRound(reader);
  switch (kind) {
    case 'append':
      return decodeAppend(round, reader);
    case 'appended':
      return { kind, round, match: readIndex(reader), sequence: reader.u64() };
    case 'rejected':
      return {
        kind,
        round,
        prevIndex: readIndex(reader),
        hintIndex: readIndex(reader),
        hintRound: readRound(reader),
        sequence: reader.u64(),
      };
    case 'pre-vote':
      return { kind, round, lastIndex: readIndex(reader), lastRound: readRound(reader), attempt: reader.u64() };
    case 'pre-vote-answer':
      return { kind, round, granted: reader.bool(), attempt: reader.u64() };
    case 'vote':
      return {
        kind,
        round,
        lastIndex: readIndex(reader),
        lastRound: readRound(reader),
        cause: reader.bool() ? 'transfer' : 'time-out',
      };
    case 'vote-answer':
      return { kind, round, granted: reader.bool(), lastIndex: readIndex(reader), lastRound: readRound(reader) };
    case 'offer-snapshot':
      return { kind, round, index: readIndex(reader), indexRound: readRound(reader) };
    case 'read':
      return { kind, round, id: reader.u64() };
    case 'read-answer':
      return { kind, round, id: reader.u64(), index: decodeOptionalIndex(reader) };
    case 'outdated':
    case 'timeout-now':
      return { kind, round };
    default:
      return unreachable(kind);
  }
}

// What comes from the wire gets its brand here.
const readIndex = (reader: ByteReader): Index => reader.u64() as Index;
const readRound = (reader: ByteReader): Round => reader.u64() as Round;

function decodeOptionalIndex(reader: ByteReader): Index | undefined {
  const present = reader.bool();
  const index = readIndex(reader);
  return present ? index : undefined;
}

function decodeAppend(round: Round, reader: ByteReader): Append {
  const prevIndex = readIndex(reader);
  const prevRound = readRound(reader);
  const commit = readIndex(reader);
  const sequence = reader.u64();
  return { kind: 'append', round, prevIndex, prevRound, commit, sequence, entries: decodeEntries(following(prevIndex), reader) };
}

function encodeEntries(entries: readonly Entry[], writer: ByteWriter): void {
  writer.u32(entries.length);
  for (const entry of entries) writer.u64(entry.round).u8(ENTRY_TAGS[entry.kind]).bytes(entry.payload);
}

function decodeEntries(first: Index, reader: ByteReader): readonly Entry[] {
  const count = reader.u32();
  if (count * ENTRY_BYTES_MIN > reader.remaining) throw new MalformedBytesError(`${count} entries do not fit the message`);
  const entries: Entry[] = [];
  for (let at = 0; at < count; at++) {
    const round = readRound(reader);
    const kind = ENTRY_KINDS[reader.u8()];
    if (kind === undefined) throw new MalformedBytesError('an entry of unknown kind');
    entries.push({ index: shift(first, at), round, kind, payload: reader.bytesView() });
  }
  return entries;
}
