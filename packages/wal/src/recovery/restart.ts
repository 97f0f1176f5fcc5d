// What lies above the last durable mark may only have been in the page cache, which after a failed sync or kill -9 is not
// the disk. So opening the log always writes the last batch again, into a segment of its own that also says what it
// supersedes; the rename of that file is the one step by which the opened log takes the place of the old one.
import type { Disk, DiskFile } from '@reknit/runtime';
import { batchBytes, bodyStart, encodeBatchHeader } from '../format/batch-header.js';
import type { BodyBuffer } from '../format/body-buffer.js';
import { roundUpToSector, SEGMENT_HEADER_BYTES } from '../format/layout.js';
import { encodeSegmentHeader, type ResumePoint, type SegmentHeader } from '../format/segment-header.js';
import { createUnfinished, finishSegment } from '../segment-file.js';
import type { Segment } from '../state/place.js';

/** Small, because it is allocated while the node waits to start, and once more at each start. */
const FIRST_SEGMENT_BYTES = 4 * 1024 * 1024;

export interface RestartOptions {
  readonly directory: string;
  readonly incarnation: string;
  readonly segmentBytes: number;
  readonly sequence: number;
  readonly resume: ResumePoint;
}

/** @throws DiskError, e.g. no-space; then the log is as it was */
export function writeRestartSegment(disk: Disk, options: RestartOptions, body: BodyBuffer): Segment {
  const { directory, incarnation, sequence, resume } = options;
  const needed = SEGMENT_HEADER_BYTES + batchBytes(body.length);
  const capacity = Math.max(needed, roundUpToSector(Math.min(options.segmentBytes, FIRST_SEGMENT_BYTES)));
  const header = { sequence, capacity, incarnation, resume };
  const file = createUnfinished(disk, directory, sequence);
  try {
    fill(file, header, resume, body);
    return finishSegment(disk, directory, file, header);
  } catch (error) {
    file.close();
    if (disk.exists(file.path)) disk.remove(file.path);
    throw error;
  }
}

function fill(file: DiskFile, header: SegmentHeader, { firstBatch, batch }: ResumePoint, body: BodyBuffer): void {
  const batchHeader = {
    sequence: firstBatch,
    durableMark: batch,
    segment: header.sequence,
    offset: SEGMENT_HEADER_BYTES,
    bodyBytes: body.length,
  };
  file.preallocate(header.capacity);
  file.write(0, encodeSegmentHeader(header));
  file.write(SEGMENT_HEADER_BYTES, encodeBatchHeader(batchHeader, body.padded()));
  file.write(SEGMENT_HEADER_BYTES + bodyStart(body.length), body.padded());
  file.sync();
}
