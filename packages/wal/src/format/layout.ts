// Sizes of the format, in one place. A sector is what a disk writes whole or not at all: a batch begins on a sector of
// its own, so that no later write ever touches the sector of an acknowledged byte. Padding costs space, not time.
import type { LogEntry } from '../types.js';

export const FORMAT_VERSION: number = 2;

/** Smallest unit that a disk writes atomically. Disks with 4 KiB sectors are atomic in larger units, which is as good. */
export const SECTOR_BYTES: number = 512;

/** One sector, at the start of each segment. Batches follow. */
export const SEGMENT_HEADER_BYTES: number = 512;

/** Fixed fields of a batch header; checksums of the body's sectors fill the rest of its first sector. */
export const BATCH_FIXED_BYTES: number = 64;

export const ENTRY_HEADER_BYTES: number = 28;

/** An entry's header, then the ballot and a checksum of its own. */
export const SLOT_HEADER_BYTES: number = 40;

/** Above it a segment cannot be addressed by the format's 32-bit offsets with room to spare, nor be read in one piece. */
export const SEGMENT_BYTES_MAX: number = 1024 * 1024 * 1024;

export const roundUpToSector = (bytes: number): number => Math.ceil(bytes / SECTOR_BYTES) * SECTOR_BYTES;

/** The number of a kind on disk is its place here: only ever append. */
export const ENTRY_KINDS: readonly LogEntry['kind'][] = ['normal', 'noop', 'stop-sign'];

/**
 * Last byte of a batch's first and last sector. The space before a write is zero, so where it is missing the write did
 * not get that far, whatever else may be wrong with the sector.
 */
export const END_MARK: number = 0xff;

const SEGMENT_NAME = /^wal-([0-9a-f]{16})\.log$/;

export const segmentName = (sequence: number): string => `wal-${sequence.toString(16).padStart(16, '0')}.log`;

/** Undefined for a file that is no segment. */
export function segmentSequence(name: string): number | undefined {
  const match = SEGMENT_NAME.exec(name);
  return match === null ? undefined : Number.parseInt(match[1]!, 16);
}

/** A segment in the making bears it until the file is whole, so that a half-made one is never taken for a damaged one. */
export const UNFINISHED_SUFFIX: string = '.unfinished';

const TWO_32 = 0x1_0000_0000;

export function putU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % TWO_32, true);
  view.setUint32(at + 4, Math.floor(value / TWO_32), true);
}

export const getU64 = (view: DataView, at: number): number => view.getUint32(at + 4, true) * TWO_32 + view.getUint32(at, true);

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
