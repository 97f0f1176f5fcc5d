// What is stored beside the tables: how far the log was applied, the revisions and the counters, in one checksummed record
// that is the last write of every flush. And, apart from it, how far the physical compaction has come.
import { ByteReader, ByteWriter, crc32c, EMPTY_BYTES, utf8Encode } from '@reknit/base';
import { copyOf } from './copy.js';
import { CorruptRecordError, FormatError } from './errors.js';
import { META } from './page-keys.js';
import type { PagesView, PageWrite } from './pages.js';
import type { AppliedPosition } from './types.js';

const FORMAT_VERSION = 3;
/** Knew no configuration. */
const FORMAT_WITHOUT_CONFIGURATION = 2;
/** Knew no leases and did not count its flushes. */
const FORMAT_WITHOUT_LEASES = 1;
const STATE_KEY = utf8Encode('state');
const COMPACTED_KEY = utf8Encode('compacted');
const CRC_BYTES = 4;

export interface StoredState {
  readonly position: AppliedPosition;
  readonly revision: number;
  /** -1: never compacted. */
  readonly compactRevision: number;
  readonly keys: number;
  /** Rises by one with each flush. */
  readonly flush: number;
  /** The caller's record; empty: none. */
  readonly configuration: Uint8Array;
}

export function encodeState(state: StoredState, salt: number): Uint8Array {
  const out = new ByteWriter().u16(FORMAT_VERSION);
  writePosition(out, state.position);
  out
    .u64(state.revision)
    .u64(state.compactRevision + 1)
    .u64(state.keys)
    .u64(state.flush)
    .bytes(state.configuration);
  return seal(out, salt);
}

export function decodeState(bytes: Uint8Array, salt: number): StoredState {
  const from = unseal(bytes, STATE_KEY, salt);
  const version = from.u16();
  if (version < FORMAT_WITHOUT_LEASES || version > FORMAT_VERSION) {
    throw new FormatError(`the state has format ${version}, this version of Reknit knows up to ${FORMAT_VERSION}`);
  }
  const position = readPosition(from);
  const state = { position, revision: from.u64(), compactRevision: from.u64() - 1, keys: from.u64() };
  const flush = version < FORMAT_WITHOUT_CONFIGURATION ? 0 : from.u64();
  return { ...state, flush, configuration: version < FORMAT_VERSION ? EMPTY_BYTES : copyOf(from.bytesView()) };
}

export const stateWrite = (state: StoredState, salt: number): PageWrite => ({
  table: META,
  key: STATE_KEY,
  value: encodeState(state, salt),
});

/** Undefined in an empty generation. */
export function readState(view: PagesView, salt: number): StoredState | undefined {
  const bytes = view.get(META, STATE_KEY);
  return bytes === undefined ? undefined : decodeState(bytes, salt);
}

/** Everything superseded at or below this revision is gone from the pages. */
export const compactedWrite = (revision: number, salt: number): PageWrite => ({
  table: META,
  key: COMPACTED_KEY,
  value: seal(new ByteWriter().u64(revision + 1), salt),
});

export function readCompacted(view: PagesView, salt: number): number {
  const bytes = view.get(META, COMPACTED_KEY);
  return bytes === undefined ? -1 : unseal(bytes, COMPACTED_KEY, salt).u64() - 1;
}

function writePosition(out: ByteWriter, position: AppliedPosition): void {
  out.string(position.branch).u64(position.epoch).u64(position.index).u64(position.round);
}

const readPosition = (from: ByteReader): AppliedPosition => ({
  branch: from.string(),
  epoch: from.u64(),
  index: from.u64(),
  round: from.u64(),
});

const seal = (out: ByteWriter, salt: number): Uint8Array => out.u32(crc32c(out.view(), salt)).copy();

function unseal(bytes: Uint8Array, key: Uint8Array, salt: number): ByteReader {
  const end = bytes.length - CRC_BYTES;
  const whole = end >= 0 && new ByteReader(bytes.subarray(end)).u32() === crc32c(bytes.subarray(0, end), salt);
  if (!whole) throw new CorruptRecordError(META, key, 'a state record with a wrong checksum');
  return new ByteReader(bytes.subarray(0, end));
}
