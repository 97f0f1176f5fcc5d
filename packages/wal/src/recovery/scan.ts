// Finds the batches of one segment and the stretches where one should be and cannot be read. Judges nothing: whether a
// stretch is torn or rotten depends on what stands after it, perhaps in a later segment.
import { type BatchHeader, type BodyCheck, batchBytes, checkBody, decodeBatchHeader } from '../format/batch-header.js';
import { SECTOR_BYTES, SEGMENT_HEADER_BYTES } from '../format/layout.js';
import { contentEnd } from '../format/zero.js';

export type ScanItem =
  | {
      readonly kind: 'batch';
      readonly offset: number;
      readonly end: number;
      readonly header: BatchHeader;
      readonly check: BodyCheck;
    }
  /** No batch begins at `offset`, but there is content up to `end`, which is the next batch or the end of all content. */
  | { readonly kind: 'gap'; readonly offset: number; readonly end: number; readonly firstSector: 'missing' | 'wrong' };

/** @param bytes of the segment as far as they count, missing ones as zeroes */
export function scanSegment(bytes: Uint8Array, segment: number): readonly ScanItem[] {
  const items: ScanItem[] = [];
  let at = SEGMENT_HEADER_BYTES;
  while (at < bytes.length) {
    const item = batchAt(bytes, at, segment) ?? gapAt(bytes, at, segment);
    if (item === undefined) break;
    items.push(item);
    at = item.end;
  }
  return items;
}

function batchAt(bytes: Uint8Array, offset: number, segment: number): ScanItem | undefined {
  const header = decodeBatchHeader(bytes, offset, segment);
  if (header === undefined) return undefined;
  const end = offset + batchBytes(header.bodyBytes);
  return end > bytes.length ? undefined : { kind: 'batch', offset, end, header, check: checkBody(bytes, header) };
}

/** Undefined when nothing follows: the segment ends here. */
function gapAt(bytes: Uint8Array, offset: number, segment: number): ScanItem | undefined {
  const end = nextBatch(bytes, offset + SECTOR_BYTES, segment) ?? contentEnd(bytes, offset);
  if (end === offset) return undefined;
  // The first sector of a batch ends in a mark: without it, the sector was never written to its end.
  return { kind: 'gap', offset, end, firstSector: bytes[offset + SECTOR_BYTES - 1] === 0 ? 'missing' : 'wrong' };
}

/** Only ever looked for where a batch cannot be read, so a value that looks like a batch is not taken for one. */
function nextBatch(bytes: Uint8Array, from: number, segment: number): number | undefined {
  for (let at = from; at + SECTOR_BYTES <= bytes.length; at += SECTOR_BYTES) {
    if (decodeBatchHeader(bytes, at, segment) !== undefined) return at;
  }
  return undefined;
}
