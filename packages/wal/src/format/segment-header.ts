// The first sector of a segment. It is durable before the file bears a segment's name, so a bad one is damage, never a
// crash. A segment continues the one before it, unless it was made when the log was opened: then it says where the log
// ends before it, and whatever stands there or after in older files is void.
import { crc32c, utf8Decode, utf8Encode } from '@reknit/base';
import { FORMAT_VERSION, getU64, putU64, SECTOR_BYTES, viewOf } from './layout.js';

const MAGIC = utf8Encode('REKNITWL');
const CHECKSUM_AT = SECTOR_BYTES - 4;
const INCARNATION_AT = 72;

/** Longest name of an incarnation that fits the header. */
export const INCARNATION_BYTES_MAX: number = 128;

export interface ResumePoint {
  /** The segment in which the log ends before this one; 0 when there is none. */
  readonly segment: number;
  /** Bytes of it that count. */
  readonly offset: number;
  /** The last batch that counts. */
  readonly batch: number;
  /** The first batch of this segment: above every number ever used. */
  readonly firstBatch: number;
}

export interface SegmentHeader {
  readonly sequence: number;
  readonly capacity: number;
  readonly incarnation: string;
  /** Undefined: continues the segment with the number before. */
  readonly resume: ResumePoint | undefined;
}

export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const bytes = new Uint8Array(SECTOR_BYTES);
  const view = viewOf(bytes);
  const incarnation = utf8Encode(header.incarnation);
  const { resume } = header;
  bytes.set(MAGIC);
  view.setUint32(8, FORMAT_VERSION, true);
  view.setUint32(12, resume === undefined ? 0 : 1, true);
  putU64(view, 16, header.sequence);
  putU64(view, 24, header.capacity);
  putU64(view, 32, resume?.segment ?? 0);
  putU64(view, 40, resume?.offset ?? 0);
  putU64(view, 48, resume?.batch ?? 0);
  putU64(view, 56, resume?.firstBatch ?? 0);
  view.setUint32(64, incarnation.length, true);
  bytes.set(incarnation, INCARNATION_AT);
  view.setUint32(CHECKSUM_AT, crc32c(bytes.subarray(0, CHECKSUM_AT)), true);
  return bytes;
}

export type SegmentHeaderRead =
  | { readonly kind: 'ok'; readonly header: SegmentHeader }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'unknown-version'; readonly version: number };

export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeaderRead {
  if (bytes.length < SECTOR_BYTES) return { kind: 'damaged' };
  const view = viewOf(bytes);
  if (!MAGIC.every((byte, at) => bytes[at] === byte)) return { kind: 'damaged' };
  if (view.getUint32(CHECKSUM_AT, true) !== crc32c(bytes.subarray(0, CHECKSUM_AT))) return { kind: 'damaged' };
  const version = view.getUint32(8, true);
  if (version !== FORMAT_VERSION) return { kind: 'unknown-version', version };
  return { kind: 'ok', header: decodeFields(bytes, view) };
}

function decodeFields(bytes: Uint8Array, view: DataView): SegmentHeader {
  const resume = {
    segment: getU64(view, 32),
    offset: getU64(view, 40),
    batch: getU64(view, 48),
    firstBatch: getU64(view, 56),
  };
  return {
    sequence: getU64(view, 16),
    capacity: getU64(view, 24),
    incarnation: utf8Decode(bytes.subarray(INCARNATION_AT, INCARNATION_AT + view.getUint32(64, true))),
    resume: view.getUint32(12, true) === 1 ? resume : undefined,
  };
}
