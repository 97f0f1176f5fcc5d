// Values of the tables `records` and `index`, each with a CRC-32C that also covers where it stands and a salt of the
// keyspace: a page that went astray is as visible as a flipped bit. Checked on every read.
//
//   records  flags u8, create u64, version u64, lease u64, key length u32, key, value, crc u32   (little-endian)
//   index    flags u8, create u64, version u64, lease u64, crc u32
import { crc32c, crc32cOf } from '@reknit/base';
import { CorruptRecordError } from './errors.js';
import { INDEX, isLong, LONG, mainOfIndex, RECORDS, recordKey, subOfIndex } from './page-keys.js';

const DELETED = 1;
const HEAD_BYTES = 25;
export const RECORD_HEADER_BYTES: number = HEAD_BYTES + 4;
export const CRC_BYTES = 4;
const INDEX_VALUE_BYTES = HEAD_BYTES + CRC_BYTES;
const TWO_32 = 0x1_0000_0000;

/** What is known of one version of a key without its value. */
export interface Head {
  readonly main: number;
  readonly sub: number;
  readonly create: number;
  readonly version: number;
  readonly lease: bigint;
  readonly deleted: boolean;
}

export const recordBytes = (keyBytes: number, valueBytes: number): number =>
  RECORD_HEADER_BYTES + keyBytes + valueBytes + CRC_BYTES;

/** Where records are written: bytes, and a view of the same bytes. */
export interface RecordSpace {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Writes a whole record at `at`, where there is room for `recordBytes`. */
export function writeRecord(out: RecordSpace, at: number, head: Head, key: string, value: Uint8Array, salt: number): void {
  const { bytes, view } = out;
  writeHead(view, at, head);
  view.setUint32(at + HEAD_BYTES, key.length, true);
  const keyAt = at + RECORD_HEADER_BYTES;
  for (let from = 0; from < key.length; from++) bytes[keyAt + from] = key.charCodeAt(from);
  bytes.set(value, keyAt + key.length);
  const end = keyAt + key.length + value.length;
  view.setUint32(end, crc32cOf(bytes, at, end, crc32c(recordKey(head.main, head.sub), salt)), true);
}

/** Throws CorruptRecordError unless the record is whole and belongs at this revision. */
export function checkRecord(main: number, sub: number, record: Uint8Array, salt: number): void {
  const end = record.length - CRC_BYTES;
  const whole = end >= RECORD_HEADER_BYTES && readU32(record, end) === recordChecksum(main, sub, record.subarray(0, end), salt);
  if (!whole) throw new CorruptRecordError(RECORDS, recordKey(main, sub), 'a record with a wrong checksum');
}

/**
 * Continues a hash over records. Without their own checksums, on purpose: a CRC that runs over data and the data's CRC
 * comes out the same whatever the data is.
 */
export const hashRecord = (hash: number, main: number, sub: number, record: Uint8Array): number =>
  crc32c(record.subarray(0, record.length - CRC_BYTES), crc32c(recordKey(main, sub), hash));

/** Views into a checked record. */
export const recordKeyView = (record: Uint8Array): Uint8Array =>
  record.subarray(RECORD_HEADER_BYTES, RECORD_HEADER_BYTES + readU32(record, HEAD_BYTES));
export const recordValueView = (record: Uint8Array): Uint8Array =>
  record.subarray(RECORD_HEADER_BYTES + readU32(record, HEAD_BYTES), record.length - CRC_BYTES);
export const recordDeleted = (record: Uint8Array): boolean => (record[0]! & DELETED) !== 0;

const recordChecksum = (main: number, sub: number, body: Uint8Array, salt: number): number =>
  crc32c(body, crc32c(recordKey(main, sub), salt));

/** Index values share slabs: a buffer of its own, and LMDB's look-up of its address, cost more than the value. */
const INDEX_SLAB_BYTES = 256 * INDEX_VALUE_BYTES;
let indexSlab: RecordSpace = newIndexSlab();
let indexSlabUsed = 0;

/** Never changes again. @param at the entry's whole key */
export function encodeIndexValue(at: Uint8Array, head: Head, salt: number): Uint8Array {
  if (indexSlabUsed === INDEX_SLAB_BYTES) {
    indexSlab = newIndexSlab();
    indexSlabUsed = 0;
  }
  const { bytes, view } = indexSlab;
  const from = indexSlabUsed;
  const checksumAt = from + HEAD_BYTES;
  indexSlabUsed += INDEX_VALUE_BYTES;
  writeHead(view, from, head);
  view.setUint32(checksumAt, crc32cOf(bytes, from, checksumAt, crc32c(at, salt)), true);
  return new Uint8Array(bytes.buffer, from, INDEX_VALUE_BYTES);
}

function newIndexSlab(): RecordSpace {
  const bytes = new Uint8Array(INDEX_SLAB_BYTES);
  return { bytes, view: new DataView(bytes.buffer) };
}

export function decodeIndexEntry(key: string, at: Uint8Array, value: Uint8Array, salt: number): Head {
  const whole =
    value.length === INDEX_VALUE_BYTES && readU32(value, HEAD_BYTES) === crc32c(value.subarray(0, HEAD_BYTES), crc32c(at, salt));
  if (!whole) throw new CorruptRecordError(isLong(key) ? LONG : INDEX, at, 'an entry with a wrong checksum');
  return headOfRecord(mainOfIndex(at), subOfIndex(at), value);
}

/** @param bytes a checked record or index value: both begin alike */
export const headOfRecord = (main: number, sub: number, bytes: Uint8Array): Head => ({
  main,
  sub,
  create: readU64(bytes, 1),
  version: readU64(bytes, 9),
  lease: readLease(bytes, 17),
  deleted: (bytes[0]! & DELETED) !== 0,
});

function writeHead(out: DataView, at: number, head: Head): void {
  out.setUint8(at, head.deleted ? DELETED : 0);
  writeU64(out, at + 1, head.create);
  writeU64(out, at + 9, head.version);
  if (head.lease === 0n) writeU64(out, at + 17, 0);
  else out.setBigInt64(at + 17, head.lease, true);
}

function writeU64(out: DataView, at: number, value: number): void {
  out.setUint32(at, value % TWO_32, true);
  out.setUint32(at + 4, Math.floor(value / TWO_32), true);
}

const readU32 = (from: Uint8Array, at: number): number =>
  (from[at]! | (from[at + 1]! << 8) | (from[at + 2]! << 16) | (from[at + 3]! << 24)) >>> 0;

const readU64 = (from: Uint8Array, at: number): number => readU32(from, at) + readU32(from, at + 4) * TWO_32;

function readLease(from: Uint8Array, at: number): bigint {
  const low = readU32(from, at);
  const high = readU32(from, at + 4);
  return low === 0 && high === 0 ? 0n : BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
}
