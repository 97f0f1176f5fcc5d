// What members say to each other about the stages themselves, in every stage and across their ends. Each message names the epoch
// that it speaks of, so it is never dropped for its sender's being in another.
import { type ByteReader, ByteWriter, crc32c, MalformedBytesError, unreachable } from '@reknit/base';
import { shift } from '../arithmetic.js';
import { decodeEntry, encodeEntry, readCount, readIndex, readRound } from '../common/messages.js';
import type { Entry, Epoch, Index, Round } from '../types.js';
import { readStage, type Stage, writeStage } from './stage.js';
import type { StageEnd } from './types.js';

/** `end.epoch` has ended: the answer to whatever is said in it, and told unasked until the next stage has decided something. */
export interface Stopped {
  readonly kind: 'stopped';
  readonly end: StageEnd;
}

/** The sender is in this epoch and lacks what it decided, from this index on. */
export interface Fetch {
  readonly kind: 'fetch';
  readonly epoch: Epoch;
  readonly from: Index;
}

/** Entries that `end.epoch` decided, without a hole, none beyond its end. */
export interface Decided {
  readonly kind: 'decided';
  readonly end: StageEnd;
  readonly entries: readonly Entry[];
}

/** What was asked for is gone from the sender's log: its state has it. */
export interface Offer {
  readonly kind: 'offer';
  /** That the sender is in. */
  readonly epoch: Epoch;
  readonly index: Index;
  readonly indexRound: Round;
}

/** The sender has durably begun this epoch. */
export interface Started {
  readonly kind: 'started';
  readonly epoch: Epoch;
  /** It has seen the epoch decide an entry. */
  readonly decided: boolean;
}

/** Of a leader, before it proposes the stage's stop-sign. */
export interface Prepare {
  readonly kind: 'prepare';
  readonly stage: Stage;
}

export interface Prepared {
  readonly kind: 'prepared';
  readonly plan: string;
  /** The sender's log is durable up to here. */
  readonly stored: Index;
  /** Why the sender cannot run the stage; empty when it can. */
  readonly refusal: string;
}

/** The sender cannot read what was decided there, in this epoch. */
export interface Mend {
  readonly kind: 'mend';
  readonly epoch: Epoch;
  readonly from: Index;
}

/** What stands there in the sender's log, decided or not, and what follows it in that epoch. */
export interface Mended {
  readonly kind: 'mended';
  readonly epoch: Epoch;
  readonly entries: readonly Entry[];
}

export type ControlMessage = Stopped | Fetch | Decided | Offer | Started | Prepare | Prepared | Mend | Mended;

type Kind = ControlMessage['kind'];

/** The byte that stands for each kind on the wire: never renumbered. */
const TAGS: { readonly [K in Kind]: number } = {
  stopped: 1,
  fetch: 2,
  decided: 3,
  offer: 4,
  started: 5,
  prepare: 6,
  prepared: 7,
  mend: 8,
  mended: 9,
};
const KINDS: ReadonlyMap<number, Kind> = new Map(Object.entries(TAGS).map(([kind, tag]) => [tag, kind as Kind]));

export function encodeControl(message: ControlMessage, writer: ByteWriter): void {
  writer.u8(TAGS[message.kind]);
  switch (message.kind) {
    case 'stopped':
      return writeEnd(message.end, writer);
    case 'fetch':
      writer.u64(message.epoch).u64(message.from);
      return;
    case 'decided':
      writeEnd(message.end, writer);
      return writeEntries(message.entries, writer);
    case 'offer':
      writer.u64(message.epoch).u64(message.index).u64(message.indexRound);
      return;
    case 'started':
      writer.u64(message.epoch).bool(message.decided);
      return;
    case 'prepare':
      return writeStage(message.stage, writer);
    case 'prepared':
      writer.string(message.plan).u64(message.stored).string(message.refusal);
      return;
    case 'mend':
      writer.u64(message.epoch).u64(message.from);
      return;
    case 'mended':
      writer.u64(message.epoch);
      return writeEntries(message.entries, writer);
    default:
      return unreachable(message);
  }
}

/** Entry payloads are views of the reader's bytes. Throws MalformedBytesError. */
export function decodeControl(reader: ByteReader): ControlMessage {
  const tag = reader.u8();
  const kind = KINDS.get(tag);
  if (kind === undefined) throw new MalformedBytesError(`no control message has the tag ${tag}`);
  switch (kind) {
    case 'stopped':
      return { kind, end: readEnd(reader) };
    case 'fetch':
      return { kind, epoch: readEpoch(reader), from: readIndex(reader) };
    case 'decided':
      return { kind, end: readEnd(reader), entries: readEntries(reader) };
    case 'offer':
      return { kind, epoch: readEpoch(reader), index: readIndex(reader), indexRound: readRound(reader) };
    case 'started':
      return { kind, epoch: readEpoch(reader), decided: reader.bool() };
    case 'prepare':
      return { kind, stage: readStage(reader) };
    case 'prepared':
      return { kind, plan: reader.string(), stored: readIndex(reader), refusal: reader.string() };
    case 'mend':
      return { kind, epoch: readEpoch(reader), from: readIndex(reader) };
    case 'mended':
      return { kind, epoch: readEpoch(reader), entries: readEntries(reader) };
    default:
      return unreachable(kind);
  }
}

// What comes from the wire gets its brand here.
const readEpoch = (reader: ByteReader): Epoch => reader.u64() as Epoch;

function writeEnd({ epoch, index, next }: StageEnd, writer: ByteWriter): void {
  writer.u64(epoch).u64(index);
  writeStage(next, writer);
}

function readEnd(reader: ByteReader): StageEnd {
  const epoch = readEpoch(reader);
  const index = readIndex(reader);
  const next = readStage(reader);
  if (next.epoch !== epoch + 1) throw new MalformedBytesError(`epoch ${next.epoch} does not follow epoch ${epoch}`);
  return { epoch, index, next };
}

/** Checksum, round, kind and length: the least that an entry takes. */
const ENTRY_BYTES_MIN = 17;

/** Each carries a checksum over all that it says: what is taken over as decided is never compared with anything else again. */
function writeEntries(entries: readonly Entry[], writer: ByteWriter): void {
  writer.u64(entries[0]?.index ?? 0).u32(entries.length);
  for (const entry of entries) {
    writer.u32(checksum(entry));
    encodeEntry(entry, writer);
  }
}

function readEntries(reader: ByteReader): readonly Entry[] {
  const first = readIndex(reader);
  const count = readCount(ENTRY_BYTES_MIN, reader);
  const entries: Entry[] = [];
  for (let at = 0; at < count; at++) {
    const expected = reader.u32();
    const entry = decodeEntry(shift(first, at), reader);
    if (checksum(entry) !== expected) throw new MalformedBytesError(`entry ${entry.index} is not what was sent`);
    entries.push(entry);
  }
  return entries;
}

function checksum(entry: Entry): number {
  const writer = new ByteWriter();
  writer.u64(entry.index);
  encodeEntry(entry, writer);
  return crc32c(writer.view());
}
