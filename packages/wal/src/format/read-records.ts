// Reads the body of a batch. The bytes have passed their checksums, so a record that makes no sense was written by a
// bug or by another version: it throws MalformedBytesError, and the log is not opened.
import { ByteReader, MalformedBytesError } from '@reknit/base';
import type { GroupId, LogHardState, LogIdentity } from '../types.js';
import type { EntryForm } from './entry.js';
import { BASE_MODES, type BaseChange, type GroupCheckpoint, RECORD_HEAD_BYTES, RECORD_TYPE } from './records.js';

/** Offsets are within the body. */
interface Extent {
  readonly start: number;
  readonly end: number;
}

export type BodyRecord = Extent &
  (
    | { readonly type: 'create' | 'checkpoint'; readonly group: GroupCheckpoint }
    | { readonly type: 'truncate'; readonly identity: LogIdentity; readonly from: number }
    /** The first entry begins at `entriesAt`. */
    | {
        readonly type: 'entries';
        readonly form: EntryForm;
        readonly identity: LogIdentity;
        readonly count: number;
        readonly entriesAt: number;
      }
    | { readonly type: 'hard-state'; readonly identity: LogIdentity; readonly hardState: LogHardState }
    | { readonly type: 'base'; readonly base: BaseChange }
    | { readonly type: 'begin-epoch'; readonly identity: LogIdentity; readonly epochStart: number }
    | { readonly type: 'echo'; readonly echo: Echo }
    /** Within an echo: the headers, one after the other; `entriesAt` is where the first stood in the body it repeats. */
    | {
        readonly type: 'entry-headers';
        readonly form: EntryForm;
        readonly identity: LogIdentity;
        readonly count: number;
        readonly entriesAt: number;
        readonly headers: Uint8Array;
      }
  );

/** What a batch repeats of the one before it. */
export interface Echo {
  readonly batch: number;
  readonly segment: number;
  readonly bodyOffset: number;
  readonly bodyBytes: number;
  readonly records: Uint8Array;
}

export function readRecords(body: Uint8Array): readonly BodyRecord[] {
  const reader = new ByteReader(body);
  const records: BodyRecord[] = [];
  while (reader.remaining > 0) records.push(readRecord(reader));
  return records;
}

function readRecord(reader: ByteReader): BodyRecord {
  const start = reader.position;
  const type = reader.u32();
  const length = reader.u32();
  const end = start + RECORD_HEAD_BYTES + length;
  const fields = new ByteReader(reader.rawView(length));
  const extent = { start, end };
  switch (type) {
    case RECORD_TYPE.create:
      return { ...extent, type: 'create', group: readCheckpoint(fields) };
    case RECORD_TYPE.checkpoint:
      return { ...extent, type: 'checkpoint', group: readCheckpoint(fields) };
    case RECORD_TYPE.truncate:
      return { ...extent, type: 'truncate', identity: readIdentity(fields), from: fields.u64() };
    case RECORD_TYPE.entries:
      return { ...extent, type: 'entries', form: 'entry', ...readEntries(fields, start + RECORD_HEAD_BYTES) };
    case RECORD_TYPE.slots:
      return { ...extent, type: 'entries', form: 'slot', ...readEntries(fields, start + RECORD_HEAD_BYTES) };
    case RECORD_TYPE.hardState:
      return { ...extent, type: 'hard-state', identity: readIdentity(fields), hardState: readHardState(fields) };
    case RECORD_TYPE.base:
      return { ...extent, type: 'base', base: readBase(fields) };
    case RECORD_TYPE.echo:
      return { ...extent, type: 'echo', echo: readEcho(fields) };
    case RECORD_TYPE.entryHeaders:
      return { ...extent, type: 'entry-headers', form: 'entry', ...readEntryHeaders(fields) };
    case RECORD_TYPE.slotHeaders:
      return { ...extent, type: 'entry-headers', form: 'slot', ...readEntryHeaders(fields) };
    case RECORD_TYPE.beginEpoch:
      return { ...extent, type: 'begin-epoch', identity: readIdentity(fields), epochStart: fields.u64() };
    default:
      throw new MalformedBytesError(`a record of unknown type ${type}`);
  }
}

function readCheckpoint(fields: ByteReader): GroupCheckpoint {
  return {
    identity: readIdentity(fields),
    base: { index: fields.u64(), round: fields.u64() },
    lastIndex: fields.u64(),
    hardState: fields.bool() ? readHardState(fields) : undefined,
    epochs: Array.from({ length: fields.u32() }, () => ({ epoch: fields.u64(), start: fields.u64() })),
    holes: Array.from({ length: fields.u32() }, () => ({ from: fields.u64(), to: fields.u64() })),
  };
}

function readIdentity(fields: ByteReader): LogIdentity {
  const group = fields.u64() as GroupId; // written from a GroupId
  const branch = hex32(fields.u32()) + hex32(fields.u32());
  return { group, branch, epoch: fields.u64() };
}

const hex32 = (value: number): string => value.toString(16).padStart(8, '0');

function readHardState(fields: ByteReader): LogHardState {
  const [round, history, commit] = [fields.u64(), fields.u64(), fields.u64()];
  const voted = fields.bool();
  const vote = fields.string();
  return { round, vote: voted ? vote : undefined, history, commit };
}

const readBase = (fields: ByteReader): BaseChange => ({
  identity: readIdentity(fields),
  index: fields.u64(),
  round: fields.u64(),
  mode: readBaseMode(fields.u8()),
  epochStart: fields.u64(),
});

function readBaseMode(number: number): BaseChange['mode'] {
  const mode = BASE_MODES[number];
  if (mode === undefined) throw new MalformedBytesError(`a base change of unknown kind ${number}`);
  return mode;
}

/** @param fieldsAt where the record's fields begin in the body */
function readEntries(fields: ByteReader, fieldsAt: number) {
  const identity = readIdentity(fields);
  const count = fields.u32();
  return { identity, count, entriesAt: fieldsAt + fields.position };
}

const readEcho = (fields: ByteReader): Echo => ({
  batch: fields.u64(),
  segment: fields.u64(),
  bodyOffset: fields.u64(),
  bodyBytes: fields.u32(),
  records: fields.rawView(fields.remaining),
});

const readEntryHeaders = (fields: ByteReader) => ({
  identity: readIdentity(fields),
  count: fields.u32(),
  entriesAt: fields.u32(),
  headers: fields.rawView(fields.remaining),
});
