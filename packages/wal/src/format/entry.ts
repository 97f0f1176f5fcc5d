// One entry on disk: 28 bytes of identity, then the payload. The checksum covers both, so an entry that is read alone
// verifies itself; it is also the content's identity, equal on every replica.
//
//   0 kind u8, 3 zero bytes · 4 payload length u32 · 8 index u64 · 16 round u64 · 24 CRC-32C of the 24 bytes and the payload
import { assert, crc32c } from '@reknit/base';
import type { LogEntry } from '../types.js';
import type { BodyBuffer } from './body-buffer.js';
import { ENTRY_HEADER_BYTES, ENTRY_KINDS, getU64, putU64, viewOf } from './layout.js';

const CHECKSUM_AT = 24;
const scratch = new Uint8Array(CHECKSUM_AT);
const scratchView = viewOf(scratch);

/** @returns where in the body the entry begins */
export function writeEntry(body: BodyBuffer, entry: LogEntry): number {
  assert(Number.isSafeInteger(entry.index), 'an index is a safe integer', () => entry.index);
  assert(Number.isSafeInteger(entry.round), 'a round is a safe integer', () => entry.round);
  const { payload } = entry;
  scratch[0] = ENTRY_KINDS.indexOf(entry.kind);
  scratchView.setUint32(4, payload.length, true);
  putU64(scratchView, 8, entry.index);
  putU64(scratchView, 16, entry.round);
  const at = body.reserve(ENTRY_HEADER_BYTES + payload.length);
  body.bytes.set(scratch, at);
  body.view.setUint32(at + CHECKSUM_AT, crc32c(payload, crc32c(scratch)), true);
  body.bytes.set(payload, at + ENTRY_HEADER_BYTES);
  return at;
}

/** What an entry is, without what it holds. */
export interface EntryIdentity {
  readonly index: number;
  readonly round: number;
  readonly kind: LogEntry['kind'];
  readonly payloadBytes: number;
  readonly checksum: number;
}

/** @param view with the entry's header at `at` */
export function readEntryIdentity(view: DataView, at: number): EntryIdentity | undefined {
  const kind = ENTRY_KINDS[view.getUint8(at)];
  if (kind === undefined) return undefined;
  return {
    kind,
    payloadBytes: view.getUint32(at + 4, true),
    index: getU64(view, at + 8),
    round: getU64(view, at + 16),
    checksum: view.getUint32(at + CHECKSUM_AT, true),
  };
}

/** The verified entry at `at`; its payload is a view. Undefined when the bytes are not what was written. */
export function readEntry(bytes: Uint8Array, view: DataView, at: number): LogEntry | undefined {
  if (at + ENTRY_HEADER_BYTES > bytes.length) return undefined;
  const identity = readEntryIdentity(view, at);
  if (identity === undefined) return undefined;
  const payloadAt = at + ENTRY_HEADER_BYTES;
  if (payloadAt + identity.payloadBytes > bytes.length) return undefined;
  const payload = bytes.subarray(payloadAt, payloadAt + identity.payloadBytes);
  if (crc32c(payload, crc32c(bytes.subarray(at, at + CHECKSUM_AT))) !== identity.checksum) return undefined;
  return { index: identity.index, round: identity.round, kind: identity.kind, payload };
}
