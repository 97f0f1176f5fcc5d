// Creating segments. A file bears its name only once its header and its zeroes are durable; the rename and the sync of
// the directory make it part of the log.
import type { Disk, DiskFile } from '@reknit/runtime';
import { segmentName, UNFINISHED_SUFFIX } from './format/layout.js';
import type { SegmentHeader } from './format/segment-header.js';
import type { Segment } from './state/place.js';

export const pathOf = (directory: string, name: string): string => `${directory}/${name}`;

export function createUnfinished(disk: Disk, directory: string, sequence: number): DiskFile {
  return disk.open(pathOf(directory, segmentName(sequence)) + UNFINISHED_SUFFIX, 'create');
}

/** The file, whole and durable, becomes the segment of its header. */
export function finishSegment(disk: Disk, directory: string, file: DiskFile, header: SegmentHeader): Segment {
  const path = pathOf(directory, segmentName(header.sequence));
  file.close();
  disk.rename(file.path, path);
  disk.syncDirectory(directory);
  return {
    sequence: header.sequence,
    path,
    file: disk.open(path, 'write'),
    capacity: header.capacity,
    livePlaces: 0,
  };
}
