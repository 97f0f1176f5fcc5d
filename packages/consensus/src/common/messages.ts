// Messages that mean the same in every protocol, and the bytes of parts that several messages share. The byte that stands for
// a kind is each protocol's own; it and the round come first, written by the protocol.
import { type ByteReader, type ByteWriter, MalformedBytesError, unreachable } from '@reknit/base';
import { shift } from '../arithmetic.js';
import type { Entry, EntryKind, Index, Round } from '../types.js';

/** Asks who would support the sender in `round`, which nobody has entered. A protocol adds by what the sender claims to lead. */
export interface Probe {
  readonly kind: 'pre-vote';
  readonly round: Round;
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

/** The answer to a leader of an older round. */
export interface Outdated {
  readonly kind: 'outdated';
  readonly round: Round;
}

export interface OfferSnapshot {
  readonly kind: 'offer-snapshot';
  readonly round: Round;
  readonly index: Index;
  readonly indexRound: Round;
}

/** The leader asks its successor to stand at once. */
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

export type SharedMessage = PreVoteAnswer | Outdated | OfferSnapshot | TimeoutNow | ReadRequest | ReadAnswer;

export function encodeShared(message: SharedMessage, writer: ByteWriter): void {
  switch (message.kind) {
    case 'pre-vote-answer':
      writer.bool(message.granted).u64(message.attempt);
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

export function decodeShared(kind: SharedMessage['kind'], round: Round, reader: ByteReader): SharedMessage {
  switch (kind) {
    case 'pre-vote-answer':
      return { kind, round, granted: reader.bool(), attempt: reader.u64() };
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
export const readIndex = (reader: ByteReader): Index => reader.u64() as Index;
export const readRound = (reader: ByteReader): Round => reader.u64() as Round;

/** Never renumbered. */
const ENTRY_TAGS: { readonly [K in EntryKind]: number } = { normal: 0, noop: 1, 'stop-sign': 2 };
const ENTRY_KINDS: readonly EntryKind[] = ['normal', 'noop', 'stop-sign'];
/** Round, kind and length: the least that an entry takes. */
const ENTRY_BYTES_MIN = 13;

/** Their indexes are not written: each follows the one before it. */
export function encodeEntries(entries: readonly Entry[], writer: ByteWriter): void {
  writer.u32(entries.length);
  for (const entry of entries) encodeEntry(entry, writer);
}

/** @param first index of the first entry  @param ballot of slots: that of all of them */
export function decodeEntries(first: Index, reader: ByteReader, ballot?: Round): readonly Entry[] {
  const count = readCount(ENTRY_BYTES_MIN, reader);
  const entries: Entry[] = [];
  for (let at = 0; at < count; at++) entries.push(decodeEntry(shift(first, at), reader, ballot));
  return entries;
}

/** Without its index, and without the ballot of a slot. */
export function encodeEntry({ round, kind, payload }: Entry, writer: ByteWriter): void {
  writer.u64(round).u8(ENTRY_TAGS[kind]).bytes(payload);
}

/** The payload is a view of the reader's bytes. */
export function decodeEntry(index: Index, reader: ByteReader, ballot?: Round): Entry {
  const round = readRound(reader);
  const kind = ENTRY_KINDS[reader.u8()];
  if (kind === undefined) throw new MalformedBytesError('an entry of unknown kind');
  const payload = reader.bytesView();
  return ballot === undefined ? { index, round, kind, payload } : { index, round, ballot, kind, payload };
}

/** A count never promises more than the message can hold. @param bytesMin that each of them takes at least */
export function readCount(bytesMin: number, reader: ByteReader): number {
  const count = reader.u32();
  if (count * bytesMin > reader.remaining) throw new MalformedBytesError(`${count} entries do not fit the message`);
  return count;
}

function decodeOptionalIndex(reader: ByteReader): Index | undefined {
  const present = reader.bool();
  const index = readIndex(reader);
  return present ? index : undefined;
}
