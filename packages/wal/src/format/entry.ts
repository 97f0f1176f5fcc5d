// One entry on disk: 28 bytes of identity, then the payload. The checksum covers both, so an entry that is read alone
// verifies itself; it is also the content's identity, equal on every replica. A slot's ballot is no part of the content:
// replicas accept one value at different ballots. So it stands behind the identity, with a checksum that continues the first.
//
//   0 kind u8, 3 zero bytes · 4 payload length u32 · 8 index u64 · 16 round u64 · 24 CRC-32C of the 24 bytes and the payload
//   of a slot also: 28 ballot u64 · 36 CRC-32C of the ballot, continued from the one at 24
//
// Which of the two stands at a place is told by the record that holds it.
import { assert, crc32c, crc32cOf } from '@reknit/base';
import type { LogEntry } from '../types.js';
import type { BodyBuffer } from './body-buffer.js';
import { ENTRY_HEADER_BYTES, ENTRY_KINDS, getU64, putU64, SLOT_HEADER_BYTES, viewOf } from './layout.js';

const CHECKSUM_AT = 24;
const BALLOT_AT = 28;
const BALLOT_CHECKSUM_AT = 36;
const scratch = new Uint8Array(CHECKSUM_AT);
const scratchView = viewOf(scratch);

/** Stands for the ballot of an entry that is no slot. */
export const NO_BALLOT: number = 0;

export const headerBytes = (ballot: number): number => (ballot === NO_BALLOT ? ENTRY_HEADER_BYTES : SLOT_HEADER_BYTES);

/** @returns where in the body the entry begins */
export function writeEntry(body: BodyBuffer, entry: LogEntry): number {
  const at = body.reserve(ENTRY_HEADER_BYTES + entry.payload.length);
  writeContent(body, at, at + ENTRY_HEADER_BYTES, entry);
  return at;
}

/** @returns where in the body the slot begins */
export function writeSlot(body: BodyBuffer, entry: LogEntry, ballot: number): number {
  const at = body.reserve(SLOT_HEADER_BYTES + entry.payload.length);
  const checksum = writeContent(body, at, at + SLOT_HEADER_BYTES, entry);
  putU64(body.view, at + BALLOT_AT, ballot);
  body.view.setUint32(at + BALLOT_CHECKSUM_AT, ballotChecksum(body.bytes, at, checksum), true);
  return at;
}

/** @returns the checksum of the content */
function writeContent(body: BodyBuffer, at: number, payloadAt: number, entry: LogEntry): number {
  assert(Number.isSafeInteger(entry.index), 'an index is a safe integer', () => entry.index);
  assert(Number.isSafeInteger(entry.round), 'a round is a safe integer', () => entry.round);
  const { payload } = entry;
  scratch[0] = ENTRY_KINDS.indexOf(entry.kind);
  scratchView.setUint32(4, payload.length, true);
  putU64(scratchView, 8, entry.index);
  putU64(scratchView, 16, entry.round);
  const checksum = crc32c(payload, crc32c(scratch));
  body.bytes.set(scratch, at);
  body.view.setUint32(at + CHECKSUM_AT, checksum, true);
  body.bytes.set(payload, payloadAt);
  return checksum;
}

const ballotChecksum = (bytes: Uint8Array, at: number, checksum: number): number =>
  crc32cOf(bytes, at + BALLOT_AT, at + BALLOT_CHECKSUM_AT, checksum);

/** What an entry is, without what it holds. */
export interface EntryIdentity {
  readonly index: number;
  readonly round: number;
  /** NO_BALLOT of an entry that is no slot. */
  readonly ballot: number;
  readonly kind: LogEntry['kind'];
  readonly payloadBytes: number;
  readonly checksum: number;
}

export type EntryForm = 'entry' | 'slot';

/** @param view with the entry's header at `at` */
export function readEntryIdentity(view: DataView, at: number, form: EntryForm): EntryIdentity | undefined {
  const kind = ENTRY_KINDS[view.getUint8(at)];
  if (kind === undefined) return undefined;
  return {
    kind,
    payloadBytes: view.getUint32(at + 4, true),
    index: getU64(view, at + 8),
    round: getU64(view, at + 16),
    ballot: form === 'slot' ? getU64(view, at + BALLOT_AT) : NO_BALLOT,
    checksum: view.getUint32(at + CHECKSUM_AT, true),
  };
}

/** The verified entry at `at`; its payload is a view. Undefined when the bytes are not what was written. */
export function readEntry(bytes: Uint8Array, view: DataView, at: number, form: EntryForm): LogEntry | undefined {
  const payloadAt = at + (form === 'slot' ? SLOT_HEADER_BYTES : ENTRY_HEADER_BYTES);
  if (payloadAt > bytes.length) return undefined;
  const identity = readEntryIdentity(view, at, form);
  if (identity === undefined || payloadAt + identity.payloadBytes > bytes.length) return undefined;
  const { index, round, ballot, kind } = identity;
  const payload = bytes.subarray(payloadAt, payloadAt + identity.payloadBytes);
  if (crc32c(payload, crc32c(bytes.subarray(at, at + CHECKSUM_AT))) !== identity.checksum) return undefined;
  if (form === 'entry') return { index, round, kind, payload };
  if (ballotChecksum(bytes, at, identity.checksum) !== view.getUint32(at + BALLOT_CHECKSUM_AT, true)) return undefined;
  return { index, round, ballot, kind, payload };
}
