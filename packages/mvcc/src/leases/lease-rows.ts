// Rows of the table `leases`: one for each lease, one for each key attached to it. Unlike versions of keys they change and
// go, and a crash may leave a prefix of a flush. So a change is a new row that carries the number of its flush; what it
// supersedes is removed by the next flush. Rows of a flush that never became the stored one are leftovers: not read.
//
//   key     lease id u64, ordinal u64, inverted number of the flush u64   (big-endian: a place's newest row comes first)
//   value   u8 0 (gone), or u8 1, index of the grant u64, TTL u64, or u8 2, key; then a CRC-32C that covers the key too
//
// Ordinal 0 is the lease itself, others are its keys: the user's keys may be longer than LMDB's.
import { ByteReader, ByteWriter, crc32c, fromBinaryString, toBinaryString } from '@reknit/base';
import { copyOf } from '../copy.js';
import { CorruptRecordError } from '../errors.js';
import { LEASES } from '../page-keys.js';
import type { PagesView, PageWrite } from '../pages.js';

export type LeaseContent =
  | { readonly kind: 'gone' }
  | { readonly kind: 'lease'; readonly granted: number; readonly ttl: number }
  | { readonly kind: 'key'; readonly key: string };

export interface LeaseRow {
  readonly id: bigint;
  readonly ordinal: number;
  readonly content: LeaseContent;
}

export interface StoredLeaseRow extends LeaseRow {
  readonly flush: number;
  /** Its place in the table. */
  readonly at: Uint8Array;
}

export const LEASE_ITSELF = 0;
/** Before every flush: what a snapshot brings. */
export const INSTALLED = 0;

const GONE = 0;
const LEASE = 1;
const KEY = 2;
const KEY_BYTES = 24;
const CRC_BYTES = 4;
const INVERTED_FROM = 0xffff_ffff_ffff_ffffn;

export function leaseRowKey(id: bigint, ordinal: number, flush: number): Uint8Array {
  const key = new Uint8Array(KEY_BYTES);
  const view = new DataView(key.buffer);
  view.setBigUint64(0, BigInt.asUintN(64, id));
  view.setBigUint64(8, BigInt(ordinal));
  view.setBigUint64(16, INVERTED_FROM - BigInt(flush));
  return key;
}

export function leaseRowWrite({ id, ordinal, content }: LeaseRow, flush: number, salt: number): PageWrite {
  const key = leaseRowKey(id, ordinal, flush);
  const out = new ByteWriter();
  writeContent(out, content);
  const value = out.u32(crc32c(out.view(), crc32c(key, salt))).copy();
  return { table: LEASES, key, value };
}

/** Rows up to and including `flush`, in the order of their places, the newest of a place first. */
export function* storedLeaseRows(view: PagesView, flush: number, salt: number): Generator<StoredLeaseRow, undefined> {
  for (const [at, value] of view.range(LEASES, {})) {
    const row = decodeRow(at, value, salt);
    if (row.flush <= flush) yield row;
  }
}

/** Places of rows that an unfinished flush left behind. */
export function leftoverLeaseRows(view: PagesView, flush: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const [at] of view.range(LEASES, {})) if (flushOf(at) > flush) found.push(copyOf(at));
  return found;
}

/** What a state holds: the newest row of each place, unless it is gone. */
export function* liveLeaseRows(view: PagesView, flush: number, salt: number): Generator<LeaseRow, undefined> {
  let id: bigint | undefined;
  let ordinal = -1;
  for (const row of storedLeaseRows(view, flush, salt)) {
    if (row.id === id && row.ordinal === ordinal) continue;
    id = row.id;
    ordinal = row.ordinal;
    if (row.content.kind !== 'gone') yield row;
  }
}

/** As it stands in a row and in a snapshot. */
export function writeContent(out: ByteWriter, content: LeaseContent): void {
  if (content.kind === 'lease') out.u8(LEASE).u64(content.granted).u64(content.ttl);
  else if (content.kind === 'key') out.u8(KEY).raw(fromBinaryString(content.key));
  else out.u8(GONE);
}

/** Undefined for bytes that `writeContent` does not write. */
export function readContent(from: ByteReader): LeaseContent | undefined {
  const kind = from.u8();
  if (kind === LEASE) return { kind: 'lease', granted: from.u64(), ttl: from.u64() };
  if (kind === KEY) return { kind: 'key', key: toBinaryString(from.rawView(from.remaining)) };
  return kind === GONE ? { kind: 'gone' } : undefined;
}

const flushOf = (at: Uint8Array): number => Number(INVERTED_FROM - viewOf(at).getBigUint64(16));

function decodeRow(borrowed: Uint8Array, value: Uint8Array, salt: number): StoredLeaseRow {
  const at = copyOf(borrowed);
  const end = value.length - CRC_BYTES;
  const whole =
    at.length === KEY_BYTES &&
    end > 0 &&
    new ByteReader(value.subarray(end)).u32() === crc32c(value.subarray(0, end), crc32c(at, salt));
  const content = whole ? readContent(new ByteReader(value.subarray(0, end))) : undefined;
  if (content === undefined) throw new CorruptRecordError(LEASES, at, 'a lease with a wrong checksum');
  const view = viewOf(at);
  return { id: view.getBigInt64(0), ordinal: Number(view.getBigUint64(8)), content, flush: flushOf(at), at };
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
