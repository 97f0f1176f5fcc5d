// Keys of the durable tables.
//
//   index    escaped user key, 00 00, inverted revision   a key's newest version comes first: one seek finds it
//   long     u64 id, inverted revision                    the same for keys above SHORT_KEY_BYTES_MAX (see long-keys.ts)
//   records  main u64, sub u32, big-endian                every version in the order it was written
//   leases   see leases/lease-rows.ts
//   meta     a name
//
// Escaping writes 00 as 00 FF, so that a key sorts before all that it is a prefix of and the order of bytes is kept.
import { assert, toBinaryString } from '@reknit/base';

export const INDEX = 'index';
export const LONG = 'long';
export const RECORDS = 'records';
export const LEASES = 'leases';
export const META = 'meta';
export const TABLES: readonly string[] = [INDEX, LONG, RECORDS, LEASES, META];

/** Twice this (all bytes escaped) plus terminator and revision stays below LMDB's 1978 bytes. */
const SHORT_KEY_BYTES_MAX = 900;
const REVISION_BYTES = 12;
const ID_BYTES = 8;
const TERMINATOR_BYTES = 2;
const TWO_32 = 0x1_0000_0000;
export const SUB_MAX = 0xffff_ffff;

const scratch = new Uint8Array(2 * SHORT_KEY_BYTES_MAX + TERMINATOR_BYTES + REVISION_BYTES);
const recordScratch = new Uint8Array(REVISION_BYTES);

export const isLong = (key: string): boolean => key.length > SHORT_KEY_BYTES_MAX;

/** Where the version of a short key stands, or would: a view of scratch space, valid until the next call. */
export function indexKey(key: string, main: number, sub: number): Uint8Array {
  const at = writeTerminated(key);
  writeInverted(scratch, at, main, sub);
  return scratch.subarray(0, at + REVISION_BYTES);
}

export function longIndexKey(id: number, main: number, sub: number): Uint8Array {
  writeBigEndian(scratch, 0, id);
  writeInverted(scratch, ID_BYTES, main, sub);
  return scratch.subarray(0, ID_BYTES + REVISION_BYTES);
}

/** The caller's own: before every version of `key` in the index, and, of a long key, after all short ones below it. */
export function indexFloor(key: string): Uint8Array {
  if (isLong(key)) return indexCeiling(key.slice(0, SHORT_KEY_BYTES_MAX));
  return scratch.slice(0, writeTerminated(key));
}

/** The caller's own: after every version of `key`. */
export function indexCeiling(key: string): Uint8Array {
  const ceiling = scratch.slice(0, writeTerminated(key));
  ceiling[ceiling.length - 1] = 1;
  return ceiling;
}

export function longCeiling(id: number): Uint8Array {
  writeBigEndian(scratch, 0, id + 1);
  return scratch.slice(0, ID_BYTES);
}

/** A view of scratch space, valid until the next call. */
export function recordKey(main: number, sub: number): Uint8Array {
  writeBigEndian(recordScratch, 0, main);
  writeU32(recordScratch, 8, sub);
  return recordScratch;
}

/** Whether two entries of `index`, or of `long`, are versions of one key. */
export function isSameKey(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let at = left.length - REVISION_BYTES - 1; at >= 0; at--) if (left[at] !== right[at]) return false;
  return true;
}

export const keyOfIndex = (at: Uint8Array): string => {
  const escaped = toBinaryString(at.subarray(0, at.length - REVISION_BYTES - TERMINATOR_BYTES));
  return escaped.includes('\0') ? escaped.replaceAll('\0\xff', '\0') : escaped;
};

export const idOfLong = (at: Uint8Array): number => readBigEndian(at, 0);

export const mainOfIndex = (at: Uint8Array): number => {
  const from = at.length - REVISION_BYTES;
  return (~readU32(at, from) >>> 0) * TWO_32 + (~readU32(at, from + 4) >>> 0);
};
export const subOfIndex = (at: Uint8Array): number => ~readU32(at, at.length - 4) >>> 0;

export const mainOfRecord = (at: Uint8Array): number => readBigEndian(at, 0);
export const subOfRecord = (at: Uint8Array): number => readU32(at, 8);

function writeTerminated(key: string): number {
  assert(key.length <= SHORT_KEY_BYTES_MAX, 'a key in the index is short', () => key.length);
  let at = 0;
  for (let from = 0; from < key.length; from++) {
    const byte = key.charCodeAt(from);
    scratch[at++] = byte;
    if (byte === 0) scratch[at++] = 0xff;
  }
  scratch[at++] = 0;
  scratch[at++] = 0;
  return at;
}

function writeInverted(out: Uint8Array, at: number, main: number, sub: number): void {
  writeU32(out, at, ~Math.floor(main / TWO_32));
  writeU32(out, at + 4, ~(main % TWO_32));
  writeU32(out, at + 8, ~sub);
}

function writeBigEndian(out: Uint8Array, at: number, value: number): void {
  writeU32(out, at, Math.floor(value / TWO_32));
  writeU32(out, at + 4, value % TWO_32);
}

function writeU32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

const readU32 = (from: Uint8Array, at: number): number =>
  ((from[at]! << 24) | (from[at + 1]! << 16) | (from[at + 2]! << 8) | from[at + 3]!) >>> 0;

const readBigEndian = (from: Uint8Array, at: number): number => readU32(from, at) * TWO_32 + readU32(from, at + 4);
