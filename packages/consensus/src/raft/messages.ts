// Raft's messages and their bytes. Every message carries the sender's round (a pre-vote: the round it would begin).
//
// Beyond the dissertation: a vote and its answer name the end of the candidate's log, so that a vote asked for before
// a crash can never elect the same candidate with a shorter log (this lets requests leave before the own vote is durable);
// appends carry a heartbeat sequence, by which reads are confirmed (section 6.4) and only those with news are answered.
import { type ByteReader, type ByteWriter, MalformedBytesError } from '@reknit/base';
import { following } from '../arithmetic.js';
import {
  decodeEntries,
  decodeShared,
  encodeEntries,
  encodeShared,
  type Probe,
  readIndex,
  readRound,
  type SharedMessage,
} from '../common/messages.js';
import type { Entry, Index, Round } from '../types.js';

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

/** What it would lead with is its log. */
export interface PreVote extends Probe {
  readonly lastIndex: Index;
  readonly lastRound: Round;
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

export type RaftMessage = Append | Appended | Rejected | PreVote | Vote | VoteAnswer | SharedMessage;

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
    case 'vote':
      writer
        .u64(message.lastIndex)
        .u64(message.lastRound)
        .bool(message.cause === 'transfer');
      return;
    case 'vote-answer':
      writer.bool(message.granted).u64(message.lastIndex).u64(message.lastRound);
      return;
    default:
      return encodeShared(message, writer);
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
    default:
      return decodeShared(kind, round, reader);
  }
}

function decodeAppend(round: Round, reader: ByteReader): Append {
  const prevIndex = readIndex(reader);
  const prevRound = readRound(reader);
  const commit = readIndex(reader);
  const sequence = reader.u64();
  return { kind: 'append', round, prevIndex, prevRound, commit, sequence, entries: decodeEntries(following(prevIndex), reader) };
}
